"""Which printed events a later run knows."""

import pytest

from rc_tail.gateway.messages import Notification
from rc_tail.state.printed import ENOUGH_KEYS, ENOUGH_UUIDS, MOST_UUIDS, PrintedIds
from tests.output.events import notification
from tests.state.states import state


def keys_of(event: Notification) -> tuple[str, ...]:
    return (f"sms:{event.uuid}",)


def test_an_event_is_known_by_its_uuid_at_once_and_by_its_keys_when_they_are_looked_for():
    printed = PrintedIds(state(uuids=("0",), keys=("sms:0",)), keys_of)
    printed.add([notification(1)], 5.0)
    assert (printed.uuids, printed.keys) == (("0", "1"), ("sms:0",))
    printed.find_keys(5.0)
    assert (printed.keys, printed.keys_since) == (("sms:0", "sms:1"), None)


def test_a_past_event_is_known_by_its_key_alone():
    printed = PrintedIds(state(), lambda _: ("sms:7",))
    printed.add([Notification("history:sms:7", "/e", "", b"{}")], 5.0)
    printed.find_keys(5.0)
    assert (printed.uuids, printed.keys) == ((), ("history:sms:7",))


@pytest.mark.parametrize(("size", "held"), [(None, ENOUGH_UUIDS), (800, 1600), (10**6, MOST_UUIDS)])
def test_twice_as_many_uuids_are_held_as_the_service_replays(size: int | None, held: int):
    printed = PrintedIds(state(), lambda _: ())
    printed.hold(size)
    printed.add([notification(number) for number in range(held + 5)], 5.0)
    assert len(printed.uuids) == held
    assert printed.uuids[-1] == str(held + 4)


def test_keys_that_are_not_looked_for_any_more_are_missing_until_then():
    printed = PrintedIds(state(), keys_of)
    printed.add([notification(number) for number in range(ENOUGH_KEYS + 1)], 5.0)
    printed.find_keys(6.0)
    assert (len(printed.keys), printed.keys_since) == (ENOUGH_KEYS, 5.0)
