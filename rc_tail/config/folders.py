"""Where rc-tail keeps its files."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Self

import msgspec
import platformdirs

from rc_tail.errors import ConfigError
from rc_tail.system.files import NO_HOME, make_private_folder


class Folders(msgspec.Struct, frozen=True):
    """The folders of one user; none of them need exist.

    Attributes:
        cache: Access tokens and the rate budget.
        state: What a tail continues from.
    """

    config: Path
    cache: Path
    state: Path

    @classmethod
    def of_user(cls) -> Self:
        """Return the platform's folders: XDG's on Linux, ``~/Library`` on macOS.

        Where neither the variables nor the user's entry name a home folder, as for the arbitrary
        user of a container, they are below `NO_HOME`: nothing is read, and nothing can be written.
        """
        return cls(
            config=_folder(platformdirs.user_config_path, "XDG_CONFIG_HOME"),
            cache=_folder(platformdirs.user_cache_path, "XDG_CACHE_HOME"),
            state=_folder(platformdirs.user_state_path, "XDG_STATE_HOME"),
        )


def _folder(find: Callable[..., Path], variable: str) -> Path:
    # A relative path would lead elsewhere in each working folder.
    home = os.environ.get("HOME")
    if home is not None and not home.startswith("/") and not os.environ.get(variable):
        return NO_HOME
    try:
        path = find("rc-tail", appauthor=False)
    except RuntimeError:
        return NO_HOME
    return path if path.is_absolute() else NO_HOME


def require_folder(folder: Path, what: str, variable: str) -> None:
    """Create a folder that must be there.

    Args:
        what: What is kept in it, for the error.
        variable: Names another place for it.

    Raises:
        ConfigError: It cannot be created or written.
    """
    try:
        make_private_folder(folder)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError("permission denied")
    except OSError as error:
        raise no_folder(folder, what, variable, error) from error


def no_folder(folder: Path, what: str, variable: str, error: OSError) -> ConfigError:
    """Return the error for what cannot be kept in a folder."""
    reason = error.strerror or str(error)
    place = "" if folder.is_relative_to(NO_HOME) else f" in {folder}"
    return ConfigError(
        f"{what} cannot be saved{place}: {reason}",
        hint=f"Set {variable} to a folder that can be written.",
    )
