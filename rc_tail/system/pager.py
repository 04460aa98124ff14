"""Shows text in the user's pager."""

import contextlib
import shlex
import shutil
import signal
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess

_USUAL = ("less", "more")
# As git does: less exits if the text fits on the screen, keeps colours, and leaves text there.
_SETTINGS = {"LESS": "FRX", "LV": "-c"}


def pager_command(environ: Mapping[str, str]) -> list[str]:
    """Return the words that start the user's pager; an empty list for no pager.

    Args:
        environ: ``PAGER`` names it; empty or ``cat`` stands for none. Without ``PAGER`` it is less,
            or more. A dumb terminal has none.

    Raises:
        ValueError: A quote in ``PAGER`` is not closed.
    """
    if environ.get("TERM", "dumb") == "dumb":
        return []
    chosen = environ.get("PAGER")
    if chosen is None:
        chosen = next((name for name in _USUAL if shutil.which(name)), "")
    words = shlex.split(chosen)
    return [] if words == ["cat"] else words


def show_in_pager(text: str, command: list[str], environ: Mapping[str, str]) -> None:
    """Show a text in a pager, and return when the pager has exited.

    Raises:
        OSError: The pager cannot be started.
    """
    import subprocess

    process = subprocess.Popen(  # noqa: S603 - the user's own command, without a shell
        command, stdin=subprocess.PIPE, env={**_SETTINGS, **environ}
    )
    # Ctrl-C is for the pager, which would otherwise lose the terminal to the shell.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        _feed(process, text.encode())
        process.wait()
    finally:
        signal.signal(signal.SIGINT, before)


def _feed(process: "subprocess.Popen[bytes]", text: bytes) -> None:
    assert process.stdin is not None  # noqa: S101 - it was opened as a pipe
    # The user may leave the pager before it has read everything.
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(text)
    with contextlib.suppress(BrokenPipeError):
        process.stdin.close()
