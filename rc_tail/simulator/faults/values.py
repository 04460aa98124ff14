"""The parameters of faults: what they look like, and how they are read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rc_tail.text.durations import parse_duration


@dataclass(frozen=True, slots=True)
class Value:
    """A parameter of a fault.

    Attributes:
        default: What it is when it is not given, as text.
        read: Turns text into its value; raises `ValueError` or `UsageError`.
        shape: What it looks like.
    """

    default: str
    read: Callable[[str], Any]
    shape: str


def one_of(words: Sequence[str]) -> Callable[[str], str]:
    """Return what reads one of these words."""

    def read(text: str) -> str:
        if text not in words:
            raise ValueError
        return text

    return read


def between(low: int, high: int) -> Callable[[str], int]:
    """Return what reads a whole number between two bounds."""

    def read(text: str) -> int:
        number = int(text)
        if not low <= number <= high:
            raise ValueError
        return number

    return read


def duration(text: str) -> float:
    """Read a duration, in seconds."""
    return parse_duration(text, "a duration")


def seconds(text: str) -> int | None:
    """Read seconds, or ``none``."""
    return None if text == "none" else between(0, 86400)(text)
