"""Where files that others look at may stand."""

import stat
from pathlib import Path

from rc_tail.errors import UsageError
from rc_tail.escape import visible


def refuse_other_things(option: str, path: Path) -> None:
    """Refuse a path where something else than a regular file stands; nothing at all is well.

    The file is replaced as a whole, and with it a pipe, a device or a link would be gone.

    Args:
        option: Who asks, for the words.
        path: The path.

    Raises:
        UsageError: A folder, link, pipe or device stands there.
        OSError: It cannot be looked at.
    """
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(mode):
        raise UsageError(f"{option}: {visible(str(path))} is no regular file")
