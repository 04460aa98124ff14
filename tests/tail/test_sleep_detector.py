import pytest

from rc_tail.tail.sleep_detector import CALM, CALM_WITHIN, LATE, SLEPT, SleepDetector


def woken(late: float) -> SleepDetector:
    """A program that runs at 100 for the first time since 80."""
    waking = SleepDetector()
    waking.noticed(100.0, 100.0 - late, 80.0)
    return waking


def test_a_program_that_runs_as_planned_waits_for_nothing():
    waking = woken(LATE)
    assert waking.something_came(100.1) == 100.1
    assert waking.until is None


@pytest.mark.parametrize(("late", "slept"), [(LATE + 0.1, False), (SLEPT + 0.1, True)])
def test_what_came_meanwhile_is_taken_in_first(late, slept):
    waking = woken(late)
    assert waking.until == 100.0 + CALM
    # It was here since nobody knows when.
    assert waking.something_came(100.2) == 80.0
    assert waking.until == 100.2 + CALM
    assert waking.over() is slept
    assert waking.until is None
    assert waking.over() is False


def test_what_never_ends_is_not_waited_for_for_ever():
    waking = woken(SLEPT + 1)
    waking.something_came(100.0 + CALM_WITHIN - 0.1)
    assert waking.until == 100.0 + CALM_WITHIN
    # It may be late once more while it takes things in; it has slept all the same.
    waking.noticed(102.0, 102.0 - LATE - 1, 101.0)
    assert waking.until == 102.0 + CALM
    assert waking.something_came(102.1) == 80.0
    assert waking.over()
