"""Where a completion script belongs, so that a shell finds it by itself."""

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
# Folders that zsh searches without being told, as it is built for Linux and for macOS.
_ZSH_SITES = ("/usr/local/share/zsh/site-functions", "/opt/homebrew/share/zsh/site-functions")
_SITE = "site-functions"
_COMPINIT, _ZSHRC = "autoload -Uz compinit; compinit", "~/.zshrc"


@dataclass(frozen=True, slots=True)
class ScriptLocation:
    """Where a script is put.

    Attributes:
        path: The file.
        line: What makes the shell read it; empty where nothing could be in the way.
        file: Where that line belongs, as people write it.
        needed: Whether it surely needs the line.
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
        environ: ``HOME``, the ``XDG`` folders, and what the shells say about themselves.
        root: The folder that the system's paths begin at.

    Raises:
        ConfigError: There is no home folder.
    """
    return _SPOTS[shell](environ, root)


def _bash(environ: Mapping[str, str], root: Path) -> ScriptLocation:
    own = environ.get("BASH_COMPLETION_USER_DIR", "").partition(":")[0]
    folder = Path(own) if own else _data(environ) / "bash-completion"
    path = folder / "completions" / "rc-tail"
    # Only the package bash-completion reads that folder.
    there = any(_in(root, place).exists() for place in _BASH_COMPLETION)
    return ScriptLocation(path, f"source {_shown(path, environ)}", "~/.bashrc", needed=not there)


def _fish(environ: Mapping[str, str], root: Path) -> ScriptLocation:  # noqa: ARG001 - as the others
    folder = _folder(environ, "XDG_CONFIG_HOME", ".config") / "fish" / "completions"
    return ScriptLocation(folder / FILES["fish"])


def _zsh(environ: Mapping[str, str], root: Path) -> ScriptLocation:
    for folder in _searched(environ, root):
        if folder.is_dir() and os.access(folder, os.W_OK):
            return ScriptLocation(folder / FILES["zsh"], _COMPINIT, _ZSHRC)
    folder = _data(environ) / "zsh" / _SITE
    line = f"fpath=({_shown(folder, environ)} $fpath); {_COMPINIT}"
    return ScriptLocation(folder / FILES["zsh"], line, _ZSHRC, needed=True)


def _searched(environ: Mapping[str, str], root: Path) -> Iterator[Path]:
    """Give the folders that zsh searches and that are meant for scripts like this one."""
    home = _home(environ)
    for text in environ.get("FPATH", "").split(":"):
        folder = Path(text)
        # What the distribution brings is not to be added to.
        if folder.is_absolute() and (folder.is_relative_to(home) or folder.name == _SITE):
            yield folder
    yield from (_in(root, place) for place in _ZSH_SITES)


_SPOTS: Mapping[str, Callable[[Mapping[str, str], Path], ScriptLocation]] = {
    "bash": _bash,
    "zsh": _zsh,
    "fish": _fish,
}


def _data(environ: Mapping[str, str]) -> Path:
    return _folder(environ, "XDG_DATA_HOME", ".local/share")


def _folder(environ: Mapping[str, str], variable: str, usual: str) -> Path:
    # A relative path is to be ignored (XDG Base Directory Specification).
    given = Path(environ.get(variable, ""))
    return given if given.is_absolute() else _home(environ) / usual


def _home(environ: Mapping[str, str]) -> Path:
    home = Path(environ.get("HOME", ""))
    if not home.is_absolute():
        raise ConfigError("there is no home folder", hint="Set HOME to one.")
    return home


def _in(root: Path, place: str) -> Path:
    return root / place.removeprefix("/")


def _shown(path: Path, environ: Mapping[str, str]) -> str:
    """Return a path as a line of a shell's file, quoted where it must be."""
    home = _home(environ)
    if path.is_relative_to(home):
        return f"~/{shlex.quote(path.relative_to(home).as_posix())}"
    return shlex.quote(str(path))
