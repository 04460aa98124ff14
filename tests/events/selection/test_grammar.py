import pytest
from hypothesis import given
from hypothesis import strategies as st

from rc_tail.events.selection.grammar import EventWord, parse_event, split_events


@pytest.mark.parametrize(
    ("value", "pieces"),
    [
        ("sms", ["sms"]),
        ("sms,voicemail", ["sms", "voicemail"]),
        (" sms , voicemail ", ["sms", "voicemail"]),
        ("calls:a=1,b=2,sms", ["calls:a=1,b=2", "sms"]),
        ("calls?a=1&b=2,sms", ["calls?a=1&b=2", "sms"]),
        ("calls,a=1", ["calls,a=1"]),
        ("sms,calls:a=1", ["sms", "calls:a=1"]),
        ("sms,calls?a=1", ["sms", "calls?a=1"]),
        ("a=1,b", ["a=1", "b"]),
        ("/a?b=c,d,e", ["/a?b=c,d,e"]),
        ("sms,/a?b=c,d", ["sms", "/a?b=c,d"]),
        ("sms, /a\n", ["sms", "/a\n"]),
        (" /a ", ["/a "]),
        ("sms,", ["sms", ""]),
        ("", [""]),
        (",a=1", ["", "a=1"]),
    ],
)
def test_commas(value, pieces):
    assert split_events(value) == pieces


@pytest.mark.parametrize(
    ("piece", "word"),
    [
        ("sms", {"name": "sms"}),
        ("/a,b?c=d", {"path": "/a,b?c=d"}),
        ("calls:a=1,b=2", {"name": "calls", "pairs": (("a", "1"), ("b", "2"))}),
        ("calls?a=1&b=2", {"name": "calls", "pairs": (("a", "1"), ("b", "2"))}),
        ("calls,a=1", {"name": "calls", "pairs": (("a", "1"),)}),
        ("q:400", {"name": "q", "ids": ("400",)}),
        ("q:400,a=1", {"name": "q", "ids": ("400",), "pairs": (("a", "1"),)}),
        ("q:400?a=1", {"name": "q", "ids": ("400",), "pairs": (("a", "1"),)}),
        ("q:1,2", {"name": "q", "ids": ("1", "2")}),
        ("calls: a = 1 ", {"name": "calls", "pairs": (("a", "1"),)}),
        ("c:from=%2B1650", {"name": "c", "pairs": (("from", "+1650"),)}),
        ("c:from=+1650", {"name": "c", "pairs": (("from", "+1650"),)}),
        ("c:a=b=c", {"name": "c", "pairs": (("a", "b=c"),)}),
        ("c:a=", {"name": "c", "pairs": (("a", ""),)}),
        ("calls:", {"name": "calls", "incomplete": True}),
        ("calls?", {"name": "calls", "incomplete": True}),
        ("calls:a=1&", {"name": "calls", "pairs": (("a", "1"),), "incomplete": True}),
        ("", {}),
        ("=x", {"name": "=x"}),
    ],
)
def test_parts(piece, word):
    assert parse_event(piece) == EventWord(piece, **word)


@given(st.text())
def test_no_text_is_lost(value):
    pieces = split_events(value)
    assert pieces
    assert "".join(",".join(pieces).split()) == "".join(value.split())
    for piece in pieces:
        assert parse_event(piece).typed == piece
