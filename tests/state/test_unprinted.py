from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rc_tail.gateway.messages import Notification
from rc_tail.state.unprinted import UnprintedEvents, read_unprinted
from tests.output.events import notification
from tests.state.earlier_unprinted import write_unprinted


def read(path: Path) -> list[Notification]:
    return [event for part in read_unprinted(path) for event in part]


def kept(path: Path, *, skip: int = 0, count: int) -> tuple[list[str], int]:
    events = UnprintedEvents(path, skip=skip, count=count)
    return [event.uuid for part in events for event in part], events.lost


def test_events_come_back_byte_for_byte(tmp_path: Path):
    odd = Notification("u", "/e", "t", b'{ "a":\n1}', b'[{},{ "a":\n1}]', "s")
    events = [notification(1), odd, notification(2, size=3_000_000), notification(3)]
    assert write_unprinted(tmp_path / "file", events) == 4
    assert read(tmp_path / "file") == events
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o600


def test_they_come_in_parts(tmp_path: Path):
    write_unprinted(tmp_path / "file", [notification(n, size=400_000) for n in range(7)])
    assert [len(part) for part in read_unprinted(tmp_path / "file")] == [2, 2, 2, 1]


@given(at=st.integers(0), bit=st.integers(0, 7))
def test_a_damaged_bit_costs_that_event_and_those_behind_it(tmp_path_factory, at: int, bit: int):
    path = tmp_path_factory.mktemp("waiting") / "file"
    events = [notification(n, size=20) for n in range(4)]
    write_unprinted(path, events)
    data = bytearray(path.read_bytes())
    damaged = at % len(data)
    data[damaged] ^= 1 << bit
    path.write_bytes(data)
    whole = damaged // (len(data) // 4)
    assert read(path) == events[:whole]
    assert kept(path, count=4) == ([str(n) for n in range(whole)], 4 - whole)


def test_a_file_cut_short_anywhere_gives_what_is_whole(tmp_path: Path):
    path = tmp_path / "file"
    events = [notification(n) for n in range(2)]
    write_unprinted(path, events)
    data = path.read_bytes()
    for size in range(len(data)):
        path.write_bytes(data[:size])
        assert read(path) == events[: size * 2 // len(data)]


def test_a_record_that_is_no_event_is_the_end(tmp_path: Path):
    write_unprinted(tmp_path / "file", [notification(1), [1, 2], notification(2)])  # type: ignore[list-item]
    assert read(tmp_path / "file") == [notification(1)]


@pytest.mark.parametrize(("skip", "expected"), [(0, "012345"), (2, "2345"), (3, "345"), (6, "")])
def test_what_was_printed_since_is_not_given_again(tmp_path: Path, skip: int, expected: str):
    write_unprinted(tmp_path / "file", [notification(n, size=400_000) for n in range(6)])
    assert kept(tmp_path / "file", skip=skip, count=6) == (list(expected), 0)


def test_what_cannot_be_read_is_lost_except_for_what_was_printed(tmp_path: Path):
    assert kept(tmp_path / "nothing", skip=2, count=6) == ([], 4)
    (tmp_path / "link").symlink_to("nothing")
    assert kept(tmp_path / "link", count=6) == ([], 6)


@given(
    st.lists(
        st.builds(
            Notification,
            uuid=st.text(max_size=5),
            event=st.text(max_size=5),
            timestamp=st.text(max_size=5),
            payload=st.binary(max_size=50),
            frame=st.binary(max_size=50),
            subscription_id=st.text(max_size=5),
        ),
        max_size=5,
    )
)
def test_any_events_come_back(tmp_path_factory, events: list[Notification]):
    path = tmp_path_factory.mktemp("waiting") / "file"
    assert write_unprinted(path, iter(events)) == len(events)
    assert read(path) == events
