"""The state of a running tail for scripts, supervisors and the person at the terminal.

setup.py opens the watchers that the options request: the status line, the ready file, the health
file and systemd. The tail takes a `Snapshot` (snapshot.py) and passes it to them. `tail/` may import
this room. Begin with snapshot.py; a new watcher is a file here and a line in setup.py.
"""
