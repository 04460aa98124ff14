import pytest

from rc_tail.tail.sleep_detector import CALM, CALM_WITHIN, LATE, SLEPT, SleepDetector


def detector_woken(late: float) -> SleepDetector:
    """A program that runs at 100 for the first time since 80."""
    detector = SleepDetector()
    detector.woke(100.0, 100.0 - late, 80.0)
    return detector


def test_a_program_that_runs_as_planned_waits_for_nothing():
    detector = detector_woken(LATE)
    assert detector.received_at(100.1) == 100.1
    assert detector.until is None


@pytest.mark.parametrize(("late", "slept"), [(LATE + 0.1, False), (SLEPT + 0.1, True)])
def test_what_came_meanwhile_is_taken_in_first(late, slept):
    detector = detector_woken(late)
    assert detector.until == 100.0 + CALM
    # It was here since nobody knows when.
    assert detector.received_at(100.2) == 80.0
    assert detector.until == 100.2 + CALM
    assert detector.finish() is slept
    assert detector.until is None
    assert detector.finish() is False


def test_what_never_ends_is_not_waited_for_for_ever():
    detector = detector_woken(SLEPT + 1)
    detector.received_at(100.0 + CALM_WITHIN - 0.1)
    assert detector.until == 100.0 + CALM_WITHIN
    # It may be late once more while it takes things in; it has slept all the same.
    detector.woke(102.0, 102.0 - LATE - 1, 101.0)
    assert detector.until == 102.0 + CALM
    assert detector.received_at(102.1) == 80.0
    assert detector.finish()
