from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rc_tail.errors import UsageError
from rc_tail.gateway.messages import Wsc
from rc_tail.state.resume_state import (
    ENDED,
    KILLED,
    DamagedStateError,
    ResumeState,
    UnprintedSpan,
    check_resume_name,
    decode_state,
    encode_state,
    previous_session,
)
from rc_tail.system.clocks import clock, wall_of
from tests.state.states import FILTERS, NOW, OWNER, SERVER, running_state, state

WAITING = UnprintedSpan("0123456789abcdef", 3, NOW - 20, 1)


@pytest.mark.parametrize("name", ["a", "work", "a.b-c_d", "-a", "_", "9", "x" * 64])
def test_names(name: str):
    assert check_resume_name(name) == name


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", ".a", "a/b", "/a", "../a", "a b", "x" * 65, "é", "a\n", "a\0", "~", "٣"],
)
def test_what_is_no_name(name: str):
    with pytest.raises(UsageError, match="not a valid name for --resume") as caught:
        check_resume_name(name)
    assert caught.value.exit_status == 2
    assert "64 letters" in caught.value.hint
    assert "\n" not in caught.value.message


NUMBERS = st.none() | st.floats(allow_nan=False, allow_infinity=False)
STATES = st.builds(
    ResumeState,
    server=st.text(),
    owner=st.text(),
    filters=st.lists(st.text(), max_size=3).map(tuple),
    oauth_session=st.text(),
    wsc=st.none() | st.builds(Wsc, st.text(), st.integers(-(2**63), 2**63 - 1)),
    subscription_id=st.text(),
    recovery_timeout=NUMBERS,
    recovery_buffer_size=st.none() | st.integers(0, 2**50),
    last_frame=NUMBERS,
    printed_until=NUMBERS,
    whole=st.booleans(),
    ended=NUMBERS,
    uuids=st.lists(st.text(), max_size=3).map(tuple),
    keys=st.lists(st.text(), max_size=3).map(tuple),
    waiting=st.none() | st.just(WAITING),
)


@given(STATES)
def test_any_state_comes_back(one: ResumeState):
    assert decode_state(encode_state(one)) == one


@given(
    st.binary()
    | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(msgspec.json.encode)
)
def test_any_other_bytes_are_a_damaged_state(data: bytes):
    with pytest.raises(DamagedStateError):
        decode_state(data)


@pytest.mark.parametrize("one", [state(), running_state(ended=NOW, waiting=WAITING)])
def test_no_damaged_byte_goes_unnoticed(one: ResumeState):
    data = encode_state(one)
    for at in range(len(data)):
        for flip in (0x01, 0x10, 0x20, 0x80, 0xFF):
            damaged = bytearray(data)
            damaged[at] ^= flip
            with pytest.raises(DamagedStateError):
                decode_state(bytes(damaged))
        with pytest.raises(DamagedStateError):
            decode_state(data[:at])


def test_another_version_is_reported_as_such_whatever_it_contains():
    with pytest.raises(DamagedStateError, match="another version"):
        decode_state(b'{"version":2,"whatever":[]}')


@pytest.mark.parametrize("file", ["", "../../../etc/pass", "0123456789abcdeF", "0" * 17])
def test_the_name_of_a_file_is_never_a_path(file: str):
    data = encode_state(state(waiting=msgspec.structs.replace(WAITING, file=file)))
    with pytest.raises(DamagedStateError):
        decode_state(data)


@pytest.mark.parametrize(
    ("server", "owner", "filters", "expected"),
    [
        (SERVER, OWNER, FILTERS, ""),
        (SERVER, OWNER, FILTERS[::-1], ""),
        ("https://other.example", OWNER, FILTERS, "another server"),
        (SERVER, "2", FILTERS, "another account"),
        (SERVER, OWNER, FILTERS[:1], "other event filters"),
        (SERVER, OWNER, (*FILTERS, "/x"), "other event filters"),
    ],
)
def test_whose_a_state_is(server: str, owner: str, filters: tuple[str, ...], expected: str):
    told = state().belongs_to(server, owner, filters)
    assert told.endswith(expected)
    assert bool(told) is bool(expected)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, True),
        ({"last_frame": NOW - 180}, True),
        ({"last_frame": NOW - 180.1}, False),
        ({"last_frame": NOW + 1000}, True),
        ({"recovery_timeout": None, "last_frame": NOW - 1e6}, True),
        ({"wsc": None}, False),
        ({"subscription_id": ""}, False),
        ({"last_frame": None}, False),
    ],
)
def test_when_the_service_may_still_recover(fields: dict[str, Any], expected: bool):
    assert running_state(**fields).recoverable(NOW) is expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"ended": NOW, "whole": True}, True),
        ({"ended": NOW}, False),
        ({"whole": True}, False),
    ],
)
def test_when_a_recovery_brings_everything_back(fields: dict[str, Any], expected: bool):
    assert running_state(**fields).complete is expected


# What the next run makes of it.


@pytest.mark.parametrize(
    ("fields", "reason", "unsure", "back"),
    [
        ({"ended": 1.0, "whole": True}, ENDED, False, 10),
        ({"ended": 1.0, "whole": False}, ENDED, True, 20),
        ({"ended": None, "whole": True}, KILLED, True, 20),
    ],
    ids=["ended", "ended-in-a-gap", "killed"],
)
def test_the_past_begins_where_something_may_be_missing(fields, reason, unsure, back):
    now = clock()
    unix = wall_of(now)
    kept = running_state(last_frame=unix - 10, printed_until=unix - 20, **fields)
    past = previous_session(kept, now)
    assert past is not None
    assert past.lost_at == pytest.approx(now - back, abs=0.5)
    assert past.heard_at == pytest.approx(now - 10, abs=0.5)
    assert (past.reason, past.unsure) == (reason, unsure)
    assert (past.wsc, past.oauth_session, past.subscription_id) == (kept.wsc, "o-1", "s-1")
    assert past.limits.recovery_timeout == 180.0


def test_a_clock_that_was_set_back_puts_nothing_into_the_future():
    now = clock()
    kept = running_state(last_frame=0.0, printed_until=wall_of(now) + 999)
    past = previous_session(kept, now)
    assert past is not None
    assert past.lost_at == now
    assert past.heard_at is not None
    assert past.heard_at < now


def test_what_never_heard_anything_has_no_past():
    assert previous_session(state(), clock()) is None
