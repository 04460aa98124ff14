"""Ending by a signal: clean up first, then die of that very signal, so that a shell sees it."""

import os
import signal
import sys
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import NoReturn, Self

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class SignalledError(Exception):
    """The program cleaned up after a signal and must now die of it.

    Args:
        number: The signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(f"signal {number}")
        self.number = number


class Signals:
    """While it is entered, the signals that end a program are handed to `on_signal` instead.

    A signal that was ignored when the program started (``nohup``, a job in the background of a
    script) stays ignored. A second Ctrl-C ends the program at once.

    Args:
        on_signal: Called with the number of the first signal; must not block.
        bell: A descriptor that never blocks, to be written to at once when a signal comes: one
            that comes right before the main thread waits would else be seen after the wait only,
            and a second one with it, as if both were one.
    """

    def __init__(self, on_signal: Callable[[int], None], *, bell: int = -1) -> None:
        self._on_signal = on_signal
        self._bell = bell
        self._bell_before = -1
        self._before: dict[int, object] = {}
        self._came = False

    def __enter__(self) -> Self:
        # A full one rings already.
        self._bell_before = signal.set_wakeup_fd(self._bell, warn_on_full_buffer=False)
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
        signal.set_wakeup_fd(self._bell_before)
        for number, before in self._before.items():
            signal.signal(number, before)  # type: ignore[arg-type]  # what getsignal gave

    def _handle(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - its signature
        if self._came and number == signal.SIGINT:
            die_of(number)
        self._came = True
        self._on_signal(number)


def die_of(number: int) -> NoReturn:
    """End this process by signal `number`, as if it had never been caught."""
    signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})
    os.kill(os.getpid(), number)
    # Only where the signal's default is to be ignored does the program come here.
    sys.exit(128 + number)
