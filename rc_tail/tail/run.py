"""Runs a tail: opens what it needs from outside, and closes it at the end."""

import contextlib
import gc
import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from rc_tail.config.folders import Folders
from rc_tail.config.loading import warning_callback
from rc_tail.config.settings import Settings
from rc_tail.config.tail_options import TailOptions
from rc_tail.gateway.drops import DropCounter
from rc_tail.output.json_lines import Renderer
from rc_tail.output.pipeline import Masker, keyed, make_mask, make_predicate, make_renderer
from rc_tail.reporter import Reporter
from rc_tail.rest.platform import Platform
from rc_tail.sinks.stdout import DescriptorWriter
from rc_tail.sinks.writer import ByteSink, Writer
from rc_tail.state.run_state import RunState
from rc_tail.state.spool_files import STDOUT as STDOUT_SINK
from rc_tail.status.setup import open_status_outputs
from rc_tail.system.clocks import random_key, utc_now
from rc_tail.system.signals import SignalledError, Signals
from rc_tail.system.terminal import Terminal
from rc_tail.tail.assembly import Assembly
from rc_tail.tail.loop import Tail
from rc_tail.tail.loop_events import SignalReceived
from rc_tail.tail.mailbox import Mailbox
from rc_tail.tail.parts import Outlets, TailEnding
from rc_tail.tail.write_reports import WriteReports

if TYPE_CHECKING:
    from rc_tail.output.names import NameBook
    from rc_tail.tail.fan_out import FanOut
    from rc_tail.tail.sink_setup import SinkSet

STDOUT = 1


def run_tail(
    options: TailOptions,
    settings: Settings,
    reporter: Reporter,
    terminal: Terminal,
    *,
    folders: Folders | None = None,
) -> None:
    """Tail until a limit, an error or a signal ends it.

    Args:
        folders: Where files are; None for the user's own folders.

    Raises:
        RcTailError: Why it could not continue.
        SignalledError: It was ended by a signal.
    """
    # What is wrong here ends the program before any request is made.
    warn = warning_callback(reporter, "shaping")
    drops = DropCounter()
    mask, passes = make_mask(options, random_key()), make_predicate(options, warn, drops)
    names = _name_book(options)
    width = terminal.output_width
    line = make_renderer(options, warn, width=width, now=utc_now, live=True, names=names)
    # The platform is opened below, before any sink is.
    sinks = _sinks(options, reporter, lambda: platform, settings.sink_password)
    if sinks is not None and mask is not None:
        mask = keyed(mask)
    stdout, mailbox = _open_stdout(options), Mailbox()
    on_signal = _SignalHandler(mailbox)
    with (
        Signals(
            on_signal,
            wakeup_fd=mailbox.wakeup_descriptor,
            before_death=on_signal.kill_commands,
        ),
        open_status_outputs(options, reporter, stdout, terminal, environ=os.environ) as status,
        Platform(settings, reporter, folders=folders) as platform,
        contextlib.ExitStack() as stack,
    ):

        def open_run_state(filters: Sequence[str]) -> RunState:
            state = RunState(
                folders or Folders.of_user(),
                settings,
                filters,
                options.resume,
                reporter,
                sinks=(STDOUT_SINK,) if sinks is None else sinks.names,
                report=mailbox.put,
            )
            return stack.enter_context(state)

        assembly = Assembly(
            options, platform, reporter, mailbox, drops, open_run_state=open_run_state
        )
        fan_out = None
        if sinks is not None:
            fan_out = _open_sinks(sinks, mailbox, assembly.run_state, mask)
        writer = _writer(options, status.sink, line, mailbox, fan_out)
        if names is not None:
            assembly.use_names(names, look_up=terminal.has_output)
        tail = assembly.tail(Outlets(writer, passes, mask, fan_out), status.watchers)
        # These objects live to the end: the garbage collector need not look at them again.
        gc.freeze()
        on_signal.tail = tail
        ending = tail.run()
    _raise_reason(ending)


def _open_stdout(options: TailOptions) -> DescriptorWriter:
    # A file of readable lines may end in half a line that a script wrote on purpose.
    for_programs = options.template is None and options.output != "pretty"
    return DescriptorWriter(STDOUT, on_new_line=for_programs or options.resume is not None)


def _open_sinks(
    sinks: "SinkSet", mailbox: Mailbox, state: RunState, mask: Masker | None
) -> "FanOut":
    return sinks.open(
        mailbox.put,
        spool=state.spool_writer,
        known=frozenset() if state.opened is None else state.opened.known,
        mask=mask,
    )


def _writer(
    options: TailOptions,
    stdout: ByteSink,
    line: Renderer,
    mailbox: Mailbox,
    fan_out: "FanOut | None",
) -> Writer | None:
    """Return the writer of standard output; None where nothing is printed."""
    if options.output == "none":
        return None
    limit = options.count if fan_out is None else fan_out.printed_limit(options.count)
    each = options.resume is not None and fan_out is None
    reports = WriteReports(mailbox, each=each, limit=limit)
    return Writer(stdout, line, reports.put, limit=limit)


def _name_book(options: TailOptions) -> "NameBook | None":
    """Return where names are remembered; None where they are not shown."""
    if options.output != "pretty" or options.template is not None or options.mask:
        return None
    from rc_tail.output.names import NameBook

    return NameBook()


def _sinks(
    options: TailOptions,
    reporter: Reporter,
    platform: Callable[[], Platform],
    password: str,
) -> "SinkSet | None":
    if not options.sinks:
        if options.ready_file is not None or options.health_file is not None:
            from rc_tail.sinks.making import check_files, outputs_beside_sinks

            check_files([], outputs_beside_sinks(options))
        return None
    from rc_tail.tail.sink_setup import SinkSet

    return SinkSet(options, reporter, platform, password=password)


class _SignalHandler:
    """Hands signals to the tail; before it runs, raises `SignalledError` at once."""

    def __init__(self, mailbox: Mailbox) -> None:
        self.tail: Tail | None = None
        self._mailbox = mailbox

    def kill_commands(self) -> None:
        """Kill the commands that run: they are in process groups of their own."""
        if self.tail is not None:
            self.tail.kill_commands()

    def __call__(self, number: int) -> None:
        if self.tail is None:
            raise SignalledError(number)
        self._mailbox.put(SignalReceived(number))


def _raise_reason(ending: TailEnding) -> None:
    if ending.signal is not None:
        raise SignalledError(ending.signal)
    if ending.error is not None:
        raise ending.error
