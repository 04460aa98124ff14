"""The tree of errors, and the statuses they end with."""

import inspect
import re

import pytest

from rc_tail import errors
from rc_tail.errors import (
    ConnectionLostError,
    ExitStatus,
    HandshakeRefusedError,
    RateLimitedError,
    RcTailError,
    RemoteProtocolError,
)

CLASSES = [
    kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, RcTailError)
]
DRAWN = re.compile(r"^    ([│ ├└─]*)(\w+Error)(?:\s{2,}(\d+))?", re.MULTILINE)


def parent(kind: type[RcTailError]) -> type[RcTailError]:
    (base,) = kind.__bases__
    assert issubclass(base, RcTailError)
    return base


def drawn() -> list[tuple[int, str, str]]:
    """The tree in the module's docstring: depth, name and status."""
    return [
        (len(lines) // 4, name, status)
        for lines, name, status in DRAWN.findall(errors.__doc__ or "")
    ]


def test_the_drawing_shows_every_error_once():
    assert sorted(name for _, name, _ in drawn()) == sorted(kind.__name__ for kind in CLASSES)


def test_the_drawing_shows_who_inherits_from_whom():
    path: list[str] = []
    for depth, name, _ in drawn():
        path[depth:] = [name]
        kind = getattr(errors, name)
        assert depth == 0 or kind.__base__.__name__ == path[depth - 1]


def test_the_drawing_shows_the_statuses():
    told = {name: int(status) for _, name, status in drawn() if status}
    assert told == {name: int(getattr(errors, name).exit_status) for name in told}
    # Whoever has none drawn has its parent's.
    for kind in CLASSES:
        if kind.__name__ not in told and kind is not RcTailError:
            assert kind.exit_status == parent(kind).exit_status


def test_the_drawing_shows_what_is_tried_again():
    text = errors.__doc__ or ""
    told = {line.split("─ ")[-1].split()[0] for line in text.splitlines() if "(retryable)" in line}
    assert told <= {kind.__name__ for kind in CLASSES if kind.retryable}
    for kind in CLASSES:
        if kind.retryable and kind.__name__ not in told:
            assert parent(kind).__name__ in told


@pytest.mark.parametrize(
    ("status", "number"),
    [
        ("OK", 0),
        ("BUG", 1),
        ("USAGE", 2),
        ("FILTERS_REFUSED", 65),
        ("UNREACHABLE", 69),
        ("SYSTEM", 71),
        ("OUTPUT", 74),
        ("TEMPORARY", 75),
        ("PROTOCOL", 76),
        ("AUTH", 77),
        ("CONFIG", 78),
        ("TIMED_OUT", 124),
    ],
)
def test_the_statuses_that_scripts_rely_on(status, number):
    assert ExitStatus[status] == number
    assert len(ExitStatus) == 12


def test_an_error_carries_words_hint_and_code():
    error = RcTailError("what", hint="do", code="SUB-1")
    assert (str(error), error.message, error.hint, error.code) == ("what", "what", "do", "SUB-1")
    assert RcTailError("what").hint == RcTailError("what").code == ""


def test_what_some_errors_know_besides():
    assert RateLimitedError("x", retry_after=3, code="CMN-301").retry_after == 3
    refused = HandshakeRefusedError("x", status=503, retry_after=9, hint="h")
    assert (refused.status, refused.retry_after, refused.hint) == (503, 9, "h")
    assert (ConnectionLostError("x").close_code, ConnectionLostError("x").reason) == (1006, "")
    lost = ConnectionLostError("x", close_code=4400, reason="bad token")
    assert (lost.close_code, lost.reason) == (4400, "bad token")


def test_a_peers_fault_is_not_ours():
    assert not issubclass(RemoteProtocolError, errors.LocalProtocolError)
    assert not issubclass(errors.LocalProtocolError, errors.GatewayError)
