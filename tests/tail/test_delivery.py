"""The last part of an event's way: filtered, counted, handed to the sinks, confirmed."""

from typing import Any
from unittest.mock import Mock

import pytest

from rc_tail.gateway.drops import DropCounter
from rc_tail.gateway.messages import Notification
from rc_tail.sinks.reports import Written
from rc_tail.tail.delivery import Delivery

NOW = 100.0


def event(uuid: str, kind: str = "sms") -> Notification:
    return Notification(uuid, kind, "", b"{}")


class Sinks:
    """A delivery with sinks and a recorder that note their calls."""

    def __init__(self, **options: Any) -> None:
        self.writer, self.recorder, self.command = Mock(), Mock(), Mock()
        self.drops = DropCounter()
        self.delivery = Delivery(
            self.writer,
            self.recorder,
            self.drops,
            kind_name=lambda kind: kind,
            exec_command=self.command,
            **options,
        )


@pytest.fixture
def sinks() -> Sinks:
    return Sinks()


def test_events_go_to_every_sink_and_are_counted_by_kind(sinks: Sinks):
    events = [event("a"), event("b", "fax"), event("c")]
    sinks.delivery.deliver(events, NOW)
    sinks.delivery.deliver([event("d", "fax")], NOW)
    sinks.writer.put.assert_any_call(events)
    sinks.command.put.assert_any_call(events)
    sinks.recorder.taken.assert_any_call(events, NOW)
    assert sinks.delivery.kinds == {"sms": 2, "fax": 2}


def test_events_that_do_not_pass_go_to_no_sink():
    sinks = Sinks(passes=lambda each: each.uuid != "b")
    sinks.delivery.deliver([event("a"), event("b")], NOW)
    sinks.delivery.deliver([event("b")], NOW)
    sinks.writer.put.assert_called_once_with([event("a")])
    sinks.command.put.assert_called_once_with([event("a")])
    assert sinks.delivery.kinds == {"sms": 1}


def test_an_older_report_does_not_take_back_what_a_newer_one_counted():
    sinks = Sinks(count=500)
    sinks.delivery.confirm(Written(500, [event("last", "fax")]), NOW)
    sinks.delivery.confirm(Written(472, [event("earlier")]), NOW + 1)
    assert (sinks.delivery.printed, sinks.delivery.is_complete) == (500, True)
    assert (sinks.delivery.last_event, sinks.delivery.last_kind) == (NOW, "fax")
    # What was received beyond the limit is not a gap.
    assert sinks.delivery.account_unwritten([event("more")], NOW) is None


def test_spooled_events_are_printed_only():
    sinks = Sinks(passes=lambda _: False)
    sinks.delivery.deliver_spooled([event("a")])
    sinks.writer.put.assert_called_once_with([event("a")])
    sinks.command.put.assert_not_called()
    sinks.recorder.taken.assert_not_called()
    assert sinks.delivery.kinds == {"sms": 1}


def test_what_was_written_is_confirmed():
    sinks = Sinks(count=3)
    sinks.delivery.confirm(Written(2, [event("a"), event("b", "fax")]), NOW)
    assert not sinks.delivery.is_complete
    assert (sinks.delivery.printed, sinks.delivery.last_kind) == (2, "fax")
    assert sinks.delivery.last_event == NOW
    sinks.recorder.written.assert_called_once_with([event("a"), event("b", "fax")])
    sinks.delivery.confirm(Written(3, [event("c")]), NOW)
    assert sinks.delivery.is_complete


def test_what_was_not_written_is_not_counted(sinks: Sinks):
    sinks.delivery.deliver([event("a"), event("b"), event("c", "fax")], NOW)
    sinks.writer.close.return_value = [event("b"), event("c", "fax")]
    assert sinks.delivery.close(0) == [event("b"), event("c", "fax")]
    assert sinks.delivery.kinds == {"sms": 1}
    sinks.command.close.assert_called_once()


def test_unwritten_events_are_a_gap(sinks: Sinks):
    assert sinks.delivery.account_unwritten([], NOW) is None
    gap = sinks.delivery.account_unwritten([event("a")], NOW)
    assert gap is not None
    assert (gap.start, gap.end, gap.events) == (NOW, NOW, 1)
    assert sinks.drops.by_reason() == {}


def test_unwritten_events_beyond_the_count_are_dropped():
    sinks = Sinks(count=1)
    sinks.delivery.confirm(Written(1, [event("a")]), NOW)
    assert sinks.delivery.account_unwritten([event("b")], NOW) is None
    assert sinks.drops.by_reason() == {"count": 1}
