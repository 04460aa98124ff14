"""Why events are dropped, as the session and the counter say it."""

import pytest

from rc_tail.gateway.batch_decoder import Burst
from rc_tail.gateway.drops import DropCounter, DropReason
from rc_tail.gateway.messages import Message, Notification
from rc_tail.gateway.retry import RetryPolicy
from rc_tail.gateway.seen_uuids import SeenUuids
from rc_tail.gateway.session import Session
from tests.gateway.transcript import FILTERS, details, granted

STAMP = "2026-03-02T09:30:05Z"


def notification(uuid: str, subscription: str = "sub-1") -> Notification:
    payload = f'{{"uuid":"{uuid}","event":"/presence","body":{{"n":1}}}}'.encode()
    return Notification(uuid, "/presence", STAMP, payload, subscription_id=subscription)


def message(uuid: str, subscription: str = "sub-1") -> Message:
    return Message(notification(uuid, subscription))


@pytest.fixture
def drops() -> DropCounter:
    return DropCounter()


@pytest.fixture
def session(drops: DropCounter) -> Session:
    """A session whose subscription is confirmed."""
    retry = RetryPolicy(lambda low, high: high)
    made = Session(FILTERS, retry=retry, seen=SeenUuids(), drops=drops)
    made.start(now=0)
    made.opened(1, oauth_session="oauth-1", used_wsc=False, now=0)
    asked = made.receive(1, [details()], now=0)
    made.receive(1, [granted(asked)], now=0)
    return made


def test_every_reason_has_words():
    drops = DropCounter()
    for reason in DropReason:
        drops.add(reason)
    assert drops.by_reason() == {reason.value: 1 for reason in DropReason}
    assert drops.describe().startswith(
        f"{len(DropReason)} dropped (of another subscription 1, duplicate 1, "
    )


def test_nothing_was_dropped():
    drops = DropCounter()
    drops.add(DropReason.WHERE, 0)
    assert drops.by_reason() == {}
    assert drops.describe() == ""


def test_the_largest_number_comes_first():
    drops = DropCounter()
    drops.add(DropReason.WHERE, 2)
    drops.add(DropReason.COUNT, 3)
    assert drops.describe() == "5 dropped (over --count 3, --where 2)"


def test_events_that_are_handed_over_are_not_counted(session: Session, drops: DropCounter):
    session.receive(1, [message("a"), Burst([notification("b")])], now=1)
    assert drops.by_reason() == {}


def test_events_of_another_subscription(session: Session, drops: DropCounter):
    session.receive(1, [message("a", "sub-9")], now=1)
    assert drops.by_reason() == {"not_ours": 1}


def test_repeated_events_of_a_burst(session: Session, drops: DropCounter):
    session.receive(1, [Burst([notification(uuid) for uuid in "abab"])], now=1)
    assert drops.by_reason() == {"seen_before": 2}


def test_repeated_events_one_by_one(session: Session, drops: DropCounter):
    session.receive(1, [message("a"), message("a")], now=1)
    assert drops.by_reason() == {"seen_before": 1}
