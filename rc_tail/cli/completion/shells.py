"""The shells that completion is made for."""

SHELLS = ("bash", "zsh", "fish")
