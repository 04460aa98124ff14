"""The options of a tail."""

import pytest

from rc_tail.config.tail_options import TailOptions
from rc_tail.events.selection.select import select


def test_only_the_events_are_required():
    options = TailOptions(select(["sms"], []))
    assert (options.count, options.seconds, options.since, options.resume) == (None,) * 4
    assert options.extensions == ()
    assert options.follow
    assert options.history


def test_options_cannot_be_changed():
    options = TailOptions(select(["sms"], []))
    with pytest.raises(AttributeError):
        options.count = 3  # type: ignore[misc]
