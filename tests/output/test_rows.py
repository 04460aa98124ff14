"""Columns of a terminal: each text stays in its own, whatever its width."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from rc_tail.output.rows import Entry, Rows
from rc_tail.text.columns import cells

PLAIN = Entry("", "09:36:00", "sms", "", "←", "Bob", "hello", "")


def rows(width, *, wrap=True, one_party=True, kinds=10, **changes):
    layout = Rows(lambda text, _colour: text, wrap=wrap, one_party=one_party, kinds=kinds)
    return [row.rstrip() for row in layout.of(replace(PLAIN, **changes), width)]


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (40, ["09:36:00 sms        ← Bob", "         hello"]),
        (60, ["09:36:00 sms        ← Bob          hello"]),
        (80, ["09:36:00 sms        ← Bob          hello"]),
        (100, ["09:36:00  sms         ← Bob                       hello"]),
        (200, ["09:36:00  sms         ← Bob                       hello"]),
    ],
)
def test_the_columns_of_a_width(width, shown):
    assert rows(width) == shown


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("account-presence", ["account-    ← Bob          hello", "presence"]),
        ("abcdefghijklm", ["abcdefghij… ← Bob          hello"]),
        ("favorite-presence-sip", ["favorite-   ← Bob          hello", "presence-", "sip"]),
    ],
)
def test_a_long_kind_breaks_after_hyphens(kind, shown):
    assert rows(60, time="", kind=kind, kinds=26) == shown


def test_what_is_coloured_is_the_words_and_not_the_space():
    layout = Rows(
        lambda text, colour: f"<{colour}{text}>" if text.strip() else text,
        wrap=True,
        one_party=True,
    )
    entry = replace(PLAIN, kind_color="G", tone="R")
    [row] = layout.of(entry, 80)
    assert row.replace("\x1b[2m", "F") == (
        "<F09:36:00> <Gsms>            <F←> Bob          <Rhello>"
    )


def test_without_wrapping_an_entry_is_one_row():
    [row] = rows(60, wrap=False, parties="Bob Sample of Sales", what="hello " * 9)
    assert row == "09:36:00 sms        ← Bob Sample…  hello hello hello hello…"


@pytest.mark.parametrize("kinds", [0, 30])
@pytest.mark.parametrize("wrap", [True, False])
@pytest.mark.parametrize("one_party", [True, False])
@given(
    st.text("ab日👍 é\u0301שׁ", max_size=60),
    st.text("ab日👍 é\u0301שׁ→", max_size=40),
    st.sampled_from(["sms", "favorite-presence-detailed", "voicemail"]),
    st.integers(40, 220),
)
def test_no_row_is_wider_than_the_terminal(kinds, wrap, one_party, what, parties, kind, width):
    shown = rows(
        width, wrap=wrap, one_party=one_party, kinds=kinds, what=what, parties=parties, kind=kind
    )
    assert [row for row in shown if cells(row) > width] == []
    assert wrap or len(shown) == 1


@given(st.lists(st.integers(30, 220), min_size=2, max_size=5))
def test_a_terminal_of_the_same_width_gets_the_same_columns_again(widths):
    layout = Rows(lambda text, _colour: text, wrap=True, one_party=True, kinds=12)
    first = layout.of(PLAIN, 80)
    for width in widths:
        layout.of(PLAIN, width)
    assert layout.of(PLAIN, 80) == first


@pytest.mark.parametrize("wrap", [True, False])
@given(
    st.lists(
        st.tuples(
            st.integers(30, 220),
            st.sampled_from(["sms", "favorite-presence-detailed"]),
            st.sampled_from(["", "09:36:00", "123456d ago"]),
        )
    )
)
def test_what_was_laid_out_before_makes_no_difference(wrap, entries):
    layout = Rows(lambda text, _colour: text, wrap=wrap, one_party=False)
    for width, kind, time in entries:
        entry = replace(PLAIN, kind=kind, time=time)
        alone = Rows(lambda text, _colour: text, wrap=wrap, one_party=False)
        assert layout.of(entry, width) == alone.of(entry, width)


@pytest.mark.parametrize("wrap", [True, False])
@pytest.mark.parametrize(
    ("parties", "what", "marked"),
    [
        ("שלום", "מחר", True),
        ("سارة", "17 s", True),
        ("שלום", "", False),
        ("Bob", "שלום", False),
        ("山田", "hello", False),
    ],
)
def test_a_terminal_that_reorders_text_does_not_exchange_columns(wrap, parties, what, marked):
    [row] = rows(80, wrap=wrap, parties=parties, what=what)
    assert (f"{parties}\u200e " in row) is marked
    assert row.count("\u200e") == marked
    assert not what or cells(row) == 35 + cells(what)
