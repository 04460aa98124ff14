"""The last part of an event's way: filtered, counted, handed to the sinks, confirmed."""

from typing import Any
from unittest.mock import Mock

import pytest

from rc_tail.gateway.drops import DropCounter
from rc_tail.gateway.messages import Notification
from rc_tail.sinks.reports import Committed, EventsLost, Written
from rc_tail.tail.delivery import Delivery

NOW = 100.0


def event(uuid: str, kind: str = "sms") -> Notification:
    return Notification(uuid, kind, "", b"{}")


class Sinks:
    """A delivery with sinks and a recorder that note their calls."""

    def __init__(self, *, has_spool: bool = False, **options: Any) -> None:
        self.writer, self.recorder, self.others = Mock(), Mock(), Mock()
        self.writer.put.return_value = 0
        self.others.has_spool = has_spool
        self.others.delivered.return_value = 10**9
        self.drops = DropCounter()
        self.delivery = Delivery(
            self.writer,
            self.recorder,
            self.drops,
            kind_name=lambda kind: kind,
            fan_out=self.others,
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
    sinks.others.put.assert_any_call(events, 0)
    sinks.recorder.taken.assert_any_call(events, NOW)
    assert sinks.delivery.kinds == {"sms": 2, "fax": 2}


def test_kinds_are_counted_however_many_addresses_events_have():
    sinks = Sinks()
    events = [event(f"{n}", f"fax of {n}") for n in range(3000)]
    for each in events:
        sinks.delivery.deliver([each], NOW)
    sinks.delivery.deliver(events, NOW)
    assert sinks.delivery.kinds == dict.fromkeys((each.event for each in events), 2)


def test_events_that_do_not_pass_go_to_no_sink():
    sinks = Sinks(passes=lambda each: each.uuid != "b")
    sinks.delivery.deliver([event("a"), event("b")], NOW)
    sinks.delivery.deliver([event("b")], NOW)
    sinks.writer.put.assert_called_once_with([event("a")])
    sinks.others.put.assert_called_once_with([event("a")], 0)
    assert sinks.delivery.kinds == {"sms": 1}


def test_an_older_report_does_not_take_back_what_a_newer_one_counted():
    sinks = Sinks(count=500)
    sinks.delivery.fan_out = None
    sinks.delivery.confirm(Written(500, [event("last", "fax")]), NOW)
    sinks.delivery.confirm(Written(472, [event("earlier")]), NOW + 1)
    assert (sinks.delivery.printed, sinks.delivery.is_complete) == (500, True)
    assert (sinks.delivery.last_event, sinks.delivery.last_kind) == (NOW, "fax")
    # What was received beyond the limit is not a gap.
    assert sinks.delivery.account_lost([event("more")], NOW) is None


def test_of_leftover_events_only_what_was_not_printed_is_printed():
    sinks = Sinks(passes=lambda _: False)
    sinks.delivery.deliver_leftover([event("printed"), event("a")], 1)
    sinks.writer.put.assert_called_once_with([event("a")])
    sinks.others.put.assert_not_called()
    sinks.recorder.taken.assert_not_called()
    assert sinks.delivery.kinds == {"sms": 2}


def test_the_mask_acts_once_before_all_sinks():
    sinks = Sinks(mask=lambda each: event(f"masked {each.uuid}"))
    sinks.delivery.deliver([event("a")], NOW)
    sinks.writer.put.assert_called_once_with([event("masked a")])
    sinks.others.put.assert_called_once_with([event("masked a")], 0)


def test_the_other_sinks_know_what_standard_output_has_lost(sinks: Sinks):
    sinks.writer.put.return_value = 1
    sinks.delivery.deliver([event("a"), event("b")], NOW)
    sinks.others.put.assert_called_once_with([event("a"), event("b")], 1)


def test_an_event_is_delivered_when_every_sink_has_it():
    sinks = Sinks(count=3)
    sinks.others.delivered.return_value = 2
    sinks.delivery.confirm(Written(3, [event("a")]), NOW)
    assert (sinks.delivery.printed, sinks.delivery.is_complete) == (2, False)
    assert sinks.delivery.waits_for_sinks
    sinks.others.written.assert_called_once_with(3)
    sinks.others.delivered.return_value = 3
    assert sinks.delivery.is_complete
    assert not sinks.delivery.waits_for_sinks


def test_with_a_spool_an_event_is_safe_when_it_is_committed():
    sinks = Sinks(has_spool=True)
    sinks.delivery.confirm(Written(1, [event("a")]), NOW)
    sinks.recorder.written.assert_not_called()
    sinks.delivery.commit(Committed(1, [event("a")]), NOW)
    sinks.recorder.written.assert_called_once_with([event("a")])


def test_what_standard_output_loses_is_safe_in_the_spool():
    sinks = Sinks(has_spool=True)
    sinks.delivery.lose(EventsLost(2, "full"))
    sinks.recorder.dropped.assert_not_called()
    sinks.delivery.lose(EventsLost(2, "full", is_unsafe=True))
    sinks.recorder.dropped.assert_called_once_with(2)


def test_what_was_written_is_confirmed():
    sinks = Sinks(count=3)
    sinks.delivery.fan_out = None
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
    sinks.others.close.return_value = ([event("c", "fax")], "exec")
    unwritten = sinks.delivery.stop(0)
    assert unwritten == [event("b"), event("c", "fax")]
    assert sinks.delivery.close(unwritten, 0) == [event("b"), event("c", "fax")]
    assert sinks.delivery.kinds == {"sms": 1}
    sinks.others.stop.assert_called_once_with(run_queued=True)


def test_what_the_slowest_sink_lacks_is_what_is_missing(sinks: Sinks):
    sinks.others.close.return_value = ([event("b"), event("c")], "exec")
    left = sinks.delivery.close([event("c")], 0)
    assert left == [event("b"), event("c")]
    gap = sinks.delivery.account_lost(left, NOW)
    assert gap is not None
    assert (gap.events, gap.reason) == (2, "exec did not accept them in time")


def test_with_a_spool_only_what_it_lacks_is_missing():
    sinks = Sinks(has_spool=True)
    sinks.others.close.return_value = ([], "the spool")
    assert sinks.delivery.close([event("unprinted")], 0) == []


def test_unwritten_events_are_a_gap(sinks: Sinks):
    assert sinks.delivery.account_lost([], NOW) is None
    gap = sinks.delivery.account_lost([event("a")], NOW)
    assert gap is not None
    assert (gap.start, gap.end, gap.events) == (NOW, NOW, 1)
    assert sinks.drops.by_reason() == {}


def test_unwritten_events_beyond_the_count_are_dropped():
    sinks = Sinks(count=1)
    sinks.delivery.fan_out = None
    sinks.delivery.confirm(Written(1, [event("a")]), NOW)
    assert sinks.delivery.account_lost([event("b")], NOW) is None
    assert sinks.drops.by_reason() == {"count": 1}
