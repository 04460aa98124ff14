"""The shells that completion is made for."""

from enum import StrEnum


class Shell(StrEnum):
    """A shell, by the name of its program."""

    bash = "bash"
    zsh = "zsh"
    fish = "fish"


SHELLS = tuple(Shell)
