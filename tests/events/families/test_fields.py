import math

import pytest
from hypothesis import given

from rc_tail.events.families import fields as reading
from tests.events.hostile import ANYTHING


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "a"),
        (5, "5"),
        (0.85, "0.85"),
        (10**39, "1" + "0" * 39),
        (-(10**40), ""),
        (10**40, ""),
        (True, ""),
        (None, ""),
        ([], ""),
        ({"a": 1}, ""),
    ],
)
def test_text(value, text):
    assert reading.as_text(value) == text


def test_the_first_field_with_text_counts():
    assert reading.first_text({"a": None, "b": "", "c": 7, "d": "x"}, "a", "b", "c", "d") == "7"
    assert reading.first_text({"a": {}}, "a", "b") == ""


def test_what_has_another_type_is_empty():
    assert reading.as_object({"a": 1}) == {"a": 1}
    assert reading.as_object([1]) == {}
    assert reading.as_list([1]) == [1]
    assert reading.as_list("abc") == []
    assert reading.objects_in([{}, 1, {"a": 1}, None]) == [{}, {"a": 1}]
    assert reading.texts_in([1, "", "b", {"id": 3}, {"name": "n"}, {}, None]) == [
        "1",
        "b",
        "3",
        "n",
    ]


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (5, 5),
        (1.5, 1.5),
        ("17", 17),
        ("1" * 16, None),
        ("²", None),
        ("-1", None),
        (True, None),
        (math.nan, None),
        (math.inf, None),
        (10**400, None),
        (None, None),
    ],
)
def test_number(value, number):
    assert reading.as_number(value) == number


def test_flags_are_true_also_as_text():
    assert [reading.is_flag_set(v) for v in (True, "true", False, "false", 1, None)] == [
        True,
        True,
        False,
        False,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("party", "called"),
    [
        ({"name": "Bob", "phoneNumber": "+1"}, "Bob"),
        ({"name": "", "phoneNumber": "+1"}, "+1"),
        ({"name": " ", "phoneNumber": "Anonymous"}, "anonymous"),
        ({"extensionNumber": 101, "extensionId": "5"}, "ext. 101"),
        ({"extensionId": "5"}, "extension 5"),
        ({}, ""),
        ("+1650", "+1650"),
        (None, ""),
    ],
)
def test_how_a_party_is_called(party, called):
    assert reading.party_name(party) == called
    assert reading.party_names(party) == called
    assert reading.party_names([party, party]) == ", ".join([called] * 2 if called else [])


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (17, "17 s"),
        (59.6, "1 min"),
        (3600, "1 h"),
        (185, "3 min 5 s"),
        (3720, "1 h 2 min"),
        (None, ""),
        (-1, ""),
    ],
)
def test_duration(seconds, words):
    assert reading.optional_duration(seconds) == words


@pytest.mark.parametrize(
    ("many", "words"),
    [
        (1, "1 page"),
        (2.0, "2 pages"),
        (0, "0 pages"),
        (1.5, "1.5 pages"),
        (1234567, "1234567 pages"),
        (None, ""),
    ],
)
def test_counted(many, words):
    assert reading.optional_count(many, "page") == words


def test_what_is_empty_is_not_joined():
    assert reading.join_nonempty(("a", "", "b"), "; ") == "a; b"
    assert reading.join_nonempty(()) == ""


@given(ANYTHING)
def test_nothing_raises(value):
    for read in (reading.as_text, reading.party_name, reading.party_names):
        assert isinstance(read(value), str)
    assert abs(reading.as_number(value) or 0) < 1e15
    assert all(isinstance(item, dict) for item in reading.objects_in(value))
    assert all(isinstance(item, str) for item in reading.texts_in(value))
