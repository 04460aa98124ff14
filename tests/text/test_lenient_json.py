import json

import pytest

from rc_tail.text.lenient_json import DECODER, loads, loads_object

DIGITS = "1" * 5000


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a":[1,-2.5,null,"\\u00e9"]}', {"a": [1, -2.5, None, "é"]}),
        (b'"\\ud800"', "\ud800"),
        (b'"\xed\xa0\x80"', "\ud800"),
        (b'\xef\xbb\xbf{"a":1}', {"a": 1}),
        ("1" * 4300, int("1" * 4300)),
        (DIGITS, DIGITS),
        (f'{{"a":[-{DIGITS}]}}', {"a": [f"-{DIGITS}"]}),
        ("1e308", 1e308),
        ("[1e309,-1E+999]", ["1e309", "-1E+999"]),
    ],
)
def test_what_is_valid_is_read_and_can_be_written_again(text, value):
    assert loads(text) == value
    json.dumps(loads(text), allow_nan=False)


@pytest.mark.parametrize("text", ["", "{", "{} {}", "NaN", "[-Infinity]", b"\xff"])
def test_invalid_json_is_rejected(text):
    with pytest.raises(ValueError, match=r".+"):
        loads(text)


def test_what_is_deeper_than_the_stack_is_an_error_of_its_own():
    with pytest.raises(RecursionError):
        loads("[" * 100_000)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a":"\\ud800"}', {"a": "\ud800"}),
        (b"{}", {}),
        ("[{}]", None),
        ("null", None),
        ("", None),
        (b"\xff", None),
        ('{"a":' * 100_000, None),
    ],
)
def test_an_object_or_nothing(text, value):
    assert loads_object(text) == value


def test_a_part_can_be_read():
    assert DECODER.raw_decode(f"[{DIGITS}] and more") == ([DIGITS], 5002)
