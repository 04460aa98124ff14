"""Opens what reports the state of a tail, and the streams that suit it."""

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import IO

import msgspec

from rc_tail.config.tail_options import TailOptions
from rc_tail.reporter import Reporter, Verbosity
from rc_tail.sinks.writer import ByteSink
from rc_tail.status.background_stream import BackgroundStream
from rc_tail.status.health_file import HealthFile
from rc_tail.status.ready import ReadyDescriptor, ReadyFile
from rc_tail.status.snapshot import Watcher
from rc_tail.status.systemd import SystemdNotifier
from rc_tail.system.clocks import wall_of
from rc_tail.system.signals import around_stops
from rc_tail.system.terminal import Terminal
from rc_tail.text.wording import count_words

DRAIN_WITHIN = 2.0  # seconds


class StatusOutputs(msgspec.Struct, frozen=True):
    """The watchers of a tail, and standard output as it is to be written beside them."""

    watchers: tuple[Watcher, ...]
    sink: ByteSink


@contextlib.contextmanager
def open_status_outputs(
    options: TailOptions,
    reporter: Reporter,
    sink: ByteSink,
    terminal: Terminal,
    *,
    environ: Mapping[str, str],
) -> Iterator[StatusOutputs]:
    """Open what reports the state of a tail; write messages in the background meanwhile.

    Args:
        sink: Standard output.
        environ: ``NOTIFY_SOCKET`` and the watchdog's variables are considered.

    Raises:
        UsageError: A file or descriptor cannot be used.
    """
    watchers = _requested_watchers(options, reporter)
    systemd = SystemdNotifier.of(environ, os.getpid())
    if systemd is not None:
        watchers.append(systemd)
    stops: contextlib.AbstractContextManager[None] = contextlib.nullcontext()
    width = terminal.message_width
    if _wants_status(options, reporter) and terminal.has_status_line and width is not None:
        from rc_tail.status.status_line import SinkAboveStatus, StatusLine

        messages = BackgroundStream(lambda text: status.write_message(text))
        status = StatusLine(
            terminal.messages,
            messages.do,
            width,
            has_terminal=terminal.is_in_foreground,
            color=reporter.color,
            # Each step is a message of its own with -v.
            steps=reporter.verbosity < Verbosity.VERBOSE,
        )
        watchers.append(status)
        sink = SinkAboveStatus(sink, status)
        stops = around_stops(status.hidden)
    else:
        messages = BackgroundStream(partial(_write, terminal.messages))
    with _diverted(reporter, messages):
        try:
            with stops:
                yield StatusOutputs(tuple(watchers), sink)
        finally:
            for watcher in watchers:
                watcher.end()


@contextlib.contextmanager
def _diverted(reporter: Reporter, messages: BackgroundStream) -> Iterator[None]:
    """Write messages in the background meanwhile; report how many were skipped."""
    before = reporter.divert(messages)
    try:
        yield
    finally:
        is_read = messages.close(DRAIN_WITHIN)
        reporter.divert(before)
        if messages.dropped and is_read:
            # Only where the reader is back: a write to one that stalls would block.
            left_out = count_words(messages.dropped, "message")
            reporter.warning("messages", f"{left_out} skipped: standard error was read too slowly")


def _requested_watchers(options: TailOptions, reporter: Reporter) -> list[Watcher]:
    def warn(message: str) -> None:
        reporter.warning("health", message)

    makers: list[Callable[[], Watcher]] = []
    ready_file, ready_fd, health_file = options.ready_file, options.ready_fd, options.health_file
    if ready_file is not None:
        makers.append(lambda: ReadyFile(ready_file))
    if ready_fd is not None:
        makers.append(lambda: ReadyDescriptor(ready_fd))
    if health_file is not None:
        makers.append(lambda: HealthFile(health_file, wall_of, warn))
    return [make() for make in makers]


def _wants_status(options: TailOptions, reporter: Reporter) -> bool:
    # The output of --exec's commands would appear in the middle of the line.
    return (
        reporter.verbosity >= Verbosity.NORMAL
        and reporter.is_text
        and not any(sink.kind == "exec" for sink in options.sinks)
    )


def _write(stream: IO[str], text: str) -> None:
    stream.write(text)
    stream.flush()
