from pathlib import Path
from unittest.mock import Mock

import pytest

from rc_tail.state.leftover import SpooledLeftover, UnprintedLeftover
from rc_tail.state.resume_state import LeftoverSummary
from rc_tail.state.spool import Spool
from rc_tail.state.spool_opening import OpenedSpool
from tests.output.events import notification

EVENTS = [notification(n) for n in range(4)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "work.spool"


def test_without_anything_left_there_is_no_file(path: Path):
    leftover = UnprintedLeftover(None, lambda: Spool(path))
    assert leftover.printed(3) == 0
    assert list(leftover.keep([], 1.0)) == []
    leftover.saved()
    assert leftover.summary() is None
    leftover.close()
    assert not path.exists()


def test_what_is_left_is_printed_first_next_time(path: Path):
    leftover = UnprintedLeftover(None, lambda: Spool(path))
    assert leftover.keep(EVENTS, 100.0) == EVENTS
    assert leftover.summary() == LeftoverSummary(4, 100.0)
    leftover.close()
    leftover = UnprintedLeftover(OpenedSpool(Spool(path)), lambda: Spool(path))
    assert leftover.printed(3) == 3
    leftover.saved()
    assert leftover.summary() == LeftoverSummary(1, 100.0)
    # The last one of the earlier run, and one of this.
    assert leftover.printed(2) == 1
    leftover.saved()
    assert leftover.summary() is None
    assert not path.exists()


def test_what_was_kept_can_be_taken_back(path: Path):
    leftover = UnprintedLeftover(None, lambda: Spool(path))
    leftover.keep(EVENTS[:1], 100.0)
    leftover.close()
    leftover = UnprintedLeftover(OpenedSpool(Spool(path)), lambda: Spool(path))
    assert leftover.keep(EVENTS, 101.0) == EVENTS[1:]
    leftover.take_back()
    leftover.close()
    spool = Spool(path)
    assert [event.uuid for batch in spool.events() for event in batch] == ["0"]
    spool.close()


def test_with_sinks_an_event_is_safe_in_the_spool():
    writer = Mock(committed=5)
    writer.undelivered.return_value = (2, 100.0)
    leftover = SpooledLeftover(OpenedSpool(Mock()), writer)
    assert leftover.printed(3) == 0
    leftover.saved()
    writer.saved_until.assert_called_once_with(8)
    assert leftover.summary() == LeftoverSummary(2, 100.0)
    assert list(leftover.keep([], 1.0)) == []
    with pytest.raises(OSError, match="spool"):
        leftover.keep(EVENTS, 1.0)
