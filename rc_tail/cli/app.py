"""Finds the command that a command line means, and runs it.

Each command is imported when it is called, so that none loads what another needs.
"""

import contextlib
import sys
from collections.abc import Callable, Sequence
from typing import Any

from rc_tail import __version__
from rc_tail.cli.commands import COMMANDS, HELP_OPTIONS
from rc_tail.cli.fast_parser import parse
from rc_tail.cli.options import options_of
from rc_tail.cli.tail import tail
from rc_tail.errors import ExitStatus, UsageError
from rc_tail.system.signals import raise_on_ctrl_c

_VERSION = frozenset(("--version", "-V"))
_INSTALL_COMPLETION = "--install-completion"


def dispatch(arguments: Sequence[str]) -> Any:
    """Run a command line; return what its command returns, or an exit status.

    Args:
        arguments: Its words, without the program's name.

    Raises:
        RcTailError: What went wrong; `run_and_exit` reports it.
    """
    if not arguments:
        _show_overview(sys.stderr.write)
        return int(ExitStatus.USAGE)
    if not _VERSION.isdisjoint(_before_separator(arguments)):
        sys.stdout.write(f"rc-tail {__version__}\n")
        return int(ExitStatus.OK)
    if arguments[0] in HELP_OPTIONS:
        _show_overview(sys.stdout.write)
        return int(ExitStatus.OK)
    if arguments[0].partition("=")[0] == _INSTALL_COMPLETION:
        from rc_tail.cli.completion.request import install_completion

        return install_completion(arguments)
    try:
        if (values := parse(arguments)) is not None:
            return tail(values)
        return _run_by_typer(arguments)
    except UsageError as error:
        raise _with_commands(error, arguments) from error


def _run_by_typer(arguments: Sequence[str]) -> Any:
    from rc_tail.cli.typer_app import click_command

    name, words = route(arguments)
    command = click_command(name)
    raise_on_ctrl_c()
    if COMMANDS[name].group and not words:
        # Its help, and the status of wrong usage: nothing was done.
        with contextlib.redirect_stdout(sys.stderr):
            command(["--help"], prog_name=f"rc-tail {name}", **_RUN)
        return int(ExitStatus.USAGE)
    return command(list(words), prog_name=_program_name(name, arguments), **_RUN)


_RUN: dict[str, Any] = {"standalone_mode": False}


def route(arguments: Sequence[str]) -> tuple[str, list[str]]:
    """Return the command that a command line means, and the words for it.

    The first word that is neither an option nor the value of one decides: if it names a command,
    that command is meant, else the tail.

    Args:
        arguments: The words, at least one.
    """
    at = _first_word_index(arguments)
    if at is not None and arguments[at] in COMMANDS:
        return arguments[at], [*arguments[:at], *arguments[at + 1 :]]
    return "tail", list(arguments)


def _first_word_index(arguments: Sequence[str]) -> int | None:
    """Return the index of the first word that is neither an option nor the value of one."""
    if not arguments[0].startswith("-"):
        return 0
    takes_value = _options_with_value()
    at = 0
    while at < len(arguments):
        word = arguments[at]
        if word == "--":
            return None
        if not word.startswith("-") or word == "-":
            return at
        # In a cluster such as -qn the last letter may take a value.
        last = word if word.startswith("--") else f"-{word[-1]}"
        at += 2 if last in takes_value else 1
    return None


def _options_with_value() -> set[str]:
    return {
        spelling
        for name in COMMANDS
        for option in options_of(name)
        if not option.is_flag
        for spelling in option.spellings
    }


def _before_separator(arguments: Sequence[str]) -> Sequence[str]:
    return arguments[: arguments.index("--")] if "--" in arguments else arguments


def _program_name(name: str, arguments: Sequence[str]) -> str:
    return f"rc-tail {name}" if name != "tail" or "tail" in arguments else "rc-tail"


def _show_overview(write: Callable[[str], object]) -> None:
    from rc_tail.cli.overview import overview

    write(overview())


def _with_commands(error: UsageError, arguments: Sequence[str]) -> UsageError:
    """Return the error with a hint to the command that the deciding word resembles.

    A word that names nothing at all is called neither a command nor an event.
    """
    at = _first_word_index(arguments)
    if at is None or arguments[at] in COMMANDS:
        return error
    import difflib

    from rc_tail.events.selection.suggestions import quote_word

    word = arguments[at]
    unknown = f"no event is called {quote_word(word)}"
    message = error.message.replace(
        unknown, f"{quote_word(word)} is neither a command nor an event"
    )
    close = difflib.get_close_matches(word, COMMANDS, n=1, cutoff=0.7)
    hints = [f"Did you mean the command `rc-tail {close[0]}`?"] if close else []
    if message != error.message:
        hints.append("All commands: rc-tail --help")
    if not hints:
        return error
    hints += [error.hint] if error.hint else []
    return UsageError(message, hint="\n".join(hints), code=error.code)
