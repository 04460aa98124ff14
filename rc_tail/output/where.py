"""``--where``: filter events by JMESPath expressions (https://jmespath.org)."""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError, JMESPathTypeError
from jmespath.parser import ParsedResult

from rc_tail.errors import UsageError
from rc_tail.gateway.messages import Notification
from rc_tail.output.where_evaluation import evaluation_of, is_false
from rc_tail.output.where_fields import decoder_for
from rc_tail.text.escape import visible

# A field that this many events do not have is probably misspelled.
WARN_AFTER = 100
# Raised for values that an expression does not expect: another type, most often null, as a
# function's argument (JMESPath's error is a ValueError), or a number that is too large.
_EVALUATION_ERRORS = (TypeError, ValueError, ArithmeticError, RecursionError)
# Words of --template that are not fields; only mobile push notifications have such fields.
_REPLACEMENTS = {
    "kind": "name the events to print, as in rc-tail sms, or use contains(event, '/fax')",
    "from": "use body.from.phoneNumber or body.from.name",
    "to": "use body.to[0].phoneNumber or body.to[0].name",
    "text": "use body.subject",
    "time": "use timestamp",
    "direction": "use body.direction",
    "what": "use a field of the body, as rc-tail events NAME shows them",
}
_HINT = "Expected a JMESPath expression, e.g. \"body.direction == 'Inbound'\"."


class Where:
    """A filter that an event passes when all expressions are true for it.

    An expression that cannot be evaluated for an event is false.

    Args:
        warn: Called once with a message about fields that no event has.

    Raises:
        UsageError: An expression is invalid.
    """

    def __init__(self, expressions: Sequence[str], warn: Callable[[str], None]) -> None:
        try:
            parsed = [_compiled(expression).parsed for expression in expressions]
            self._missing = {path for each in parsed for path in _fields(each)}
            self._decode = decoder_for(parsed)
            self._evaluations = [evaluation_of(each) for each in parsed]
        except RecursionError as error:
            raise UsageError("--where: an expression is nested too deeply", hint=_HINT) from error
        self._warn = warn
        self._event_count = 0
        self._warn_of_template_words()

    def __call__(self, notification: Notification) -> bool:
        """Whether an event passes."""
        payload = self._decode(notification.payload)
        if self._missing:
            self._track_missing_fields(payload)
        try:
            for evaluate in self._evaluations:
                if is_false(evaluate(payload)):
                    return False
        except _EVALUATION_ERRORS:
            return False
        return True

    def _warn_of_template_words(self) -> None:
        """Warn of words of ``--template``, and say what to write instead."""
        for path in sorted(self._missing):
            if path[0] in _REPLACEMENTS:
                self._missing.discard(path)
                self._warn(
                    f"--where: {path[0]} is a name of --template, not a field of events: "
                    f"{_REPLACEMENTS[path[0]]}"
                )

    def _track_missing_fields(self, payload: Any) -> None:
        self._missing = {path for path in self._missing if not _has(payload, path)}
        self._event_count += 1
        if self._event_count < WARN_AFTER or not self._missing:
            return
        names = ", ".join(sorted(visible(".".join(path)) for path in self._missing))
        self._missing = set()
        self._warn(f"--where: none of the first {WARN_AFTER} events has {names}")


def _compiled(expression: str) -> Any:
    try:
        compiled = jmespath.compile(expression)
        for call in _calls(compiled.parsed):
            _try(call)
    except JMESPathError as error:
        raise _refusal(expression, error) from error
    except ValueError as error:
        # An index of thousands of digits; JMESPath has errors for all other invalid numbers.
        raise UsageError("--where: a number has too many digits", hint=_HINT) from error
    return compiled


def _calls(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if node["type"] == "function_expression":
        yield node
    for child in node["children"]:
        if isinstance(child, dict):
            yield from _calls(child)


def _try(call: Mapping[str, Any]) -> None:
    """Call a function with null arguments, to check that it exists and how many it takes.

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
    # The second line of the hint points at the column.
    reason = reason.partition(": Parse error")[0]
    shown = visible(expression)
    column = len(visible(expression[:column]))
    return UsageError(
        f"--where: {visible(reason)} at column {column + 1}",
        hint=f"{shown}\n{' ' * column}^\n{_HINT}",
    )


def _fields(node: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Yield the paths, from the root of the payload, of the fields that an expression uses."""
    path = _path(node)
    if path:
        yield path
        return
    children = node["children"]
    if node["type"] in ("filter_projection", "projection", "pipe", "subexpression"):
        # The other children are evaluated on parts of the payload.
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
            # An index or a projection: its first child is the field that it applies to.
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
