"""Every command has its row in the table; what each does is tested with the loop."""

from typing import Any, get_args
from unittest.mock import Mock

from rc_tail.gateway.commands import Gap
from rc_tail.history.gap_filler import ReportGap
from rc_tail.tail.executor import SAVED_WITHIN, Command, Executor, Limits


def executor_with(**parts: Any) -> Executor:
    names = Executor.__init__.__annotations__.keys() - {"return", "limits"}
    return Executor(**{name: Mock() for name in names} | parts, limits=Limits())


def test_every_command_has_a_handler():
    executor = executor_with()
    assert executor._handlers.keys() == set(get_args(Command))


def test_a_filled_gap_is_reported_once_it_is_saved():
    recorder, narrator = Mock(is_urgent=True), Mock()
    executor = executor_with(recorder=recorder, narrator=narrator)
    gap = Gap(1, 2, "cut", recovered=False)
    executor.execute([ReportGap(gap, 4000)], 2)
    executor.report_saved(2.1)
    narrator.gap.assert_not_called()
    recorder.is_urgent = False
    executor.report_saved(2.2)
    narrator.gap.assert_called_once_with(gap, filled=4000, failures=(), grew=False)
    assert executor.unsaved == []


def test_a_filled_gap_is_reported_though_a_reader_stalls():
    recorder, narrator = Mock(is_urgent=True), Mock()
    executor = executor_with(recorder=recorder, narrator=narrator)
    executor.execute([ReportGap(Gap(1, 2, "cut", recovered=False), 4000)], 2)
    executor.report_saved(2 + SAVED_WITHIN)
    narrator.gap.assert_called_once()
