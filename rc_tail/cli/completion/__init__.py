"""Completion of command lines by the TAB key, in bash, zsh and fish.

Begin with `command_tree`, which joins the tables of commands, options and arguments; `tables` makes
data for the shells of it, and `scripts` inserts them into the engines, ``engine.bash`` and others.
The generated scripts are in ``completions/``. Only ``cli/app.py`` imports this package, when
``--install-completion`` or ``--show-completion`` is given, and the generator of files.
"""
