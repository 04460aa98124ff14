"""Parses command lines of the tail without Typer, which takes a third of a start.

Typer imports a lot and builds a model of each option; well-formed command lines need neither.
Nothing is refused or explained here: what is unknown, odd or wrong is left to Typer, and so is all
help. Both parsers read the table of options, and a test holds their results against each other.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from rc_tail.cli.commands import COMMANDS
from rc_tail.cli.options import default_values, options_of
from rc_tail.config.option import Option

_MOST_DIGITS = 9


def parse(arguments: Sequence[str]) -> dict[str, Any] | None:
    """Return the values that a command line gives the tail; None where Typer must parse it.

    Args:
        arguments: Its words, without the program's name.
    """
    options = {s: option for option in options_of("tail") for s in _spellings(option)}
    values = default_values("tail")
    events: list[str] = []
    times: Counter[str] = Counter()
    words = iter(arguments)
    for word in words:
        if not word.startswith("-"):
            events.append(word)
            continue
        spelling, joined, text = word.partition("=")
        option = options.get(spelling)
        if option is None or (joined and not spelling.startswith("--")):
            return None
        try:
            value = _value(option, spelling, text if joined else None, words)
        except ValueError:
            return None
        times[option.name] += 1
        if times[option.name] > 1 and not _can_repeat(option):
            return None
        values[option.name] = (*values[option.name], value) if option.repeatable else value
    if events and events[0] in COMMANDS and events.pop(0) != "tail":
        return None
    return {**values, "events": tuple(events)}


def _spellings(option: Option) -> tuple[str, ...]:
    return (*option.spellings, option.opposite) if option.opposite else option.spellings


def _can_repeat(option: Option) -> bool:
    # Of other values one would be ignored without a word; a flag only says the same again.
    return option.repeatable or (option.is_flag and not option.opposite)


def _value(option: Option, spelling: str, joined: str | None, words: Iterator[str]) -> Any:
    """Return the value of an option, which may be the next of the words.

    Raises:
        ValueError: It is missing, or for Typer to judge.
    """
    if option.is_flag:
        if joined is not None:
            raise ValueError(joined)
        return (spelling == option.opposite) is bool(option.value_if_absent)
    text = next(words, "-") if joined is None else joined
    # An option whose value was forgotten would take the next option for it.
    if text.startswith("-"):
        raise ValueError(text)
    return _number(text, option) if option.type is int else option.type(text)


def _number(text: str, option: Option) -> int:
    """Return a number from 1 on; with a zero before it, or a sign, it is for Typer to judge.

    Raises:
        ValueError: It is not one, or out of range.
    """
    if not text.isascii() or not text.isdigit() or text[0] == "0" or len(text) > _MOST_DIGITS:
        raise ValueError(text)
    number = int(text)
    if number < (option.minimum or 0) or (option.maximum is not None and number > option.maximum):
        raise ValueError(text)
    return number
