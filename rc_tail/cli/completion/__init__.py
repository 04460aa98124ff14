"""Completion of command lines by the TAB key, in bash, zsh and fish.

Begin with `command_tree`, which joins the tables of commands, options and arguments; `tables` makes
data for the shells of it, and `scripts` inserts them into the engines, ``engine.bash`` and others.
The generated scripts are in ``completions/``. It is imported for ``rc-tail completion`` and
``--install-completion`` alone, and by the generator of files; the names of the `shells` by all.
"""
