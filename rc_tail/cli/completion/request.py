"""``rc-tail --install-completion [SHELL]`` and ``rc-tail --show-completion [SHELL]``."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from rc_tail.cli.completion.install import script_location
from rc_tail.cli.completion.scripts import script
from rc_tail.cli.completion.shells import SHELLS
from rc_tail.cli.context import open_reporter
from rc_tail.errors import ExitStatus, SinkError, UsageError
from rc_tail.reporter import Reporter
from rc_tail.system.files import replace_file

INSTALL = "--install-completion"


def run_completion(arguments: Sequence[str]) -> int:
    """Print the completion script of a shell, or install it.

    Args:
        arguments: The option, and optionally the shell, as its value or as the next word.

    Raises:
        UsageError: The shell is unknown, or there are more words.
        ConfigError: There is no home folder.
        SinkError: The script cannot be written.
    """
    option, equals, value = arguments[0].partition("=")
    shells = ([value] if equals else []) + list(arguments[1:])
    if len(shells) > 1:
        raise UsageError(f"{option} takes one shell, not {len(shells)} words", hint=_USAGE)
    shell = _checked(shells[0]) if shells else _login_shell(os.environ)
    if option == INSTALL:
        _install(shell, os.environ, open_reporter({}))
    else:
        sys.stdout.write(script(shell))
    return int(ExitStatus.OK)


_USAGE = f"Try: rc-tail {INSTALL} {'|'.join(SHELLS)}"


def _checked(shell: str) -> str:
    if shell not in SHELLS:
        raise UsageError(f"no completion for the shell {shell!r}", hint=_USAGE)
    return shell


def _login_shell(environ: Mapping[str, str]) -> str:
    name = Path(environ.get("SHELL", "")).name
    if not name:
        raise UsageError("SHELL does not say which shell you use: name it", hint=_USAGE)
    return _checked(name)


def _install(shell: str, environ: Mapping[str, str], reporter: Reporter) -> None:
    location = script_location(shell, environ)
    _write(location.path, script(shell))
    reporter.info(
        "completion",
        f"wrote the completion for {shell} to {location.path}",
        path=str(location.path),
    )
    reporter.info(
        "completion", f"to try it, start a new {shell} and press TAB after: rc-tail calls:"
    )
    if location.line:
        when = (
            f"{shell} does not read it by itself:" if location.needed else "should nothing happen,"
        )
        reporter.info(
            "completion",
            f"{when} add this line to {location.file}: {location.line}",
            line=location.line,
            needed=location.needed,
        )


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # A shell that starts now finds the old script or the new one, never half of it.
        replace_file(path, text.encode(), private=False)
    except OSError as error:
        raise SinkError(f"{path} cannot be written: {error.strerror}") from error
