"""Which events are printed, and how long they were in transit."""

from collections.abc import Sequence
from typing import TypeVar

import pytest

from rc_tail.gateway.actions import (
    Action,
    Deliver,
    Gap,
    Notice,
    Ready,
    SubscriptionChanged,
    TookOver,
)
from rc_tail.gateway.batch_decoder import Burst
from rc_tail.gateway.connection_state import TokenLife
from rc_tail.gateway.drops import DropCounter
from rc_tail.gateway.messages import (
    Message,
    Notification,
)
from rc_tail.gateway.session import Session
from tests.gateway.service import Service, live_service, notification
from tests.gateway.talk import (
    CUT,
    RECOVERED,
    details,
    echo,
    event,
    granted,
    live_session,
    new_session,
    printed,
    reconnect,
    subscribing_session,
)

TIME = 40.0


HOUR = 3600.0


def listening(*, refreshable: bool = False, drops: DropCounter | None = None) -> Session:
    """A session that listens since 0, on an access token that lives an hour."""
    session = new_session(drops=drops)
    session.start(now=0)
    open_link(session, 1, now=0, refreshable=refreshable)
    asked = session.receive(1, [details()], now=0)
    session.receive(1, [granted(asked)], now=0)
    return session


def open_link(
    session: Session, link: int, now: float, *, refreshable: bool = False, oauth: str = "oauth-1"
) -> None:
    token = TokenLife(ends=now + HOUR, life=HOUR, refreshable=refreshable)
    session.opened(link, oauth_session=oauth, used_wsc=False, now=now, token=token)


T = TypeVar("T")


def of(kind: type[T], actions: Sequence[Action]) -> list[T]:
    return [action for action in actions if isinstance(action, kind)]


def opening(service: Service) -> None:
    service.tick(TIME)
    assert service.link == 2


def greeting(service: Service) -> None:
    opening(service)
    service.open()


def subscribing(service: Service) -> None:
    greeting(service)
    service.greet()


def overlapping(service: Service) -> None:
    subscribing(service)
    service.grant()
    assert service.opened == {1, 2}


def test_events_that_come_before_the_answer_are_printed():
    session, asked = subscribing_session()
    actions = session.receive(1, [event("a"), granted(asked), event("b")], now=0)
    assert [type(action) for action in actions] == [Deliver, SubscriptionChanged, Ready, Deliver]
    assert printed(actions) == ["a", "b"]


def test_events_without_a_uuid_are_never_taken_for_the_same():
    assert printed(live_session().receive(1, [event(""), event("")], now=1)) == ["", ""]


def test_events_that_do_not_say_their_subscription_are_printed():
    assert printed(live_session().receive(1, [event("a", subscription="")], now=1)) == ["a"]


def copy_of(uuid: str, subscription: str, stamp: str) -> Message:
    """The same event as every subscription has it, under a uuid of its own."""
    payload = (
        f'{{"uuid":"{uuid}","event":"/presence","timestamp":"{stamp}",'
        f'"subscriptionId":"{subscription}","body":{{"n":1}}}}'
    )
    return Message(
        Notification(uuid, "/presence", stamp, payload.encode(), subscription_id=subscription)
    )


@pytest.mark.parametrize(("recovery", "lost_at"), [("", 10), (RECOVERED, 31)])
def test_on_a_slow_link_a_gap_begins_when_its_last_event_was_sent(recovery, lost_at):
    session = new_session()
    session.start(now=0)
    open_link(session, 1, now=0)
    asked = session.receive(1, [details()], now=0)
    session.receive(1, [granted(asked, creationTime="2026-03-02T09:30:00Z")], now=0)
    link, beat = 1, asked
    if recovery:
        # What is replayed is late for another reason.
        session.connection_lost(1, CUT, now=0)
        link = reconnect(session).link
        beat = session.receive(link, [details(recovery, wsc="wsc-2")], now=1)
    session.receive(link, [copy_of("a", "sub-1", "2026-03-02T09:30:10Z")], now=30)
    if recovery:
        session.receive(link, [echo(beat)], now=30)
    session.frame_came(link, now=31)
    session.connection_lost(link, CUT, now=32)
    assert session.lost_at == lost_at


def test_the_quickest_event_says_how_the_clocks_differ():
    # The service does not say when it made the subscription, nor that of a recovered session.
    session = listening()
    for second, came in ((10, 10), (20, 20.5), (30, 50)):
        stamp = f"2026-03-02T09:30:{second}Z"
        session.receive(1, [copy_of(f"{second}", "sub-1", stamp)], now=came)
    assert session.behind_since(50) == 30
    session.connection_lost(1, CUT, now=51)
    assert session.behind_since(51) is None
    assert session.lost_at == 30


def test_a_clock_that_was_wrong_for_a_while_is_forgotten():
    session = listening()
    for number, (stamp, came) in enumerate(
        (("09:30:10", 10), ("10:30:20", 20), ("09:30:30", 30), ("09:30:40", 60))
    ):
        session.receive(1, [copy_of(f"{number}", "sub-1", f"2026-03-02T{stamp}Z")], now=came)
    session.connection_lost(1, CUT, now=61)
    assert session.lost_at == 40


def test_an_answered_heartbeat_came_behind_what_was_slow():
    session = listening()
    for second, came in ((10, 10), (30, 50)):
        stamp = f"2026-03-02T09:30:{second}Z"
        session.receive(1, [copy_of(f"{second}", "sub-1", stamp)], now=came)
    beat = session.tick(60)
    assert session.behind_since(60) == 30
    session.receive(1, [echo(beat)], now=61)
    assert session.behind_since(61) is None


def test_what_was_read_after_a_sleep_says_nothing_about_the_clocks():
    session = listening()
    session.receive(1, [copy_of("a", "sub-1", "2026-03-02T09:30:50Z")], now=10)
    session.woke(now=100)
    assert session.lost_at == 10
    reconnect(session)
    beat = session.receive(2, [details(RECOVERED, wsc="wsc-2")], now=100)
    session.receive(2, [echo(beat)], now=100)
    session.receive(2, [copy_of("b", "sub-1", "2026-03-02T09:31:40Z")], now=100)
    assert session.behind_since(100) is None


def burst(subscription: str, *contents: str) -> Burst:
    messages = [notification(content, subscription, TIME) for content in contents]
    return Burst([m.content for m in messages if isinstance(m.content, Notification)], None)


def test_a_burst_on_both_connections_is_printed_once():
    service = live_service()
    overlapping(service)
    for id_, link in (("sub-1", 1), ("sub-2", 2)):
        told = service.session.receive(link, [burst(id_, "busy", "free", "busy'")], service.now)
        service.perform(told)
    # What repeats on one connection are two events.
    assert service.printed == ["busy/sub-1", "free/sub-1", "busy'/sub-1"]


def test_a_burst_before_the_answer_is_printed():
    service = live_service()
    subscribing(service)
    service.perform(service.session.receive(1, [burst("sub-1", "one")], service.now))
    service.perform(service.session.receive(2, [burst("sub-2", "two")], service.now))
    assert service.printed == ["one/sub-1", "two/sub-2"]
    assert of(TookOver, service.grant())


def test_a_burst_is_printed_without_its_repetitions():
    service = live_service()
    service.perform(service.session.receive(1, [burst("sub-1", "a", "b", "a")], service.now))
    assert service.printed == ["a/sub-1", "b/sub-1"]


def test_a_burst_that_a_recovery_replays_is_counted():
    service = live_service()
    service.cut(1)
    service.tick(service.now)
    service.open(used_wsc=True)
    service.greet(recovery=RECOVERED)
    service.perform(service.session.receive(2, [burst("sub-1", "a", "b", "a")], service.now))
    (gap,) = of(Gap, service.echo())
    assert (gap.recovered, gap.replayed) == (True, 2)


def test_a_burst_with_events_of_another_subscription_is_looked_at_one_by_one():
    service = live_service()
    mixed = [*burst("sub-1", "a").notifications, *burst("somebodys", "x").notifications]
    told = service.session.receive(1, [Burst(mixed, None)], service.now)
    (notice,) = of(Notice, service.perform(told))
    assert notice.warn
    assert service.printed == ["a/sub-1"]
    assert len(service.requests) == 1
