"""The command line: everything a person types, and how errors become exit statuses.

Begin with `app.dispatch`, which finds the command, and with `options.py`, the one table of options.
A command is a function of its values, in a module of its own name: ``tail.py`` is the shortest way
from a command line to the engine. ``typer_app.py`` builds Typer commands from the tables, and is
imported only for help and for what ``fast_parser.py`` leaves to it. This room may import every
other one; only ``__main__`` imports it.
"""
