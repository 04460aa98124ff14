"""Where files that others look at may stand, and how they are made whole at once."""

import contextlib
import os
import stat
from pathlib import Path

from rc_tail.errors import UsageError
from rc_tail.text.escape import visible


def refuse_special_file(option: str, path: Path) -> None:
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


def replace_whole(path: Path, text: str) -> None:
    """Replace `path` by `text` in one step: whoever looks sees the old contents or the new.

    Raises:
        OSError: It cannot be written; the old contents are still there.
    """
    partial = write_beside(path, text)
    try:
        partial.replace(path)
    except OSError:
        partial.unlink()
        raise


def write_beside(path: Path, text: str) -> Path:
    """Write `text` to a file next to `path`, to become it; return that file.

    Raises:
        OSError: It cannot be written; nothing of it is left.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.unlink(missing_ok=True)
    # In a folder that is everybody's, somebody may have put a link there: none is followed.
    with partial.open("x") as file:
        try:
            file.write(text)
            file.flush()
        except OSError:
            partial.unlink()
            # What is left in the buffer is not tried again.
            with contextlib.suppress(OSError):
                file.close()
            raise
    return partial
