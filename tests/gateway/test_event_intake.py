"""Which events are printed, and how long they were in transit."""

import pytest

from rc_tail.gateway.batch_decoder import Burst
from rc_tail.gateway.commands import (
    Deliver,
    Gap,
    Notice,
    Ready,
    SubscriptionChanged,
    TookOver,
)
from rc_tail.gateway.delivery_lag import PRECISION
from rc_tail.gateway.messages import (
    Notification,
)
from tests.gateway.transcript import (
    DUE,
    RECOVERED,
    FakeGateway,
    event,
    granted,
    live_gateway,
    live_session,
    notification,
    of,
    overlapping,
    printed,
    subscribing,
    subscribing_session,
)


def test_events_that_come_before_the_answer_are_printed():
    session, asked = subscribing_session()
    commands = session.receive(1, [event("a"), granted(asked), event("b")], now=0)
    assert [type(action) for action in commands] == [Deliver, SubscriptionChanged, Ready, Deliver]
    assert printed(commands) == ["a", "b"]


def test_events_without_a_uuid_are_never_taken_for_the_same():
    assert printed(live_session().receive(1, [event(""), event("")], now=1)) == ["", ""]


def test_events_that_do_not_say_their_subscription_are_printed():
    assert printed(live_session().receive(1, [event("a", subscription="")], now=1)) == ["a"]


# How long events were in transit.


@pytest.mark.parametrize(("recovered", "lost_at"), [(False, 10 - PRECISION), (True, 31)])
def test_on_a_slow_network_a_gap_begins_when_its_last_event_was_sent(recovered, lost_at):
    gateway = live_gateway(life=None)
    if recovered:
        # What is replayed is late for another reason.
        gateway.cut(1)
        gateway.recover("sub-1")
    gateway.now = 30
    gateway.happens("a", "sub-1", sent=10)
    gateway.echo()
    gateway.session.frame_came(gateway.link, 31)
    gateway.now = 32
    gateway.cut(gateway.link)
    assert gateway.session.lost_at == lost_at


@pytest.mark.parametrize(("transit", "earlier"), [(0.0, 0.0), (0.25, 0.25 + PRECISION)])
def test_a_gap_begins_as_much_earlier_as_messages_are_in_transit(transit, earlier):
    gateway = live_gateway(life=None)
    events_arrive(gateway, (30, 30 + transit))
    # The close, too, was sent before it came in.
    gateway.now = 35
    gateway.session.frame_came(1, 35)
    gateway.cut(1)
    assert gateway.session.lost_at == 35 - earlier


def events_arrive(gateway: FakeGateway, *times: tuple[float, float]) -> None:
    """Events that were sent and arrive at these times."""
    for sent_at, came_at in times:
        gateway.now = came_at
        gateway.happens(f"{sent_at}", "sub-1", sent=sent_at)


def test_the_quickest_event_says_how_the_clocks_differ():
    gateway = live_gateway(life=None, dates_grants=False)
    events_arrive(gateway, (10, 10), (20, 20.5), (30, 50))
    assert gateway.session.behind_since(50) == 30 - PRECISION
    gateway.cut(1)
    assert gateway.session.behind_since(51) is None
    assert gateway.session.lost_at == 30 - PRECISION


def test_time_stamps_without_the_rest_of_a_millisecond_make_no_gap_too_short():
    gateway = live_gateway(life=None, dates_grants=False)
    # The stamps say 10.000 and 30.000.
    events_arrive(gateway, (10.0, 10.0009), (30.0, 50))
    gateway.cut(1)
    # One that was sent right after the last one that came, at 30.0003, lies in it.
    assert gateway.session.lost_at is not None
    assert gateway.session.lost_at < 30.0003


def test_a_clock_that_was_wrong_for_a_while_is_forgotten():
    gateway = live_gateway(life=None, dates_grants=False)
    events_arrive(gateway, (10, 10), (3620, 20), (30, 30), (40, 60))
    gateway.cut(1)
    assert gateway.session.lost_at == 40 - PRECISION


def test_an_answered_heartbeat_came_behind_what_was_slow():
    gateway = live_gateway(life=None, dates_grants=False)
    events_arrive(gateway, (10, 10), (30, 50))
    gateway.perform(gateway.session.tick(60))
    assert gateway.session.behind_since(60) == 30 - PRECISION
    gateway.echo()
    assert gateway.session.behind_since(61) is None


def test_what_was_read_after_a_sleep_says_nothing_about_the_clocks():
    gateway = live_gateway(life=None, dates_grants=False)
    events_arrive(gateway, (50, 10))
    gateway.now = 100
    gateway.perform(gateway.session.woke(100))
    assert gateway.session.lost_at == 10
    gateway.recover("sub-1")
    gateway.echo()
    events_arrive(gateway, (90, 100))
    assert gateway.session.behind_since(100) is None


# Bursts: many events that came in one piece.


def burst(subscription: str, *contents: str) -> Burst:
    messages = [notification(content, subscription, DUE) for content in contents]
    return Burst([m.content for m in messages if isinstance(m.content, Notification)], None)


def test_a_burst_on_both_connections_is_printed_once():
    gateway = live_gateway()
    overlapping(gateway)
    for id_, link in (("sub-1", 1), ("sub-2", 2)):
        told = gateway.session.receive(link, [burst(id_, "busy", "free", "busy'")], gateway.now)
        gateway.perform(told)
    # What repeats on one connection are two events.
    assert gateway.printed == ["busy/sub-1", "free/sub-1", "busy'/sub-1"]


def test_a_burst_before_the_answer_is_printed():
    gateway = live_gateway()
    subscribing(gateway)
    gateway.perform(gateway.session.receive(1, [burst("sub-1", "one")], gateway.now))
    gateway.perform(gateway.session.receive(2, [burst("sub-2", "two")], gateway.now))
    assert gateway.printed == ["one/sub-1", "two/sub-2"]
    assert of(TookOver, gateway.grant())


def test_a_burst_is_printed_without_its_repetitions():
    gateway = live_gateway()
    gateway.perform(gateway.session.receive(1, [burst("sub-1", "a", "b", "a")], gateway.now))
    assert gateway.printed == ["a/sub-1", "b/sub-1"]


def test_a_burst_that_a_recovery_replays_is_counted():
    gateway = live_gateway()
    gateway.cut(1)
    gateway.tick(gateway.now)
    gateway.open(used_wsc=True)
    gateway.greet(recovery=RECOVERED)
    gateway.perform(gateway.session.receive(2, [burst("sub-1", "a", "b", "a")], gateway.now))
    (gap,) = of(Gap, gateway.echo())
    assert (gap.recovered, gap.replayed) == (True, 2)


def test_a_burst_with_events_of_another_subscription_is_looked_at_one_by_one():
    gateway = live_gateway()
    mixed = [*burst("sub-1", "a").notifications, *burst("sub-of-another", "x").notifications]
    told = gateway.session.receive(1, [Burst(mixed, None)], gateway.now)
    (notice,) = of(Notice, gateway.perform(told))
    assert notice.warn
    assert gateway.printed == ["a/sub-1"]
    assert len(gateway.requests) == 1
