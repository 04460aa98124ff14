"""Makes the sinks that a command line asks for, opens them, and joins them to the spool."""

import math
import os
import threading
from collections.abc import Callable, Sequence

from rc_tail.config.loading import warning_callback
from rc_tail.config.tail_options import SinkRequest, TailOptions
from rc_tail.errors import RcTailError, UsageError
from rc_tail.gateway.retry import FIRST_TRIES_WITHIN, Backoff
from rc_tail.output.pipeline import Masker
from rc_tail.reporter import Reporter, Verbosity
from rc_tail.rest.platform import Platform
from rc_tail.sinks.dead_letter import DeadLetters
from rc_tail.sinks.event_queue import EventQueue, MemoryQueue
from rc_tail.sinks.making import File, make_sinks, outputs_beside_sinks
from rc_tail.sinks.reports import SinkReport
from rc_tail.sinks.runner import FIRST_DELAY, MOST_DELAY, RunnerOptions, SinkRunner
from rc_tail.sinks.sink import Sink, SinkContext
from rc_tail.sinks.table import FOREVER, kind_named
from rc_tail.state.spool_files import STDOUT
from rc_tail.state.spool_writer import SpoolWriter
from rc_tail.system.clocks import clock, sleep, uniform, wall_of
from rc_tail.system.deadline import run_with_deadline
from rc_tail.tail.fan_out import FanOut
from rc_tail.text.escape import visible
from rc_tail.text.wording import duration_words

RETRIES = 5
_REPORT_AFTER = 1.0  # seconds of waiting for a sink at the start
_ENDS_WITHIN = 0.2  # seconds, as a thread does that has nothing to wait for


class SinkSet:
    """The sinks beside standard output, before they are opened.

    Args:
        platform: Returns the REST side; called when a sink that needs it is opened.
        inputs: Files that are read at the same time.

    Raises:
        UsageError: An address or option can never work, two sinks are the same, or a file is used
            twice.
        ConfigError: A file that an option names cannot be used.
    """

    def __init__(
        self,
        options: TailOptions,
        reporter: Reporter,
        platform: Callable[[], Platform],
        *,
        password: str = "",
        inputs: Sequence[File] = (),
    ) -> None:
        self._options = options
        self._reporter = reporter
        self._warn = warning_callback(reporter, "sink")
        self._dead_letters = DeadLetters(options.dead_letter, lambda: wall_of(clock()))
        is_verbose = reporter.verbosity >= Verbosity.VERBOSE
        self._note = (lambda words: reporter.verbose("sink", words)) if is_verbose else None
        context = SinkContext(
            os.environ,
            self._warn,
            reporter.redactor.add,
            note=self._note,
            password=password,
            allows_plain=options.sink_insecure,
            tell=lambda message, **fields: reporter.info("saved", message, **fields),
            platform=platform,
            filters=options.selection.filters,
        )
        outputs = outputs_beside_sinks(options)
        self._sinks = make_sinks(options.sinks, context, inputs=inputs, outputs=outputs)
        try:
            self._dead_letters.check()
        except OSError as error:
            path = visible(str(options.dead_letter))
            raise UsageError(
                f"--dead-letter: {path} cannot be written: {error.strerror}"
            ) from error

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all sinks, standard output among them where events are printed."""
        printing = () if self._options.output == "none" else (STDOUT,)
        return (*printing, *(sink.name for _, sink in self._sinks))

    def open(
        self,
        report: Callable[[SinkReport], None],
        *,
        spool: SpoolWriter | None = None,
        known: frozenset[str] = frozenset(),
        mask: Masker | None = None,
    ) -> FanOut:
        """Open the sinks.

        Args:
            report: Called on the threads of the sinks.
            spool: Commits events before the sinks get them; None for queues in memory.
            known: The sinks that an earlier run has opened: they may be away now.
            mask: Masks what an earlier run left in the spool.

        Raises:
            RcTailError: One cannot be opened.
        """
        bases = {name: 0 if spool is None else spool.position_of(name) for name in self.names}
        start, count = min(bases.values()), self._options.count
        runners: list[SinkRunner] = []
        memory: list[MemoryQueue] = []
        for request, sink in self._sinks:
            queue: EventQueue
            if spool is None:
                queue = MemoryQueue()
                memory.append(queue)
            else:
                queue = spool.queue_for(sink.name, mask)
            options = RunnerOptions(
                self._retries(request),
                self._options.sink_give_up,
                sink.name in known,
                bases[sink.name],
                None if count is None else start + count,
            )
            runners.append(self._runner(sink, queue, options, report))
        self._open_all(runners)
        return FanOut(runners, queues=memory, spool=spool, bases=bases, report=report)

    def _runner(
        self,
        sink: Sink,
        queue: EventQueue,
        options: RunnerOptions,
        report: Callable[[SinkReport], None],
    ) -> SinkRunner:
        return SinkRunner(
            sink,
            queue,
            options,
            dead_letters=self._dead_letters,
            backoff=Backoff(uniform, first=FIRST_DELAY, most=MOST_DELAY),
            report=report,
            warn=self._warn,
            note=self._note,
        )

    def _retries(self, request: SinkRequest) -> int | None:
        option = kind_named(request.kind).retries
        value = request.values.get(option) if option else FOREVER
        if value is None:
            return None if self._options.resume is not None else RETRIES
        return None if value == FOREVER else int(value)

    def _open_all(self, runners: Sequence[SinkRunner]) -> None:
        retry_for = self._options.retry_for
        ends = clock() + (FIRST_TRIES_WITHIN if retry_for is None else retry_for)
        for runner in runners:
            self._open_one(runner, ends)

    def _open_one(self, runner: SinkRunner, ends: float) -> None:
        errors: list[RcTailError] = []
        timer = threading.Timer(_REPORT_AFTER, self._report_wait, (runner, ends, errors))
        timer.daemon = True
        timer.start()
        try:
            backoff = Backoff(uniform, first=FIRST_DELAY, most=MOST_DELAY)
            while (error := self._try_open(runner, ends)) is not None:
                errors.append(error)
                sleep(min(backoff.next_delay(at_least=FIRST_DELAY), max(0.0, ends - clock())))
        finally:
            timer.cancel()
            # A thread that ends while the interpreter exits can abort it; one that waits until
            # standard error takes its message cannot, and holds nobody up.
            timer.join(_ENDS_WITHIN)

    def _report_wait(self, runner: SinkRunner, ends: float, errors: Sequence[RcTailError]) -> None:
        reason = errors[-1].message if errors else "no answer yet"
        seconds = max(ends - clock(), 0.0)
        # A try that has begun may take longer.
        tries = f"; retrying for {duration_words(math.ceil(seconds))}" if seconds else ""
        # As every wait, this is never hidden: it is the reason for silence.
        self._reporter.warning(
            "wait",
            f"waiting for {runner.sink.name}: {reason}{tries} (Ctrl-C to stop)",
            seconds=round(seconds, 3),
            reason=reason,
        )

    @staticmethod
    def _try_open(runner: SinkRunner, ends: float) -> RcTailError | None:
        """Open a sink; return why it is to be tried again, or None where it is open."""
        try:
            # On a thread: the handlers of signals run at once.
            run_with_deadline(runner.open, None, name="sink")
        except RcTailError as error:
            # Waiting does not mend a command line.
            if isinstance(error, UsageError) or not error.retryable or clock() >= ends:
                raise
            return error
        return None
