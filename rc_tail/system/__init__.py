"""The operating system: files, locks, signals, clocks, deadlines, the terminal.

Each thing has one owner here: files.py replaces files and keeps private ones, locks.py locks,
deadline.py runs work that may block, signals.py ends the program, terminal.py knows widths and
colours, lean_imports.py imports libraries without what they do not need here. Every room may
import this one; it imports only `errors` and `text`. Begin with files.py.
"""
