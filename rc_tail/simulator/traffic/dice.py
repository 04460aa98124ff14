"""Chance, as the parts that need it see it."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

T = TypeVar("T")


class Dice(Protocol):
    """What of `random.Random` is used."""

    def random(self) -> float:
        """Return a number between 0 and 1."""

    def uniform(self, a: float, b: float, /) -> float:
        """Return a number between two bounds."""

    def randint(self, a: int, b: int, /) -> int:
        """Return a whole number between two bounds, both possible."""

    def choice(self, seq: Sequence[T], /) -> T:
        """Return one of several."""
