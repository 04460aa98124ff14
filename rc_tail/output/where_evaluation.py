"""Evaluates parsed JMESPath expressions: the usual nodes as functions that are made once.

JMESPath's own interpreter looks up how to evaluate each node each time, and compares the types of a
function's arguments to names, which takes three to six times as long. It still evaluates all other
nodes, and both give the same values.
"""

import operator
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from jmespath.functions import Functions
from jmespath.visitor import TreeInterpreter

Evaluation = Callable[[Any], Any]

_call = Functions().call_function
_NUMBERS = (int, float)
_ORDERED = frozenset((int, float, str))
_EQUALITY: Mapping[str, Callable[[Any, Any], Any]] = {"eq": operator.eq, "ne": operator.ne}


class _Interpreter(TreeInterpreter):
    """An interpreter that compares incomparable values to ``null``, as JMESPath specifies."""

    def visit_comparator(self, node: Any, value: Any) -> Any:
        """Compare two values."""
        try:
            return super().visit_comparator(node, value)
        except TypeError:
            return None


_interpret: Callable[[Any, Any], Any] = _Interpreter().visit


def is_false(value: Any) -> bool:
    """Whether JMESPath takes a value for false: ``null``, ``false`` and what is empty.

    Every number is true, even zero.
    """
    return not value and (value is False or not isinstance(value, _NUMBERS))


def evaluation_of(node: Mapping[str, Any]) -> Evaluation:
    """Return a function that evaluates a parsed expression on a payload.

    Raises where JMESPath does, for values that a function does not take: a JMESPathError, which is a
    ValueError, or a TypeError. Functions must have the right number of arguments.
    """
    make = _MAKERS.get(node["type"])
    return partial(_interpret, node) if make is None else make(node)


def _field(node: Mapping[str, Any]) -> Evaluation:
    name = node["value"]
    return lambda value: value.get(name) if isinstance(value, dict) else None


def _steps(node: Mapping[str, Any]) -> Evaluation:
    children = node["children"]
    if all(child["type"] == "field" for child in children):
        return _path([child["value"] for child in children])
    first, *others = map(evaluation_of, children)

    def evaluate(value: Any) -> Any:
        value = first(value)
        for step in others:
            value = step(value)
        return value

    return evaluate


def _path(names: list[str]) -> Evaluation:
    def evaluate(value: Any) -> Any:
        for name in names:
            if not isinstance(value, dict):
                return None
            value = value.get(name)
        return value

    return evaluate


def _literal(node: Mapping[str, Any]) -> Evaluation:
    literal = node["value"]
    return lambda _: literal


def _comparator(node: Mapping[str, Any]) -> Evaluation:
    word = node["value"]
    left, right = map(evaluation_of, node["children"])
    if word not in _EQUALITY:
        return _order(TreeInterpreter.COMPARATOR_FUNC[word], left, right)
    if not any(_is_text(child) for child in node["children"]):
        # To JMESPath a number does not equal a boolean, which it does to Python.
        compare = TreeInterpreter.COMPARATOR_FUNC[word]
    else:
        compare = _EQUALITY[word]
    return lambda value: compare(left(value), right(value))


def _is_text(node: Mapping[str, Any]) -> bool:
    return node["type"] == "literal" and isinstance(node["value"], str)


def _order(compare: Callable[[Any, Any], Any], left: Evaluation, right: Evaluation) -> Evaluation:
    def evaluate(value: Any) -> Any:
        one, other = left(value), right(value)
        if type(one) not in _ORDERED or type(other) not in _ORDERED:
            return None
        try:
            return compare(one, other)
        except TypeError:
            # A number and a text.
            return None

    return evaluate


def _function(node: Mapping[str, Any]) -> Evaluation:
    name, arguments = node["value"], [evaluation_of(child) for child in node["children"]]
    function = _FUNCTIONS.get(name)
    if function is None:
        return lambda value: _call(name, [argument(value) for argument in arguments])
    if len(arguments) == 1:
        (only,) = arguments
        return lambda value: function(only(value))
    subject, other = arguments
    return lambda value: function(subject(value), other(value))


def _contains(subject: Any, search: Any) -> bool:
    if isinstance(subject, dict):
        raise TypeError("contains() takes no object")
    return search in subject


# These raise a TypeError for what JMESPath does not take.
_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "contains": _contains,
    "ends_with": str.endswith,
    "length": len,
    "starts_with": str.startswith,
}


def _filter(node: Mapping[str, Any]) -> Evaluation:
    base, then, condition = map(evaluation_of, node["children"])

    def evaluate(value: Any) -> Any:
        elements = base(value)
        if not isinstance(elements, list):
            return None
        results = [then(each) for each in elements if not is_false(condition(each))]
        return [each for each in results if each is not None]

    return evaluate


def _identity(_: Mapping[str, Any]) -> Evaluation:
    return lambda value: value


def _and(node: Mapping[str, Any]) -> Evaluation:
    left, right = map(evaluation_of, node["children"])

    def evaluate(value: Any) -> Any:
        found = left(value)
        return found if is_false(found) else right(value)

    return evaluate


def _or(node: Mapping[str, Any]) -> Evaluation:
    left, right = map(evaluation_of, node["children"])

    def evaluate(value: Any) -> Any:
        found = left(value)
        return right(value) if is_false(found) else found

    return evaluate


def _not(node: Mapping[str, Any]) -> Evaluation:
    (negated,) = map(evaluation_of, node["children"])
    return lambda value: is_false(negated(value))


_MAKERS: Mapping[str, Callable[[Mapping[str, Any]], Evaluation]] = {
    "field": _field,
    "subexpression": _steps,
    "index_expression": _steps,
    "literal": _literal,
    "comparator": _comparator,
    "function_expression": _function,
    "filter_projection": _filter,
    "identity": _identity,
    "and_expression": _and,
    "or_expression": _or,
    "not_expression": _not,
}
