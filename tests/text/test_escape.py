"""Text from the network is harmless once it is escaped."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rc_tail.text.escape import is_plain, visible, visible_json

CONTROLS = [chr(c) for c in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)]
BIDI = [chr(c) for c in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))]
MARKS = ["\u200e", "\u200f", "\u061c"]
INVISIBLE = ["\u200b", "\u2060", "\ufeff", "\u00ad", "\u180e", "\u3164", "\U000e0041", "\ud800"]
INVISIBLE += ["\u034f", "\u17b4", "\u2800", "\ufe00", "\U000e0fff"]
DANGEROUS = [*CONTROLS, *BIDI, *MARKS, *INVISIBLE]

any_text = st.text(
    st.one_of(st.characters(codec=None), st.sampled_from(DANGEROUS), st.sampled_from("\\x1b[u"))
)


def test_unicode_knows_no_other_control_characters():
    controls = {"Cc", "Zl", "Zp"}
    directions = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    every = list(map(chr, range(0x110000)))
    assert [char for char in every if unicodedata.category(char) in controls] == CONTROLS
    assert [char for char in every if unicodedata.bidirectional(char) in directions] == BIDI


@pytest.mark.parametrize("char", DANGEROUS, ids=lambda char: f"{ord(char):04x}")
def test_each_dangerous_character_is_shown(char):
    assert not is_plain(f"a{char}b")
    shown = visible(f"a{char}b")
    assert shown.isascii()
    assert shown.startswith("a\\")
    assert shown.endswith("b")
    assert is_plain(shown)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mred", "a\\x1b[31mred"),
        ("line\nbreak\r\ttab", "line\\nbreak\\r\\ttab"),
        ("\x9b31m", "\\x9b31m"),
        ("\u202etxt.exe", "\\u202etxt.exe"),
        ("\u2028", "\\u2028"),
        ("\U000e0041", "\\U000e0041"),
        ("\ud800", "\\ud800"),
        ("\x00\x7f", "\\x00\\x7f"),
    ],
)
def test_how_it_is_shown(text, shown):
    assert visible(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "Grüße, Zoë ☎",
        "日本語",
        "葛\U000e0100城",
        "שלום",
        "בְּרֵאשִׁ֖ית",
        "مرحبا",
        "👩\u200d👧 ❤\ufe0f 🏳\ufe0f\u200d🌈 1\ufe0f\u20e3 🎂🎉🎂🎉🎂🎉🎂",
        "می\u200cخواهم",
        "ᠮᠣᠩᠭᠤᠯ\u180b",
        "ที่นี่",
        "C:\\new",
    ],
)
def test_what_a_person_can_read_stays_as_it_is(text):
    assert is_plain(text)
    assert visible(text) == text
    assert visible_json(text) == text


@given(any_text)
def test_the_result_is_plain_and_stays_so(text):
    shown = visible(text)
    assert is_plain(shown)
    assert not set(shown) & set(DANGEROUS)
    assert visible(shown) == shown


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | any_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(any_text, inner, max_size=3),
    max_leaves=8,
)


@given(json_values)
def test_escaped_json_is_harmless_and_means_the_same(value):
    line = json.dumps(value, ensure_ascii=False)
    shown = visible_json(line)
    assert is_plain(shown)
    assert json.loads(shown) == json.loads(line)


@pytest.mark.parametrize("char", DANGEROUS, ids=lambda char: f"{ord(char):04x}")
def test_each_dangerous_character_survives_json(char):
    shown = visible_json(f'["a{char}b"]')
    assert is_plain(shown)
    assert json.loads(shown) == [f"a{char}b"]


@pytest.mark.parametrize(
    ("char", "escape"),
    [("\n", "\\n"), ("\b", "\\b"), ("\x1b", "\\u001b"), ("\U000e0041", "\\udb40\\udc41")],
)
def test_json_is_escaped_as_json(char, escape):
    assert visible_json(f'"{char}"') == f'"{escape}"'


@pytest.mark.parametrize(
    "mark", ["\u0301", "\u0e47", "\u20dd", "\u200d", "\u200c", "\ufe0f", "\u0489"]
)
def test_of_a_flood_of_accents_on_a_letter_the_first_stay_and_the_others_are_shown(mark):
    code = f"\\u{ord(mark):04x}"
    assert visible(f"a{mark * 1000}b") == f"a{mark * 5}{code * 995}b"
    assert visible(f"a{mark * 5}b") == f"a{mark * 5}b"
    assert is_plain(visible(mark * 9))
    assert json.loads(visible_json(f'"a{mark * 9}"')) == f"a{mark * 9}"


def test_accents_of_several_kinds_are_one_flood():
    assert visible("👍" + "\u0301\u20dd\u200d" * 2) == "👍\u0301\u20dd\u200d\u0301\u20dd\\u200d"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\U000e0100b", "a\\U000e0100b"),
        ("葛\U000e0100\U000e0101", "葛\U000e0100\\U000e0101"),
        ("a\u180b", "a\\u180b"),
        ("\u180b", "\\u180b"),
    ],
)
def test_a_selector_stays_only_after_what_it_selects(text, shown):
    assert visible(text) == shown
    assert visible(shown) == shown
