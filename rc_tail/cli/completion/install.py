"""Finds the file in which a shell looks for the completion script."""

import os
import shlex
from collections.abc import Callable, Iterator, Mapping
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
# Folders that zsh searches by default on Linux and on macOS.
_ZSH_SITES = ("/usr/local/share/zsh/site-functions", "/opt/homebrew/share/zsh/site-functions")
_SITE = "site-functions"
_COMPINIT, _ZSHRC = "autoload -Uz compinit; compinit", "~/.zshrc"


@dataclass(frozen=True, slots=True)
class ScriptLocation:
    """Where a script is installed.

    Attributes:
        path: The script's file.
        line: A line for the shell's start-up file that loads it; empty if the shell always does.
        file: The start-up file, as people write it.
        needed: Whether the shell certainly does not load it without the line.
    """

    path: Path
    line: str = ""
    file: str = ""
    needed: bool = False


def script_location(
    shell: str, environ: Mapping[str, str], root: Path = Path("/")
) -> ScriptLocation:
    """Return where the script of a shell belongs.

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
    folder = Path(own) if own else _data(environ) / "bash-completion"
    path = folder / "completions" / "rc-tail"
    # Only the package bash-completion reads that folder.
    is_installed = any(_in(root, place).exists() for place in _BASH_COMPLETION)
    return ScriptLocation(
        path, f"source {_quoted(path, environ)}", "~/.bashrc", needed=not is_installed
    )


def _fish(environ: Mapping[str, str], root: Path) -> ScriptLocation:  # noqa: ARG001 - same signature as the others
    folder = _folder(environ, "XDG_CONFIG_HOME", ".config") / "fish" / "completions"
    return ScriptLocation(folder / FILES["fish"])


def _zsh(environ: Mapping[str, str], root: Path) -> ScriptLocation:
    for folder in _fpath_folders(environ, root):
        if folder.is_dir() and os.access(folder, os.W_OK):
            return ScriptLocation(folder / FILES["zsh"], _COMPINIT, _ZSHRC)
    folder = _data(environ) / "zsh" / _SITE
    line = f"fpath=({_quoted(folder, environ)} $fpath); {_COMPINIT}"
    return ScriptLocation(folder / FILES["zsh"], line, _ZSHRC, needed=True)


def _fpath_folders(environ: Mapping[str, str], root: Path) -> Iterator[Path]:
    """Yield the folders of zsh's search path that are meant for scripts of users or packages."""
    home = _home(environ)
    for text in environ.get("FPATH", "").split(":"):
        folder = Path(text)
        # Not the folders of the distribution's own scripts.
        if folder.is_absolute() and (folder.is_relative_to(home) or folder.name == _SITE):
            yield folder
    yield from (_in(root, place) for place in _ZSH_SITES)


_LOCATIONS: Mapping[str, Callable[[Mapping[str, str], Path], ScriptLocation]] = {
    "bash": _bash,
    "zsh": _zsh,
    "fish": _fish,
}


def _data(environ: Mapping[str, str]) -> Path:
    return _folder(environ, "XDG_DATA_HOME", ".local/share")


def _folder(environ: Mapping[str, str], variable: str, default: str) -> Path:
    # A relative path is to be ignored (XDG Base Directory Specification).
    folder = Path(environ.get(variable, ""))
    return folder if folder.is_absolute() else _home(environ) / default


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
