"""Ending by a signal: clean up, then die of the same signal, so that the parent shell sees it."""

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator
from types import FrameType, TracebackType
from typing import NoReturn, Self

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class SignalledError(Exception):
    """The program was ended by a signal: it cleans up, and then dies of that signal."""

    def __init__(self, number: int) -> None:
        super().__init__(f"signal {number}")
        self.number = number


class Signals:
    """A context in which the signals that end a program are passed to `on_signal` instead.

    A signal that was ignored when the program started (``nohup``, a background job of a script)
    stays ignored. A second Ctrl-C ends the program at once.

    Args:
        on_signal: Called with the number of each signal; must not block.
        wakeup_fd: A non-blocking descriptor that gets a byte at once when a signal arrives. Without
            it, a signal that arrives just before the main thread waits is handled after the wait.
        before_death: Called when a second Ctrl-C ends the program at once.
    """

    def __init__(
        self,
        on_signal: Callable[[int], None],
        *,
        wakeup_fd: int = -1,
        before_death: Callable[[], None] = lambda: None,
    ) -> None:
        self._on_signal = on_signal
        self._before_death = before_death
        self._wakeup_fd = wakeup_fd
        self._fd_before = -1
        self._before: dict[int, object] = {}
        self._signalled = False

    def __enter__(self) -> Self:
        # A full pipe wakes up the reader already.
        self._fd_before = signal.set_wakeup_fd(self._wakeup_fd, warn_on_full_buffer=False)
        for number in ENDING:
            before = signal.getsignal(number)
            if before is not signal.SIG_IGN:
                self._before[number] = before
                signal.signal(number, self._handle)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        signal.set_wakeup_fd(self._fd_before)
        for number, before in self._before.items():
            signal.signal(number, before)  # type: ignore[arg-type]  # what getsignal gave

    def _handle(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - its signature
        if self._signalled and number == signal.SIGINT:
            self._before_death()
            die_of(number)
        self._signalled = True
        self._on_signal(number)


@contextlib.contextmanager
def around_stops(
    while_stopped: Callable[[], contextlib.AbstractContextManager[None]],
) -> Iterator[None]:
    """Be in a context of `while_stopped` whenever Ctrl-Z (SIGTSTP) stops the program."""

    def stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - its signature
        with while_stopped():
            signal.signal(number, signal.SIG_DFL)
            # To this very thread, so that it does not return before the program continues.
            signal.raise_signal(number)
            signal.signal(number, stop)

    if signal.getsignal(signal.SIGTSTP) is not signal.SIG_DFL:
        # Ignored, by a shell without job control.
        yield
        return
    signal.signal(signal.SIGTSTP, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)


def raise_on_ctrl_c() -> None:
    """Let Ctrl-C raise KeyboardInterrupt, for a command that has something to clean up."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def die_on_ctrl_c() -> None:
    """Let Ctrl-C end the process at once, quietly; the interpreter's own end is interruptible."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def die_of(number: int) -> NoReturn:
    """End this process by a signal, as if that had never been caught."""
    signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})
    os.kill(os.getpid(), number)
    # Reached only if the signal is ignored by default.
    sys.exit(128 + number)
