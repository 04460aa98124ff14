"""Expressions are evaluated as JMESPath's own interpreter does it."""

import jmespath
import pytest
from jmespath.exceptions import JMESPathTypeError

from rc_tail.output.where_evaluation import evaluation_of

DATA = {
    "one": 1, "zero": 0, "yes": True, "no": False, "nothing": None, "text": "abc", "empty": "",
    "list": [{"n": 1}, {"n": 2}], "object": {"text": "abc"},
}  # fmt: skip
OPERANDS = [
    "one",
    "zero",
    "yes",
    "no",
    "nothing",
    "text",
    "list",
    "object.text",
    "list[-1].n",
    "`1`",
]


@pytest.mark.parametrize("left", OPERANDS)
@pytest.mark.parametrize("right", OPERANDS)
@pytest.mark.parametrize("word", ["==", "!=", "&&", "||"])
def test_two_values_are_compared_as_jmespath_does(left, word, right):
    expression = f"{left} {word} {right}"
    assert evaluation_of(jmespath.compile(expression).parsed)(DATA) == jmespath.search(
        expression, DATA
    )


@pytest.mark.parametrize(
    "expression",
    [
        "text.x", "list.n", "list[*].n", "list[5].n", "text[0]", "list[?n > `1`].n", "!empty",
        "starts_with(text, 'a')", "length(list)", "not_null(nothing, text)", "sort_by(list, &n)[0].n",
        "object.[text]", "max_by(list, &n).n", "{a: text}", "*", "@.one",
    ],
)  # fmt: skip
def test_values_are_those_of_jmespath(expression):
    assert evaluation_of(jmespath.compile(expression).parsed)(DATA) == jmespath.search(
        expression, DATA
    )


def test_values_that_are_in_no_order_make_null():
    assert evaluation_of(jmespath.compile("one < text").parsed)(DATA) is None


def test_a_function_of_another_type_is_refused():
    with pytest.raises(JMESPathTypeError):
        evaluation_of(jmespath.compile("length(one)").parsed)(DATA)
