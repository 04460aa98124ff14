"""``rc-tail completion [SHELL]`` and ``rc-tail --install-completion [SHELL]``."""

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from rc_tail.cli.completion.install import script_location
from rc_tail.cli.completion.scripts import script
from rc_tail.cli.completion.shells import SHELLS
from rc_tail.cli.context import open_reporter
from rc_tail.config.option import OptionValues
from rc_tail.errors import SinkError, UsageError
from rc_tail.reporter import Reporter
from rc_tail.system.ancestors import ancestors
from rc_tail.system.files import replace_file

INSTALL = "--install-completion"
# Options of the shells that take the next word.
_WITH_VALUE = frozenset(("-o", "+o", "-O", "+O", "--rcfile", "--init-file", "-C", "--init-command"))


def completion(values: OptionValues) -> None:
    """Print the completion script of a shell.

    `rc-tail --install-completion` writes it where the shell finds it. To try it without that:
    source <(rc-tail completion bash)
    """
    hint = f"Try: rc-tail completion {'|'.join(SHELLS)}"
    shell = values["shell"] or current_shell(ancestors(), os.environ, hint)
    sys.stdout.write(script(_checked(shell, hint)))


def install_completion(arguments: Sequence[str]) -> int:
    """Write the completion script of a shell to where the shell finds it; return 0.

    Args:
        arguments: The option, and optionally the shell, as its value or as the next word.

    Raises:
        UsageError: The shell is unknown, or there are more words.
        ConfigError: There is no home folder.
        SinkError: The script cannot be written.
    """
    hint = f"Try: rc-tail {INSTALL} {'|'.join(SHELLS)}"
    _, equals, value = arguments[0].partition("=")
    shells = ([value] if equals else []) + list(arguments[1:])
    if len(shells) > 1:
        raise UsageError(f"{INSTALL} takes one shell, not {len(shells)} words", hint=hint)
    shell = shells[0] if shells else current_shell(ancestors(), os.environ, hint)
    _install(_checked(shell, hint), os.environ, open_reporter({}))
    return 0


def _checked(shell: str, hint: str) -> str:
    if shell not in SHELLS:
        raise UsageError(f"no completion for the shell {shell!r}", hint=hint)
    return shell


def current_shell(processes: Iterable[Sequence[str]], environ: Mapping[str, str], hint: str) -> str:
    """Return the shell that this program was started from, else the login shell.

    Programs in between, such as sudo, make or a script in some shell, are passed over.

    Args:
        processes: The words of the ancestors, the parent first.
        environ: ``SHELL`` names the login shell.
        hint: Of the error.

    Raises:
        UsageError: Neither is known.
    """
    for words in processes:
        name = Path(words[0]).name.removeprefix("-") if words else ""
        if name in SHELLS and not _runs_a_script(words[1:]):
            return name
    name = Path(environ.get("SHELL", "")).name
    if not name:
        raise UsageError("cannot tell your shell from $SHELL; name one", hint=hint)
    return name


def _runs_a_script(words: Sequence[str]) -> bool:
    """Whether a shell with these options and operands executes a file."""
    left = iter(words)
    for word in left:
        if word in _WITH_VALUE:
            next(left, None)
        elif not word.startswith(("-", "+")):
            return True
        elif not word.startswith("--") and set(word) & set("cis"):
            # A command line, an interactive shell, or commands from standard input.
            return False
    return False


def _install(shell: str, environ: Mapping[str, str], reporter: Reporter) -> None:
    location = script_location(shell, environ)
    _write(location.path, script(shell))
    reporter.info(
        "completion",
        f"wrote the completion for {shell} to {location.path}",
        path=str(location.path),
    )
    if location.passed_over:
        reporter.info(
            "completion",
            f"{location.passed_over} is outside your home folder: nothing written there",
        )
    reporter.info(
        "completion", f"to try it, start a new {shell} and press TAB after: rc-tail calls:"
    )
    if location.line:
        when = (
            f"{shell} does not read it by itself:"
            if location.needed
            else "if completion does not work,"
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
