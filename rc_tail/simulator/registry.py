"""Where the running simulators of this user are, so that any shell finds them.

Each has a file with its address in the state folder. A file whose simulator was killed is left
behind; whoever finds that nobody listens there removes it.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from rc_tail.system.files import read_private, write_private

_FOLDER = "simulators"
_LONGEST = 200


def register(folder: Path, url: str) -> None:
    """Write down where a simulator is.

    Args:
        folder: Where state is kept.
        url: Its address.

    Raises:
        OSError: The file cannot be written.
    """
    write_private(_file(folder, url), f"{url}\n".encode(), durable=False)


def unregister(folder: Path, url: str) -> None:
    """Remove what was written down; that it cannot be removed is no matter."""
    with contextlib.suppress(OSError):
        _file(folder, url).unlink()


@contextlib.contextmanager
def registered(folder: Path, url: str) -> Iterator[None]:
    """Have a simulator written down for the time of a ``with``, where there is a place for that."""
    with contextlib.suppress(OSError):
        register(folder, url)
    try:
        yield
    finally:
        unregister(folder, url)


def registered_addresses(folder: Path) -> list[str]:
    """Return the addresses that are written down, by port; whether anybody is there is open."""
    urls: list[str] = []
    with contextlib.suppress(OSError):
        for path in sorted((folder / _FOLDER).iterdir()):
            urls += _read(path)
    return urls


def _read(path: Path) -> list[str]:
    try:
        data = read_private(path) or b""
    except OSError:
        return []
    text = data[:_LONGEST].decode("ascii", "replace").strip()
    # A file that somebody else put there, or a part of one, is no address.
    return [text] if path.name == _file(Path(), text).name else []


def _file(folder: Path, url: str) -> Path:
    return folder / _FOLDER / f"{url.rpartition(':')[2]}.url"
