"""What expressions see of payloads of which only the fields that they look at are decoded."""

import json

import jmespath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rc_tail.output.payloads import payload_of
from rc_tail.output.where_evaluation import evaluation_of
from rc_tail.output.where_fields import decoder_for

PAYLOADS = [
    '{"body":{"name":"Bob","x":[1,{"y":"\\ud800"}]},"é":"e","z":1e999}',
    '{"z":"Bob","\\u0062ody":{"n\\u0061me":"Bob"},"\\u00e9":"e"}',
    '{"body":[1],"é":"e","body":{"name":"Ada","name":"Bob"}}',
    ' { "body" : { "x" : null , "name" : "Bob" } , "é" : "e" } ',
    '{"body":null}',
    '{"body":"text"}',
    '{"body":[1]}',
    '{"body":7}',
    '{"body":{}}',
    "{}",
]
EXPRESSIONS = [
    "body.name", "body", "body.[name, x]", "body.{n: name}", "body.x[0]", "body.x[*].y", "body.*",
    '"é"', "@", "keys(@)", "body.name || z", "[body.name, z]", "!body.name", "`1`", "body | name",
    "body.x[?y].y", "contains(keys(@), 'body')", "sort_by(body.x, &y)", "type(body)", "a.b.c",
    "body.x[0].y", "body.x[*].y", "body.[`1`]", "body.length(@)", "body.x[?y].[y] | [0]", "body.x.*.y",
    "(body || z).name", "body.not_null(z, name)",
]  # fmt: skip


def value(expression: str, payload: str, *, narrow: bool) -> object:
    parsed = jmespath.compile(expression).parsed
    decode = decoder_for([parsed]) if narrow else payload_of
    try:
        return evaluation_of(parsed)(decode(payload.encode()))
    except (TypeError, ValueError) as error:
        return type(error)


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_expressions_see_what_they_would_see_of_the_whole_payload(expression, payload):
    narrow, whole = (value(expression, payload, narrow=each) for each in (True, False))
    assert narrow == whole


_NAMES = ["body", "name", "é", "a b", 'a"b', "z"]
_FIELDS = st.sampled_from([json.dumps(name, ensure_ascii=False) for name in _NAMES])
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(_NAMES), inner),
    max_leaves=8,
)


@given(
    paths=st.lists(st.lists(_FIELDS, min_size=1, max_size=3), min_size=1, max_size=3),
    payload=st.dictionaries(st.sampled_from(_NAMES), _VALUES),
    as_ascii=st.booleans(),
)
def test_any_fields_are_found(paths, payload, as_ascii):
    expression = f"[{', '.join('.'.join(path) for path in paths)}]"
    text = json.dumps(payload, ensure_ascii=as_ascii)
    assert value(expression, text, narrow=True) == jmespath.search(expression, payload)


@pytest.mark.parametrize("expression", ["body.x[0].y", "body.x[*].y", "body.x[?y].z", "body.[x]"])
def test_what_precedes_a_list_is_narrow(expression):
    decode = decoder_for([jmespath.compile(expression).parsed])
    assert decode(b'{"z":1,"body":{"x":[1],"name":"a"}}') == {"body": {"x": [1]}}


def test_other_fields_are_skipped_over():
    decode = decoder_for([jmespath.compile("body.name == 'a' && event").parsed])
    assert decode(b'{"z":1,"event":"/e","body":{"x":[1],"name":"a"}}') == {
        "event": "/e",
        "body": {"name": "a"},
    }
