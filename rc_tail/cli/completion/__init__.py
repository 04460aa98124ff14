"""Completion of command lines by the TAB key, in bash, zsh and fish."""
