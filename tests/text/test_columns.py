import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import set_cell_size

from rc_tail.text.columns import Column, cells, cut, fold, hang, wrap
from rc_tail.text.escape import visible


@pytest.mark.parametrize(
    ("text", "width"),
    [("", 0), ("abc", 3), ("é", 1), ("e\u0301", 1), ("日本", 4), ("👍", 2), ("→", 1)],
)
def test_cells(text, width):
    assert cells(text) == width


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdef", 5, "abcd…"),
        ("abc def", 5, "abc…"),
        ("日本語", 6, "日本語"),
        ("日本語", 5, "日本…"),
        ("日本語", 4, "日…"),
        ("abc", 1, "…"),
    ],
)
def test_cut(text, width, expected):
    assert cut(text, width) == expected


@given(st.text().map(visible), st.integers(1, 40))
def test_nothing_is_wider_than_its_room(text, width):
    assert cells(cut(text, width)) <= width


@given(st.text(alphabet="ab é日👍\u0301\u200d", max_size=300), st.integers(1, 12))
def test_a_long_text_is_cut_as_if_it_were_looked_at_as_a_whole(text, width):
    whole = text if cells(text) <= width else set_cell_size(text, width - 1).rstrip() + "…"
    assert cut(text, width) == whole


def test_a_column_grows_up_to_its_limit():
    column = Column(4, 6)
    assert [len(column.pad(text)) for text in ("ab", "abcde", "ab", "日本", "abcdefg", "ab")] == [
        2,
        0,
        3,
        1,
        0,
        3,
    ]


def test_a_column_does_not_exceed_its_limit():
    assert Column(20, 5).pad("") == " " * 5


def test_a_column_takes_less_room_for_a_while():
    column = Column(10, 20)
    assert column.pad("abc", 5) == " " * 2
    assert column.pad("abcdefg", 5) == ""
    assert column.pad("abc") == " " * 7


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("", 10, [""]),
        ("one two three", 13, ["one two three"]),
        ("one two three", 12, ["one two", "  three"]),
        ("  one two three", 9, ["  one two", "  three"]),
        ("日本 日本 日本", 9, ["日本 日本", "  日本"]),
        (
            "see https://example.com/a/long/one now",
            12,
            ["see", "  https://example.com/a/long/one", "  now"],
        ),
        ("two  spaces", 8, ["two ", "  spaces"]),
        (
            "ended; continue with: rc-tail sms --resume a",
            24,
            ["ended; continue with:", "  rc-tail sms --resume a"],
        ),
    ],
)
def test_broken(text, width, expected):
    assert wrap(text, width, 2) == expected


def test_a_deep_indent_is_for_wide_terminals():
    assert wrap("one two", 4, 9) == ["one", "  two"]
    assert wrap("a " * 25 + "end", 40, 9)[1] == " " * 9 + "a a a a a end"


@pytest.mark.parametrize(
    ("start", "text", "width", "expected"),
    [
        ("user  ", "Ada Example", None, "user  Ada Example"),
        ("user  ", "Ada Example", 17, "user  Ada Example"),
        ("user  ", "Ada Example", 14, "user  Ada\n      Example"),
        ("a-long-start  ", "Ada Example", 16, "a-long-start\n    Ada Example"),
        ("user  ", "", 14, "user  "),
    ],
)
def test_a_text_hangs_behind_its_start(start: str, text: str, width: int | None, expected: str):
    assert hang(start, text, width) == expected


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("", 5, [""]),
        ("one two", 7, ["one two"]),
        ("one two", 6, ["one", "two"]),
        ("one  two", 4, ["one ", "two"]),
        ("one  two", 3, ["one", "", "two"]),
        (" one", 3, ["", "one"]),
        ("abcdefgh", 4, ["abcd", "efgh"]),
        ("a bcdefgh i", 4, ["a", "bcde", "fgh", "i"]),
        ("日本 日本 日本", 9, ["日本 日本", "日本"]),
        ("日本日本", 5, ["日本", "日本"]),
        # A joiner takes the room of what follows it, so that the whole would fit.
        ("日\u200d 日日", 6, ["日\u200d", "日日"]),
    ],
)
def test_folded(text: str, width: int, expected: list[str]):
    assert fold(text, width) == expected


@given(st.text("ab ", max_size=80), st.integers(2, 12))
def test_ascii_folds_as_other_letters_of_one_cell_do(text: str, width: int):
    accented = str.maketrans("ab", "éü")
    assert [line.translate(accented) for line in fold(f"a{text}", width)] == fold(
        f"a{text}".translate(accented), width
    )


@given(st.text("ab 日é👍", max_size=80), st.integers(2, 12))
def test_folding_loses_nothing_but_spaces(text: str, width: int):
    lines = fold(text, width)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert max(map(cells, lines)) <= width
