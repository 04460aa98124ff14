"""``rc-tail show FILE --forward-to URL``: sends recorded events to sinks, and waits for them."""

import os
import threading
from collections import deque
from collections.abc import Sequence

from rc_tail.cli.context import identity_options, open_settings
from rc_tail.config.settings import SINK_PASSWORD
from rc_tail.config.tail_options import TailOptions
from rc_tail.errors import SinkError
from rc_tail.gateway.messages import Notification
from rc_tail.reporter import Reporter
from rc_tail.rest.platform import Platform
from rc_tail.sinks.making import File
from rc_tail.sinks.reports import Confirmed, SinkReport, WriteFailed, WriterCrashed
from rc_tail.tail.sink_setup import SinkSet
from rc_tail.text.wording import count_words

# Events that may wait in memory: a file may be larger than that.
MOST_WAITING = 1000
_LOOK_EVERY = 0.05  # seconds


class RecordedSinks:
    """The sinks of recorded events, opened. Ctrl-C ends the wait for them.

    Args:
        inputs: The files that the events are read from.

    Raises:
        RcTailError: One cannot be opened.
    """

    def __init__(self, options: TailOptions, reporter: Reporter, inputs: Sequence[File]) -> None:
        self._reporter = reporter
        self._platform: Platform | None = None
        self._failures: deque[SinkReport] = deque()
        self._nothing = threading.Event()
        password = os.environ.get(SINK_PASSWORD, "").strip()
        sinks = SinkSet(options, reporter, self._open_platform, password=password, inputs=inputs)
        self._fan_out = sinks.open(self._note)
        self._fan_out.start()
        self._count = 0

    def put(self, event: Notification) -> None:
        """Hand an event to the sinks; wait while too many wait already.

        Raises:
            SinkError: A sink was given up.
        """
        self._fan_out.put([event])
        self._count += 1
        while max(sink.waiting for sink in self._fan_out.sink_states().values()) > MOST_WAITING:
            self._raise_failure()
            self._nothing.wait(_LOOK_EVERY)

    def finish(self, printed: int) -> None:
        """Wait until every sink has every event.

        Raises:
            SinkError: A sink was given up, or refused events without a dead letter.
        """
        self._fan_out.stop(run_queued=True)
        while not self._fan_out.join(_LOOK_EVERY):
            self._raise_failure()
        self._raise_failure()
        states = self._fan_out.sink_states()
        self._fan_out.close(0.0)
        lost = sum(sink.lost for sink in states.values())
        if lost:
            raise SinkError(
                f"{count_words(lost, 'event')} of {printed} refused",
                hint="--dead-letter FILE keeps such events with the reason.",
            )

    def close(self) -> None:
        """Close the REST side, if a sink has used it."""
        if self._platform is not None:
            self._platform.close()

    def _open_platform(self) -> Platform:
        """Log in as the variables or the default profile say: attachments are behind the login."""
        settings = open_settings(identity_options({}), self._reporter)
        self._platform = Platform(settings, self._reporter)
        return self._platform

    def _note(self, report: SinkReport) -> None:
        if not isinstance(report, Confirmed):
            self._failures.append(report)

    def _raise_failure(self) -> None:
        if not self._failures:
            return
        self._fan_out.abandon(all_of_them=True)
        failure = self._failures.popleft()
        if isinstance(failure, WriteFailed | WriterCrashed):
            raise failure.error
        raise SinkError(f"events could not be queued: {failure}")
