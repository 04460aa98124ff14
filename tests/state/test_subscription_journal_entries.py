from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rc_tail.state.subscription_journal import (
    LIVES_FOR,
    VERSION,
    JournalContents,
    JournalEntry,
    JournalHeader,
    StaleSubscription,
    decode_journal,
    encode_entries,
    encode_header,
    is_id,
)

NOW = 1_800_000_000.0
HEAD = JournalHeader(VERSION, "https://platform.example", "print")
LINES = [
    JournalEntry("a", 1),
    JournalEntry("b", 2),
    JournalEntry("a", 3, gone=True),
    JournalEntry("c", 4),
]


def contents(*lines: JournalEntry) -> bytes:
    return encode_header(HEAD) + b"".join(encode_entries([line]) for line in lines)


def test_a_page_says_what_lives():
    assert decode_journal(contents()) == JournalContents(HEAD, {}, whole=True)
    assert decode_journal(contents(*LINES)) == JournalContents(HEAD, {"b": 2, "c": 4}, whole=True)
    assert decode_journal(encode_header(HEAD) + encode_entries(LINES)) == decode_journal(
        contents(*LINES)
    )


def test_a_line_that_was_cut_short_says_nothing_and_those_behind_it_are_read():
    first, rest = contents(LINES[0]), encode_entries(LINES[1:])
    for size in range(len(encode_header(HEAD)) + 2, len(first) - 1):
        read = decode_journal(first[:size] + rest)
        assert read == JournalContents(HEAD, {"b": 2, "c": 4}, whole=False)


def test_a_damaged_line_says_nothing_and_those_behind_it_are_read():
    damaged = b'\n{"id":"\xff","at":1}\n'
    read = decode_journal(encode_header(HEAD) + damaged + encode_entries(LINES[1:]))
    assert read == JournalContents(HEAD, {"b": 2, "c": 4}, whole=False)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"junk",
        b'{"version":2,"server":"s","owner":"o"}\n',
        b'{"version":1,"server":"\xff","owner":"o"}\n',
        b"[" * 10**5,
    ],
)
def test_what_does_not_say_whose_it_is(data: bytes):
    assert decode_journal(data) is None


@given(st.binary(), st.binary())
def test_any_bytes_are_read(first: bytes, rest: bytes):
    assert decode_journal(first) is None
    read = decode_journal(encode_header(HEAD) + rest)
    assert read is not None
    assert read.header == HEAD
    assert all(is_id(name) for name in read.active)


@pytest.mark.parametrize("text", ["a", "6ae0d2a5-1a2b", "1.2_3~4", "x" * 200])
def test_ids(text: str):
    assert is_id(text)
    assert decode_journal(contents(JournalEntry(text, 1))) == JournalContents(
        HEAD, {text: 1}, whole=True
    )


@pytest.mark.parametrize("text", ["", "..", ".a", "a/b", "a?b", "a b", "a\n", "é", "x" * 201])
def test_what_cannot_be_named_in_an_address_is_no_id(text: str):
    assert not is_id(text)
    assert decode_journal(contents(JournalEntry(text, 1))) == JournalContents(HEAD, {}, whole=True)


def test_the_service_ends_everything_after_a_day():
    path = Path("file")
    old, young = NOW - LIVES_FOR - 1, NOW - LIVES_FOR
    assert LIVES_FOR == 24 * 3600
    assert JournalContents(HEAD, {"a": old}, whole=True).is_over(NOW)
    assert not JournalContents(HEAD, {"a": old}, whole=False).is_over(NOW)
    both = JournalContents(HEAD, {"a": old, "b": young}, whole=True)
    assert not both.is_over(NOW)
    assert both.stale(path, NOW) == [StaleSubscription("b", path, young)]
