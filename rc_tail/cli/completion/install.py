"""Finds the file in which a shell looks for the completion script."""

import os
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rc_tail.cli.completion.scripts import FILES
from rc_tail.errors import ConfigError

# Where Debian, Fedora, Arch, Homebrew and MacPorts put the package bash-completion.
_BASH_COMPLETION = (
    "/usr/share/bash-completion/bash_completion",
    "/usr/local/share/bash-completion/bash_completion",
    "/opt/homebrew/share/bash-completion/bash_completion",
    "/opt/local/share/bash-completion/bash_completion",
)
_COMPINIT = "autoload -Uz compinit; compinit"


@dataclass(frozen=True, slots=True)
class ScriptLocation:
    """Where a script is installed.

    Attributes:
        path: The script's file.
        line: A line for the shell's start-up file that loads it; empty if the shell always does.
        file: The start-up file, as people write it.
        needed: Whether the shell certainly does not load it without the line.
        passed_over: The variable whose folder the shell would search, but which is not in the
            home folder; empty if there is none.
    """

    path: Path
    line: str = ""
    file: str = ""
    needed: bool = False
    passed_over: str = ""


def script_location(
    shell: str, environ: Mapping[str, str], root: Path = Path("/")
) -> ScriptLocation:
    """Return where the script of a shell belongs; always in the home folder.

    Args:
        shell: One of `SHELLS`.
        environ: ``HOME``, the ``XDG`` folders, and the variables of the shells.
        root: Prefix of the system's paths.

    Raises:
        ConfigError: There is no home folder.
    """
    return _LOCATIONS[shell](environ, root)


def _bash(environ: Mapping[str, str], root: Path) -> ScriptLocation:
    own = environ.get("BASH_COMPLETION_USER_DIR", "").partition(":")[0]
    if own and _in_home(Path(own), environ):
        folder, passed_over = Path(own), ""
    else:
        data, passed_over = _folder(environ, "XDG_DATA_HOME", ".local/share")
        folder = data / "bash-completion"
        passed_over = "BASH_COMPLETION_USER_DIR" if own else passed_over
    path = folder / "completions" / "rc-tail"
    # Only the package bash-completion reads that folder.
    is_installed = any(_in(root, place).exists() for place in _BASH_COMPLETION)
    return ScriptLocation(
        path,
        f"source {_quoted(path, environ)}",
        "~/.bashrc",
        needed=bool(passed_over) or not is_installed,
        passed_over=passed_over,
    )


def _fish(environ: Mapping[str, str], root: Path) -> ScriptLocation:  # noqa: ARG001 - same signature as the others
    folder, passed_over = _folder(environ, "XDG_CONFIG_HOME", ".config")
    path = folder / "fish" / "completions" / FILES["fish"]
    if not passed_over:
        return ScriptLocation(path)
    line, file = f"source {_quoted(path, environ)}", "$XDG_CONFIG_HOME/fish/config.fish"
    return ScriptLocation(path, line, file, needed=True, passed_over=passed_over)


def _zsh(environ: Mapping[str, str], root: Path) -> ScriptLocation:  # noqa: ARG001 - same signature as the others
    start_up = f"{'$ZDOTDIR' if environ.get('ZDOTDIR') else '~'}/.zshrc"
    for text in environ.get("FPATH", "").split(":"):
        folder = Path(text)
        if _in_home(folder, environ) and folder.is_dir() and os.access(folder, os.W_OK):
            return ScriptLocation(folder / FILES["zsh"], _COMPINIT, start_up)
    data, passed_over = _folder(environ, "XDG_DATA_HOME", ".local/share")
    folder = data / "zsh" / "site-functions"
    line = f"fpath=({_quoted(folder, environ)} $fpath); {_COMPINIT}"
    return ScriptLocation(
        folder / FILES["zsh"], line, start_up, needed=True, passed_over=passed_over
    )


_LOCATIONS: Mapping[str, Callable[[Mapping[str, str], Path], ScriptLocation]] = {
    "bash": _bash,
    "zsh": _zsh,
    "fish": _fish,
}


def _folder(environ: Mapping[str, str], variable: str, default: str) -> tuple[Path, str]:
    """Return a base folder in the home folder, and `variable` if that names one elsewhere."""
    folder = Path(environ.get(variable, ""))
    if _in_home(folder, environ):
        return folder, ""
    # A relative path is to be ignored (XDG Base Directory Specification).
    return _home(environ) / default, variable if folder.is_absolute() else ""


def _in_home(folder: Path, environ: Mapping[str, str]) -> bool:
    """Whether a folder is in the home folder, whatever ".." or symbolic links it goes through."""
    home = _home(environ)
    return folder.is_absolute() and folder.resolve().is_relative_to(home.resolve())


def _home(environ: Mapping[str, str]) -> Path:
    home = Path(environ.get("HOME", ""))
    if not home.is_absolute():
        raise ConfigError("no home folder", hint="Set HOME to one.")
    return home


def _in(root: Path, place: str) -> Path:
    return root / place.removeprefix("/")


def _quoted(path: Path, environ: Mapping[str, str]) -> str:
    """Return a path for a line of a shell script, with ``~`` for the home folder."""
    home = _home(environ)
    if path.is_relative_to(home):
        return f"~/{shlex.quote(path.relative_to(home).as_posix())}"
    return shlex.quote(str(path))
