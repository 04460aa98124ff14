import pytest
from hypothesis import given
from hypothesis import strategies as st

from rc_tail.output.payloads import at_path, payload_of


@pytest.mark.parametrize(
    ("payload", "value"),
    [
        (b'{"a":[1,{"b":"c"}]}', {"a": [1, {"b": "c"}]}),
        (b'{"a":"\\ud800"}', {"a": "\ud800"}),
        (b'{"a":%s,"b":1e999}' % (b"1" * 5000), {"a": "1" * 5000, "b": "1e999"}),
        (b"[" * 100_000 + b"]" * 100_000, None),
        (b'{"":"","":"\x80"', None),
    ],
)
def test_any_payload_is_decoded(payload, value):
    assert payload_of(payload) == value


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("a", {"b": [{"c": 1}, None]}),
        ("a.b.0.c", 1),
        ("a.b.1", None),
        ("a.b.2", None),
        ("a.b.2.c", None),
        ("a.b." + "0" * 5000, None),
        ("a.b.-1", None),
        ("a.b.x", None),
        ("a.b.0.c.d", None),
        ("x.y", None),
    ],
)
def test_paths_lead_through_fields_and_lists_and_nowhere_else(path, found):
    assert at_path({"a": {"b": [{"c": 1}, None]}}, tuple(path.split("."))) == found


@given(st.lists(st.text(), max_size=4))
def test_no_path_reaches_an_attribute(path):
    assert at_path({"a": "text"}, (*path, "__class__")) is None
