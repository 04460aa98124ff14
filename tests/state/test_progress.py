import pytest

from rc_tail.errors import LocalProtocolError
from rc_tail.state.progress import Progress


def test_nothing_is_known_before_the_first_frame():
    progress = Progress()
    assert progress.until() is None
    gap = progress.gap_opened(None)
    assert progress.gap_start(gap) is None
    assert progress.until() is None
    assert not progress.is_whole()
    progress.frame_came(5)
    progress.frame_came(6)
    assert (progress.gap_start(gap), progress.until()) == (5, 5)
    progress.gap_widened(gap, 3)
    assert (progress.gap_start(gap), progress.until()) == (3, 3)
    progress.gap_closed(gap)
    assert progress.is_whole()


def test_a_gap_before_the_first_frame_can_be_widened():
    progress = Progress()
    gap = progress.gap_opened(None)
    progress.gap_widened(gap, 3)
    assert (progress.gap_start(gap), progress.until()) == (3, 3)


def test_what_waits_holds_the_moment_until_it_is_printed():
    progress = Progress(10)
    progress.taken(2, 10)
    progress.frame_came(20)
    progress.taken(1, 20)
    progress.frame_came(30)
    assert (progress.until(), progress.waiting(), progress.oldest()) == (10, 3, 10)
    progress.printed(1)
    assert progress.until() == 10
    progress.printed(1)
    assert progress.until() == 20
    progress.printed(1)
    assert (progress.until(), progress.waiting(), progress.oldest()) == (30, 0, None)


def test_what_came_in_together_counts_from_the_first():
    progress = Progress(10)
    for now in (10.0, 10.1, 10.2, 10.3):
        progress.taken(1, now)
    progress.taken(0, 12)
    progress.printed(2)
    assert progress.until() == 10
    progress.printed(1)
    assert progress.oldest() == 10.3


def test_what_is_dropped_is_what_came_in_last():
    progress = Progress(10)
    progress.taken(2, 10)
    progress.taken(2, 20)
    progress.dropped(3)
    assert (progress.oldest(), progress.waiting()) == (10, 1)
    progress.all_kept()
    assert (progress.oldest(), progress.waiting()) == (None, 0)


@pytest.mark.parametrize("remove", [Progress.printed, Progress.dropped])
def test_more_than_waits_cannot_go(remove):
    progress = Progress(10)
    progress.taken(2, 10)
    with pytest.raises(LocalProtocolError, match="3 events were printed, 2 waited"):
        remove(progress, 3)
    assert progress.waiting() == 2


def test_the_earliest_open_gap_holds_the_moment():
    progress = Progress(10)
    first, second = progress.gap_opened(None), progress.gap_opened(7)
    progress.frame_came(20)
    assert progress.until() == 7
    progress.gap_widened(first, 12)
    assert progress.gap_start(first) == 10
    progress.gap_closed(second)
    assert progress.until() == 10
    assert (progress.is_open(first), progress.is_open(second)) == (True, False)
    progress.gap_closed(first)
    assert progress.until() == 20
