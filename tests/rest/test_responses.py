import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rc_tail.config.credentials import Identity
from rc_tail.errors import InsecureAddressError, RcTailError, UnexpectedAnswerError
from rc_tail.rest.responses import TokenAnswer, identity, json_object, token_answer, ws_token

TOKEN = {"access_token": "at", "expires_in": 3600, "scope": "ReadMessages SMS"}
WS = {"uri": "wss://gw.example/ws", "ws_access_token": "wt", "expires_in": 600}
HTTPS, HTTP = "https://rc.example", "http://127.0.0.1:5000"


def test_the_smallest_token() -> None:
    assert token_answer(TOKEN) == TokenAnswer("at", 3600, scope=("ReadMessages", "SMS"))


def test_the_largest_token() -> None:
    body = {
        **TOKEN,
        "token_type": "bearer",
        "expires_in": "7199",
        "refresh_token": "rt",
        "refresh_token_expires_in": 604799,
        "owner_id": "101000",
        "session_id": "s-1",
        "endpoint_id": "e",
    }
    assert token_answer(body) == TokenAnswer(
        "at", 7199, "rt", 604799, ("ReadMessages", "SMS"), "101000", "s-1"
    )


@pytest.mark.parametrize(
    "change",
    [
        {"access_token": None},
        {"access_token": ""},
        {"access_token": "a b"},
        {"access_token": "a\r\nX: y"},
        {"access_token": "é"},
        {"access_token": 7},
        {"access_token": "a" * 8193},
        {"refresh_token": "a" * 8193},
        {"expires_in": "9" * 1_000_000},
        {"refresh_token": "a\nb"},
        {"expires_in": None},
        {"expires_in": 0},
        {"expires_in": -1},
        {"expires_in": True},
        {"expires_in": math.inf},
        {"expires_in": math.nan},
        {"expires_in": "soon"},
        {"expires_in": 10**12},
    ],
)
def test_a_token_that_is_invalid(change: dict[str, Any]) -> None:
    with pytest.raises(UnexpectedAnswerError, match="login") as caught:
        token_answer({**TOKEN, **change})
    assert caught.value.exit_status == 76


@pytest.mark.parametrize(
    ("uri", "server"),
    [
        ("wss://gw.example/ws", HTTPS),
        ("wss://gw.example/ws", HTTP),
        ("ws://127.0.0.1:5000/ws", HTTP),
        ("ws://[::1]:5000/ws", HTTP),
    ],
)
def test_addresses_that_are_as_safe_as_the_server(uri: str, server: str) -> None:
    answer = ws_token({**WS, "uri": uri}, server)
    assert (answer.uri, answer.token, answer.expires_in) == (uri, "wt", 600)


@pytest.mark.parametrize(
    ("uri", "server"),
    [
        ("ws://gw.example/ws", HTTPS),
        ("ws://127.0.0.1:5000/ws", HTTPS),
        ("ws://gw.example/ws", HTTP),
    ],
)
def test_addresses_that_are_less_safe(uri: str, server: str) -> None:
    with pytest.raises(InsecureAddressError) as caught:
        ws_token({**WS, "uri": uri}, server)
    assert caught.value.exit_status == 76


@pytest.mark.parametrize(
    "change",
    [
        {"uri": None},
        {"uri": ""},
        {"uri": "https://gw.example/ws"},
        {"uri": "wss://"},
        {"uri": "wss://[::1"},
        {"uri": "wss://gw.example/\x1b[2J"},
        {"ws_access_token": None},
        {"ws_access_token": "a b"},
        {"expires_in": None},
    ],
)
def test_a_websocket_token_that_is_invalid(change: dict[str, Any]) -> None:
    with pytest.raises(UnexpectedAnswerError):
        ws_token({**WS, **change}, HTTPS)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"id": 101000}, Identity("", "101000", server=HTTPS)),
        (
            {
                "id": "101000",
                "uri": "https://rc.example/restapi/v1.0/account/1000/extension/101000",
                "extensionNumber": "101",
                "name": "Ada\nExample",
                "contact": {"email": "ada@example.com"},
            },
            Identity("1000", "101000", "101", "Ada\nExample", "ada@example.com", HTTPS),
        ),
        (
            {"id": 1, "account": {"id": 2000}, "extensionNumber": 101, "contact": None, "uri": 3},
            Identity("2000", "1", "101", server=HTTPS),
        ),
    ],
)
def test_who_am_i(body: dict[str, Any], expected: Identity) -> None:
    assert identity(body, HTTPS) == expected


@pytest.mark.parametrize("value", [None, "", True, [], "1\n2"])
def test_no_identity(value: Any) -> None:
    with pytest.raises(UnexpectedAnswerError, match="extension id"):
        identity({"id": value}, HTTPS)


@pytest.mark.parametrize("body", [b"", b"x", b"[]", b"1", b"\xff", b"[" * 100_000])
def test_what_is_no_object(body: bytes) -> None:
    with pytest.raises(UnexpectedAnswerError, match="is not a JSON object"):
        json_object(body, "login")


def test_numbers_without_end_are_their_digits() -> None:
    digits = "1" * 5000
    assert json_object(f'{{"id":{digits}}}'.encode(), "x") == {"id": digits}


NAMES = sorted({*TOKEN, *WS, "id", "account", "contact", "refresh_token", "session_id"})
VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text() | st.integers(),
    lambda children: st.lists(children) | st.dictionaries(st.sampled_from(NAMES), children),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(NAMES), VALUES))
def test_any_object_is_an_answer_or_the_servers_fault(body: dict[str, Any]) -> None:
    for read in (token_answer, lambda b: ws_token(b, HTTPS), lambda b: identity(b, HTTPS)):
        try:
            read(body)
        except RcTailError as error:
            assert error.exit_status == 76  # noqa: PT017 - or it is an answer


@given(st.binary())
def test_any_bytes_are_an_object_or_the_servers_fault(data: bytes) -> None:
    try:
        value = json_object(data, "x")
    except UnexpectedAnswerError:
        return
    assert json.loads(data) == value
