"""Passes on what the writer reports, without waking the main thread more often than needed."""

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
        self._each = each
        self._limit = limit

    def __call__(self, report: SinkReport) -> None:
        """Put a report into the mailbox."""
        if (
            self._each
            or type(report) is not Written
            or (self._limit is not None and report.total >= self._limit)
        ):
            self._mailbox.put(report)
        else:
            self._mailbox.written = report
