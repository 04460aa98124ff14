"""``--where``: only events for which JMESPath expressions hold (https://jmespath.org)."""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError, JMESPathTypeError
from jmespath.parser import ParsedResult
from jmespath.visitor import TreeInterpreter

from rc_tail.errors import UsageError
from rc_tail.gateway.messages import Notification
from rc_tail.output.payloads import payload_of
from rc_tail.text.escape import visible

# After so many events of which none had a field, it is likelier misspelt than rare.
PATIENCE = 100
# What an expression raises for a value that it was not made for: a function that met another type,
# most often none at all (JMESPath's error is a ValueError), or a number that is too large.
_UNFIT = (TypeError, ValueError, ArithmeticError, RecursionError)
# What --template calls shortly; only what mobile pushes send has such fields at the root.
_INSTEAD = {
    "kind": "name the kinds themselves, as in rc-tail sms, or write contains(event, '/fax')",
    "from": "write body.from.phoneNumber or body.from.name",
    "to": "write body.to[0].phoneNumber or body.to[0].name",
    "text": "write body.subject",
    "time": "write timestamp",
    "direction": "write body.direction",
    "what": "write a field of the body, as rc-tail events NAME shows them",
}
_HINT = "A JMESPath expression is asked for, such as \"body.direction == 'Inbound'\"."


class Where:
    """Holds expressions; an event passes when all of them are true of it.

    What JMESPath takes for false is false: ``null``, ``false``, empty strings, lists and objects.

    Args:
        expressions: As the user wrote them.
        warn: Told once of fields that no event has.

    Raises:
        UsageError: One is no JMESPath expression.
    """

    def __init__(self, expressions: Sequence[str], warn: Callable[[str], None]) -> None:
        try:
            self._compiled = [_compiled(expression) for expression in expressions]
            self._missing = {path for each in self._compiled for path in _fields(each.parsed)}
        except RecursionError as error:
            raise UsageError("--where: an expression is nested too deeply", hint=_HINT) from error
        self._warn = warn
        self._tried = 0
        self._know_words_of_templates()

    def __call__(self, notification: Notification) -> bool:
        """Return whether the event passes."""
        payload = payload_of(notification.payload)
        if self._missing:
            self._look_for_fields(payload)
        return all(_holds(each.parsed, payload) for each in self._compiled)

    def _know_words_of_templates(self) -> None:
        """Say at once what to write for names that only ``--template`` has."""
        for path in sorted(self._missing):
            if path[0] in _INSTEAD:
                self._missing.discard(path)
                self._warn(
                    f"--where: {path[0]} is a word of --template, and no field of an event: "
                    f"{_INSTEAD[path[0]]}"
                )

    def _look_for_fields(self, payload: Any) -> None:
        self._missing = {path for path in self._missing if not _has(payload, path)}
        self._tried += 1
        if self._tried < PATIENCE or not self._missing:
            return
        names = ", ".join(sorted(visible(".".join(path)) for path in self._missing))
        self._missing = set()
        self._warn(f"--where: none of the first {PATIENCE} events has {names}")


def _compiled(expression: str) -> Any:
    try:
        compiled = jmespath.compile(expression)
        for call in _calls(compiled.parsed):
            _try(call)
    except JMESPathError as error:
        raise _refusal(expression, error) from error
    except ValueError as error:
        # An index of thousands of digits; every other wrong number has an error of its own.
        raise UsageError("--where: a number has too many digits", hint=_HINT) from error
    return compiled


def _calls(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if node["type"] == "function_expression":
        yield node
    for child in node["children"]:
        if isinstance(child, dict):
            yield from _calls(child)


def _try(call: Mapping[str, Any]) -> None:
    """Call a function with nothing: whether there is one, and its arguments' number, shows then.

    Raises:
        JMESPathError: There is no such function, or it takes another number of arguments.
    """
    nothing: dict[str, Any] = {"type": "literal", "value": None, "children": []}
    alone: Any = {**call, "children": [nothing] * len(call["children"])}
    with contextlib.suppress(JMESPathTypeError):
        ParsedResult(call["value"], alone).search(None)


def _refusal(expression: str, error: JMESPathError) -> UsageError:
    reason = str(error).splitlines()[0].rstrip(":")
    column = getattr(error, "lex_position", None)
    if column is None:
        return UsageError(f"--where: {visible(reason)}", hint=_HINT)
    # What it is about stands in the second line, under the word at fault.
    reason = reason.partition(": Parse error")[0]
    shown = visible(expression)
    column = len(visible(expression[:column]))
    return UsageError(
        f"--where: {visible(reason)} at column {column + 1}",
        hint=f"{shown}\n{' ' * column}^\n{_HINT}",
    )


class _Interpreter(TreeInterpreter):
    """Compares as JMESPath has it: what cannot be compared is ``null``, and no error of Python's."""

    def visit_comparator(self, node: Any, value: Any) -> Any:
        """Return what comes of comparing two values."""
        try:
            return super().visit_comparator(node, value)
        except TypeError:
            return None


_interpret = _Interpreter().visit


def _holds(parsed: Any, payload: Any) -> bool:
    try:
        value = _interpret(parsed, payload)
    except _UNFIT:
        return False
    if isinstance(value, int | float) and not isinstance(value, bool):
        # As JMESPath has it, even zero.
        return True
    return bool(value)


def _fields(node: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Yield the fields that an expression asks for, from the payload's root on."""
    path = _path(node)
    if path:
        yield path
        return
    children = node["children"]
    if node["type"] in ("filter_projection", "projection", "pipe", "subexpression"):
        # What follows is asked of the parts, not of the payload.
        children = children[:1]
    for child in children:
        yield from _fields(child)


def _path(node: Mapping[str, Any]) -> tuple[str, ...]:
    if node["type"] == "field":
        return (node["value"],)
    if node["type"] != "subexpression":
        return ()
    path: tuple[str, ...] = ()
    for child in node["children"]:
        if child["type"] != "field":
            # An index or a projection: it begins with the field that it is of.
            inner = child["children"][:1]
            return path + tuple(first["value"] for first in inner if first["type"] == "field")
        path += (child["value"],)
    return path


def _has(payload: Any, path: Sequence[str]) -> bool:
    for name in path:
        if not isinstance(payload, dict) or name not in payload:
            return False
        payload = payload[name]
    return True
