"""Losses of one cause in a row are one gap that grows: reported at once, then once a minute. No I/O.

A full disk, or frames that cannot be read, would otherwise fill the log with gaps of one event.
"""

import msgspec

from rc_tail.gateway.commands import Gap
from rc_tail.history.gap_filler import ReportGap

REPORT_EVERY = 60.0  # seconds


class SeriesReport(msgspec.Struct, frozen=True):
    """Report a gap; `grew` marks one that was reported before and has more events now."""

    report: ReportGap
    grew: bool = False


class LossSeries:
    """Merges gaps of known losses while their reason stays the same.

    Attributes:
        due_at: When `tick` must be called, on the session's clock; None while no series is open.
    """

    def __init__(self) -> None:
        self.due_at: float | None = None
        self._series: ReportGap | None = None
        self._grew = False

    def add(self, report: ReportGap, now: float) -> list[SeriesReport]:
        """Add a gap; return what is to be reported now."""
        series = self._series
        if series is not None and _continues(series, report):
            self._series, self._grew = _merged(series, report), True
            return []
        before = self.end()
        if report.gap.events is not None and not report.gap.recovered:
            self._series, self.due_at = report, now + REPORT_EVERY
        return [*before, SeriesReport(report)]

    def tick(self, now: float) -> list[SeriesReport]:
        """Report growth, or end the series if it has not grown since the last report."""
        if self.due_at is None or now < self.due_at or self._series is None:
            return []
        if not self._grew:
            return self.end()
        self._grew, self.due_at = False, now + REPORT_EVERY
        return [SeriesReport(self._series, grew=True)]

    def end(self) -> list[SeriesReport]:
        """End the series; return its last report if it has grown since the one before."""
        series, grew = self._series, self._grew
        self._series, self._grew, self.due_at = None, False, None
        return [SeriesReport(series, grew=True)] if series is not None and grew else []


def _continues(series: ReportGap, report: ReportGap) -> bool:
    gap = report.gap
    return (
        gap.events is not None
        and not gap.recovered
        and _cause(gap.reason) == _cause(series.gap.reason)
        and report.failures == series.failures
    )


def _cause(reason: str) -> str:
    # What exactly is wrong with a message differs from message to message.
    cause, _, _ = reason.partition(": ")
    return cause


def _merged(series: ReportGap, report: ReportGap) -> ReportGap:
    one, other = series.gap, report.gap
    gap = Gap(
        min(one.start, other.start),
        max(one.end, other.end),
        one.reason if one.reason == other.reason else _cause(one.reason),
        recovered=False,
        events=(one.events or 0) + (other.events or 0),
    )
    counts = [count for count in (series.filled, report.filled) if count is not None]
    return ReportGap(gap, sum(counts) if counts else None, series.failures, series.closed)
