"""Finds out who wants to know how the tail is, and gives the streams that suit them."""

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from typing import IO

import msgspec

from rc_tail.config.tail_options import TailOptions
from rc_tail.reporter import Reporter, Verbosity
from rc_tail.sinks.writer import ByteSink
from rc_tail.status.background_writer import BackgroundStream, BackgroundWriter
from rc_tail.status.health_file import HealthFile
from rc_tail.status.ready import ReadyDescriptor, ReadyFile
from rc_tail.status.snapshot import Watcher
from rc_tail.status.systemd import SystemdNotifier
from rc_tail.system.clocks import wall_of

STDERR = 2
DRAIN_WITHIN = 2.0


class StatusOutputs(msgspec.Struct, frozen=True):
    """Who watches.

    Attributes:
        watchers: They.
        sink: Standard output, as it is to be written beside them.
    """

    watchers: tuple[Watcher, ...]
    sink: ByteSink


@contextlib.contextmanager
def open_status_outputs(
    wanted: TailOptions,
    reporter: Reporter,
    sink: ByteSink,
    *,
    stderr: IO[str],
    on_terminal: bool,
    environ: Mapping[str, str],
) -> Iterator[StatusOutputs]:
    """Open what was asked for; for the time of a ``with``, messages hold nobody up.

    Args:
        wanted: What was asked for.
        reporter: Tells messages.
        sink: Standard output.
        stderr: Standard error.
        on_terminal: Whether that is a terminal.
        environ: ``NOTIFY_SOCKET`` and ``TERM`` count.

    Raises:
        UsageError: A file or descriptor cannot be used.
    """
    watchers = _asked_for(wanted, reporter)
    supervisor = SystemdNotifier.of(environ, os.getpid())
    if supervisor is not None:
        watchers.append(supervisor)
    aside = BackgroundWriter()
    stream = BackgroundStream(stderr, aside)
    # What commands print would stand in the middle of it.
    if on_terminal and not wanted.exec_words and _wants_status(reporter, stderr, environ):
        from rc_tail.status.status_line import BesideStatus, StatusLine, StreamBesideStatus
        from rc_tail.system.terminal import terminal_width

        status = StatusLine(
            stderr,
            aside,
            lambda: terminal_width(STDERR),
            color=reporter.color,
            # Each step is a message of its own with -v.
            steps=reporter.verbosity < Verbosity.VERBOSE,
        )
        watchers.append(status)
        sink = BesideStatus(sink, status)
        stream = BackgroundStream(StreamBesideStatus(stderr, status), aside)  # type: ignore[arg-type]
    before = reporter.divert(stream)
    try:
        yield StatusOutputs(tuple(watchers), sink)
    finally:
        for watcher in watchers:
            watcher.end()
        aside.close(DRAIN_WITHIN)
        reporter.divert(before)


def _asked_for(wanted: TailOptions, reporter: Reporter) -> list[Watcher]:
    def warn(words: str) -> None:
        reporter.warning("health", words)

    makers: list[Callable[[], Watcher]] = []
    ready_file, ready_fd, health_file = wanted.ready_file, wanted.ready_fd, wanted.health_file
    if ready_file is not None:
        makers.append(lambda: ReadyFile(ready_file))
    if ready_fd is not None:
        makers.append(lambda: ReadyDescriptor(ready_fd))
    if health_file is not None:
        makers.append(lambda: HealthFile(health_file, wall_of, warn))
    return [make() for make in makers]


def _wants_status(reporter: Reporter, stderr: IO[str], environ: Mapping[str, str]) -> bool:
    if reporter.verbosity < Verbosity.NORMAL or not reporter.is_text:
        return False
    return stderr.isatty() and environ.get("TERM", "dumb") != "dumb"
