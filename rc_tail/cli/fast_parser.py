"""Understands the usual command lines of the tail without Typer, which takes a third of a start.

Typer imports a lot and builds a model of each option; plain words need neither. Nothing is refused
or explained here: what is unknown, odd or wrong is Typer's, and so is all help. A test holds the
two against each other, and this table against the options that Typer is given.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from rc_tail.cli.choices import Color, LogFormat, Output, TimeFormat
from rc_tail.cli.commands import COMMANDS

# What is given where the command line does not say.
DEFAULTS: Mapping[str, Any] = {
    "events": None,
    "filters": None,
    "extension": None,
    "where": None,
    "exclude": None,
    "since": None,
    "history": True,
    "resume": None,
    "output": None,
    "as_json": False,
    "template": None,
    "mask": False,
    "time": TimeFormat.local,
    "count": None,
    "seconds": None,
    "follow": True,
    "retry_for": None,
    "command": None,
    "exec_jobs": None,
    "exec_timeout": None,
    "ready_file": None,
    "ready_fd": None,
    "health_file": None,
    "profile": None,
    "server": None,
    "sandbox": False,
    "env_file": None,
    "ca_bundle": None,
    "quiet": False,
    "verbose": False,
    "debug": False,
    "log_format": LogFormat.text,
    "color": Color.auto,
}
FLAGS: Mapping[str, tuple[str, bool]] = {
    "--json": ("as_json", True),
    "--mask": ("mask", True),
    "--history": ("history", True),
    "--no-history": ("history", False),
    "--follow": ("follow", True),
    "--no-follow": ("follow", False),
    "--sandbox": ("sandbox", True),
    "--quiet": ("quiet", True),
    "-q": ("quiet", True),
    "--verbose": ("verbose", True),
    "-v": ("verbose", True),
    "--debug": ("debug", True),
}
_MOST_DIGITS = 9


def _count(text: str) -> int:
    """Return a number from 1 on; a zero before it, or a sign, is nothing usual.

    Raises:
        ValueError: It is none.
    """
    if not text.isascii() or not text.isdigit() or text[0] == "0" or len(text) > _MOST_DIGITS:
        raise ValueError(text)
    return int(text)


# By spelling: the option, and what makes its value of a word or raises a ValueError.
VALUES: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "--filter": ("filters", str),
    "-f": ("filters", str),
    "--extension": ("extension", str),
    "--where": ("where", str),
    "--exclude": ("exclude", str),
    "--since": ("since", str),
    "--resume": ("resume", str),
    "--output": ("output", Output),
    "-o": ("output", Output),
    "--template": ("template", str),
    "--time": ("time", TimeFormat),
    "--count": ("count", _count),
    "-n": ("count", _count),
    "--for": ("seconds", str),
    "--retry-for": ("retry_for", str),
    "--exec": ("command", str),
    "--exec-timeout": ("exec_timeout", str),
    "--ready-fd": ("ready_fd", _count),
    "--profile": ("profile", str),
    "--server": ("server", str),
    "--log-format": ("log_format", LogFormat),
    "--color": ("color", Color),
}
SEVERAL = frozenset({"filters", "extension", "where", "exclude"})
# Of the others one value would be forgotten silently; those without a value but these say the same.
MAY_BE_SAID_AGAIN = SEVERAL | {name for name, value in FLAGS.values() if value} - {
    name for name, value in FLAGS.values() if not value
}


def read(arguments: Sequence[str]) -> dict[str, Any] | None:
    """Return what a command line gives the tail; None where Typer must read it.

    Args:
        arguments: Its words, without the program's name.
    """
    given = dict(DEFAULTS)
    events: list[str] = []
    said: list[str] = []
    words = iter(arguments)
    for word in words:
        if not word.startswith("-"):
            events.append(word)
        elif word in FLAGS:
            name, value = FLAGS[word]
            said.append(name)
            given[name] = value
        elif not _take(word, words, given, said):
            return None
    if any(said.count(name) > 1 for name in said if name not in MAY_BE_SAID_AGAIN):
        return None
    if events and events[0] in COMMANDS and events.pop(0) != "tail":
        return None
    return {**given, "events": events or None}


def _take(word: str, words: Iterator[str], given: dict[str, Any], said: list[str]) -> bool:
    """Take an option and its value; return whether that was usual."""
    spelling, joined, value = word.partition("=")
    if not joined:
        value = next(words, "-")
    elif not spelling.startswith("--"):
        return False
    # What begins so may be an option whose value was forgotten.
    if spelling not in VALUES or value.startswith("-"):
        return False
    name, convert = VALUES[spelling]
    said.append(name)
    try:
        made = convert(value)
    except ValueError:
        return False
    given[name] = [*(given[name] or ()), made] if name in SEVERAL else made
    return True
