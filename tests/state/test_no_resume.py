"""A tail without ``--resume``."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rc_tail.gateway.commands import Gap
from rc_tail.state.no_resume import NoResume
from rc_tail.state.subscription_journal import SubscriptionJournal
from tests.gateway.transcript import live_session
from tests.output.events import notification
from tests.state.states import OWNER, SERVER


@contextmanager
def opened_journal(folder: Path) -> Iterator[SubscriptionJournal]:
    with SubscriptionJournal(folder, SERVER, OWNER, pytest.fail).opened() as journal:
        yield journal


def test_without_a_name_nothing_is_kept(tmp_path: Path):
    recorder = NoResume(SubscriptionJournal(tmp_path, SERVER, OWNER, pytest.fail))
    session = live_session()
    gap = Gap(1, 2, "cut", recovered=True)
    recorder.frame_came(1)
    recorder.changed(session, 1)
    recorder.taken([notification(1)], 1)
    recorder.written([notification(1)])
    recorder.dropped(0)
    recorder.gap_opened(gap)
    recorder.gap_closed(gap)
    recorder.tick(2)
    assert recorder.lost_before(2) is None
    assert (recorder.keeps, recorder.deadline()) == (False, None)
    assert recorder.end(session, [notification(2), notification(3)], 2) == 2
    assert list(tmp_path.iterdir()) == []


def test_subscriptions_of_processes_that_are_gone_are_found_and_crossed_out(tmp_path: Path):
    with opened_journal(tmp_path) as first:
        NoResume(first).subscription("s-1", active=True)
        NoResume(first).subscription("s-2", active=True)
        NoResume(first).subscription("s-2", active=False)
        assert NoResume(first).find_stale(frozenset()) == []
    with opened_journal(tmp_path) as second:
        recorder = NoResume(second)
        assert recorder.find_stale(frozenset({"s-1"})) == []
        assert recorder.find_stale(frozenset()) == ["s-1"]
        recorder.subscription("s-1", active=False)
        assert recorder.find_stale(frozenset()) == []
