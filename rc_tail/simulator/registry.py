"""The addresses of this user's running simulators, so that commands find them from any shell.

Each has a file with its address in the state folder, and with ``--tls`` its certificate. Those of a
simulator that was killed stay; the next command that gets no answer from it removes them.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from rc_tail.simulator.certificate import certificate_file
from rc_tail.system.files import read_private, write_private

_FOLDER = "simulators"
_LONGEST = 200


def register(folder: Path, url: str) -> None:
    """Write the address of a simulator.

    Args:
        folder: The state folder.

    Raises:
        OSError: The file cannot be written.
    """
    write_private(_file(folder, url), f"{url}\n".encode(), durable=False)


def unregister(folder: Path, url: str) -> None:
    """Remove the address and the certificate; errors are ignored."""
    with contextlib.suppress(OSError):
        _file(folder, url).unlink()
    with contextlib.suppress(OSError, ValueError):
        certificate_file(folder, int(url.rpartition(":")[2])).unlink()


@contextlib.contextmanager
def registered(folder: Path, url: str) -> Iterator[None]:
    """Register a simulator for the duration of a ``with``; errors are ignored."""
    with contextlib.suppress(OSError):
        register(folder, url)
    try:
        yield
    finally:
        unregister(folder, url)


def registered_addresses(folder: Path) -> list[str]:
    """Return the registered addresses by port; some may be stale."""
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
    # Skip a foreign or incomplete file.
    return [text] if path.name == _file(Path(), text).name else []


def _file(folder: Path, url: str) -> Path:
    return folder / _FOLDER / f"{url.rpartition(':')[2]}.url"
