"""What a tail is asked to do."""

import pytest

from rc_tail.config.tail_options import TailOptions
from rc_tail.events.selection.select import select


def test_only_the_events_must_be_said():
    wanted = TailOptions(select(["sms"], []))
    assert (wanted.count, wanted.seconds, wanted.since, wanted.resume) == (None,) * 4
    assert wanted.extensions == ()
    assert wanted.follow
    assert wanted.history


def test_orders_do_not_change_on_the_way():
    wanted = TailOptions(select(["sms"], []))
    with pytest.raises(AttributeError):
        wanted.count = 3  # type: ignore[misc]
