"""Expressions are evaluated as JMESPath's own interpreter does it."""

from collections.abc import Callable

import jmespath
import pytest

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
    "'abc'",
]


@pytest.mark.parametrize("left", OPERANDS)
@pytest.mark.parametrize("right", OPERANDS)
@pytest.mark.parametrize("word", ["==", "!=", "&&", "||"])
def test_two_values_are_compared_as_jmespath_does(left, word, right):
    expression = f"{left} {word} {right}"
    assert same_as_jmespath(expression)


@pytest.mark.parametrize("left", OPERANDS)
@pytest.mark.parametrize("right", OPERANDS)
@pytest.mark.parametrize("word", ["<", ">="])
def test_two_values_are_ordered_as_jmespath_specifies(left, word, right):
    ordered = evaluation_of(jmespath.compile(f"{left} {word} {right}").parsed)(DATA)
    try:
        assert ordered == jmespath.search(f"{left} {word} {right}", DATA)
    except TypeError:
        # JMESPath orders a number and a text; its specification says null.
        assert ordered is None


@pytest.mark.parametrize("subject", [*OPERANDS, "object"])
@pytest.mark.parametrize("other", [*OPERANDS, "object"])
@pytest.mark.parametrize("name", ["contains", "starts_with", "ends_with"])
def test_functions_of_two_values_are_those_of_jmespath(name, subject, other):
    assert same_as_jmespath(f"{name}({subject}, {other})")


@pytest.mark.parametrize("operand", [*OPERANDS, "empty", "object"])
@pytest.mark.parametrize("expression", ["!{}", "length({})", "{}[?n > `1`]", "{}[?n]", "{}[?!@].n"])
def test_other_uses_of_one_value_are_those_of_jmespath(expression, operand):
    assert same_as_jmespath(expression.format(operand))


@pytest.mark.parametrize(
    "expression",
    [
        "text.x", "list.n", "list[*].n", "list[5].n", "text[0]", "list[?n > `1`].n", "!empty",
        "starts_with(text, 'a')", "length(list)", "not_null(nothing, text)", "sort_by(list, &n)[0].n",
        "object.[text]", "max_by(list, &n).n", "{a: text}", "*", "@.one", "list[?n > `1`].[n]",
        "avg(list[].n)", "join(',', list[].n)", "contains(list[].n, `2`)", "list[?nothing].n",
    ],
)  # fmt: skip
def test_values_are_those_of_jmespath(expression):
    assert same_as_jmespath(expression)


def same_as_jmespath(expression: str) -> bool:
    """Whether an expression has the value that JMESPath gives it, or is refused as there."""
    results: list[object] = []
    for evaluate in (evaluation_of(jmespath.compile(expression).parsed), _searched(expression)):
        try:
            results.append(evaluate(DATA))
        except (TypeError, ValueError):
            results.append(Refused)
    ours, theirs = results
    # Python takes a boolean for a number.
    return ours == theirs and type(ours) is type(theirs)


class Refused:
    """In place of a value."""


def _searched(expression: str) -> Callable[[object], object]:
    return lambda data: jmespath.search(expression, data)
