"""Losses of one cause in a row are one gap that grows."""

from rc_tail.gateway.commands import Gap
from rc_tail.history.gap_filler import ReportGap
from rc_tail.history.loss_series import REPORT_EVERY, LossSeries, SeriesReport


def loss(at: float, reason: str = "disk full", **fields: object) -> ReportGap:
    return ReportGap(Gap(at, at + 1, reason, recovered=False, events=1), **fields)  # type: ignore[arg-type]


def test_thousands_of_losses_are_two_reports():
    series = LossSeries()
    reports = [each for at in range(50) for each in series.add(loss(at), at)]
    assert reports == [SeriesReport(loss(0))]
    (last,) = series.end()
    assert last.grew
    assert last.report.gap == Gap(0, 50, "disk full", recovered=False, events=50)
    assert series.end() == []


def test_growth_is_reported_once_a_minute_and_when_it_is_over():
    series, reports = LossSeries(), []
    for second in range(150):
        reports += [(second, each) for each in series.add(loss(second), second)]
        reports += [(second, each) for each in series.tick(second)]
    reports += [(999, each) for each in series.tick(999)]
    counted = [(second, each.report.gap.events, each.grew) for second, each in reports]
    assert counted == [(0, 1, False), (60, 61, True), (120, 121, True), (999, 150, True)]
    assert series.tick(999 + REPORT_EVERY) == []
    assert series.due_at is None


def test_another_reason_ends_a_series():
    series = LossSeries()
    series.add(loss(0), 0)
    series.add(loss(1), 1)
    first, second = series.add(loss(2, "unreadable"), 2)
    assert (first.report.gap.events, first.grew) == (2, True)
    assert second == SeriesReport(loss(2, "unreadable"))


def test_a_gap_without_a_count_is_never_merged():
    series = LossSeries()
    cut = ReportGap(Gap(0, 1, "cut", recovered=False))
    assert series.add(cut, 1) == [SeriesReport(cut)]
    assert series.add(cut, 2) == [SeriesReport(cut)]
    assert series.due_at is None


def test_what_was_filled_is_summed():
    series = LossSeries()
    for filled in (None, 2, 0, 3):
        series.add(loss(0, filled=filled), 0)
    assert series.end()[0].report.filled == 5


def test_details_of_one_cause_may_differ():
    series = LossSeries()
    reasons = ["invalid message: binary, 9 bytes", "invalid message: binary, 10 bytes"] * 3
    reports = [each for reason in reasons for each in series.add(loss(0, reason), 0)]
    assert reports == [SeriesReport(loss(0, reasons[0]))]
    (last,) = series.end()
    assert (last.report.gap.reason, last.report.gap.events) == ("invalid message", 6)
