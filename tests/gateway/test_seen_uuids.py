from hypothesis import given
from hypothesis import strategies as st

from rc_tail.gateway.messages import Notification
from rc_tail.gateway.seen_uuids import SeenUuids


def test_a_uuid_is_new_once():
    seen = SeenUuids()
    assert seen.add("1")
    assert not seen.add("1")
    assert "1" in seen
    assert "2" not in seen


@given(st.lists(st.integers(0, 60), max_size=300))
def test_the_latest_are_remembered_and_no_more_than_twice_as_many(numbers: list[int]):
    seen = SeenUuids(enough=10)
    order: list[int] = []
    for number in numbers:
        recent = order[-10:]
        new = seen.add(str(number))
        if number in recent:
            assert not new
        if new:
            order.append(number)
        assert len(seen) < 20


@given(st.lists(st.lists(st.integers(0, 60), max_size=40), max_size=20))
def test_events_are_taken_together_as_one_by_one(batches: list[list[int]]):
    together, singly = SeenUuids(enough=10), SeenUuids(enough=10)
    for numbers in batches:
        # An event without a uuid is always new.
        events = [Notification(str(n) if n else "", "/e", "", b"{}") for n in numbers]
        expected = [each for each in events if not each.uuid or singly.add(each.uuid)]
        assert together.new(events) == expected
        assert len(together) == len(singly)
