"""Passes on what the writer reports, without waking the main thread more often than needed."""

import math

from rc_tail.sinks.reports import SinkReport, Written
from rc_tail.tail.mailbox import Mailbox


class WriteReports:
    """Puts the reports of a writer into the mailbox; called on any thread.

    Args:
        each: Whether the main thread needs every `Written`; otherwise it finds the latest when
            something else wakes it.
        limit: This many written events wake the main thread; None for no limit.
    """

    def __init__(self, mailbox: Mailbox, *, each: bool, limit: int | None = None) -> None:
        self._mailbox = mailbox
        # Reports with at least this total wake the main thread.
        self._wakes_from = 0.0 if each else math.inf if limit is None else limit

    def put(self, report: SinkReport) -> None:
        """Put a report into the mailbox."""
        if type(report) is Written and report.total < self._wakes_from:
            self._mailbox.written = report
        else:
            self._mailbox.put(report)
