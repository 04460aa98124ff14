import contextlib
import tracemalloc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from rc_tail.config.credentials import Credentials, Identity
from rc_tail.errors import (
    ConfigError,
    InsecureAddressError,
    InterceptedError,
    JwtRejectedError,
    LocalProtocolError,
    PermissionMissingError,
    RateLimitedError,
    RequestRefusedError,
    TokenExpiredError,
    UnexpectedAnswerError,
)
from rc_tail.rest.auth_budget import AuthBudget
from rc_tail.rest.client import RestClient
from rc_tail.rest.responses import TokenAnswer
from rc_tail.text.redact import Redactor
from tests.rest.conftest import CREDENTIALS, Clock
from tests.rest.platform import ADA, ME, REVOKE, TOKEN, WSTOKEN, LoopbackPlatform, Reply

BASIC = "Basic Y2xpZW50LWlkOmNsaWVudC1zZWNyZXQ="
SUBSCRIPTION = "/restapi/v1.0/subscription/s-1"


@contextmanager
def traced(
    platform: LoopbackPlatform, budget: AuthBudget | None = None
) -> Iterator[tuple[RestClient, list[str]]]:
    lines: list[str] = []
    client = RestClient(
        platform.url, ca_bundle=None, redactor=Redactor(), trace=lines.append, budget=budget
    )
    try:
        yield client, lines
    finally:
        client.close()


def test_a_login_by_jwt(platform: LoopbackPlatform, client: RestClient) -> None:
    platform.refresh_tokens = True
    answer = client.token_by_jwt(CREDENTIALS)
    assert answer == TokenAnswer(
        "access-token-l1",
        3600,
        "refresh-token-l1",
        604800,
        ("ReadMessages", "ReadAccounts", "WebSocketsSubscription"),
        "400000101",
        "session-1",
    )
    (asked,) = platform.asked
    assert (asked.method, asked.path) == ("POST", TOKEN)
    assert asked.headers["authorization"] == BASIC
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    assert asked.form == {
        "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "assertion": "eyJ-any-text",
    }


def test_a_public_app_names_itself_in_the_form(
    platform: LoopbackPlatform, client: RestClient
) -> None:
    client.token_by_jwt(Credentials("client-id", None, "jwt"))
    (asked,) = platform.asked
    assert "authorization" not in asked.headers
    assert asked.form["client_id"] == "client-id"


def test_a_refresh(platform: LoopbackPlatform, client: RestClient) -> None:
    platform.refresh_tokens = True
    first = client.token_by_jwt(CREDENTIALS)
    assert first.refresh_token is not None
    second = client.token_by_refresh(CREDENTIALS, first.refresh_token)
    assert second.session_id == first.session_id
    assert platform.asked[1].form == {
        "grant_type": "refresh_token",
        "refresh_token": "refresh-token-l1",
    }
    assert platform.asked[1].headers["authorization"] == BASIC


def test_a_websocket_token(platform: LoopbackPlatform, client: RestClient) -> None:
    answer = client.wstoken("at")
    assert (answer.uri, answer.token) == (f"ws://127.0.0.1:{platform.port}/ws", "ws-token-1")
    assert platform.asked[0].headers["authorization"] == "Bearer at"
    assert platform.asked[0].form == {}


def test_who_am_i(platform: LoopbackPlatform, client: RestClient) -> None:
    assert client.who_am_i("at") == Identity(
        "400000001", "400000101", "101", "Ada Example", "ada@example.com", platform.url
    )


@pytest.mark.parametrize("credentials", [CREDENTIALS, Credentials("client-id", None, "jwt")])
def test_a_revocation(
    platform: LoopbackPlatform, client: RestClient, credentials: Credentials
) -> None:
    client.revoke(credentials, "at")
    (asked,) = platform.asked
    assert (asked.path, asked.form["token"]) == (REVOKE, "at")
    assert ("client_id" in asked.form) is (credentials.client_secret is None)


def test_a_resource(platform: LoopbackPlatform, client: RestClient) -> None:
    path = "/restapi/v1.0/account/~/extension/~/message-store"
    platform.answer(path, Reply(200, {"records": []}))
    assert client.get("at", path, {"messageType": ["SMS", "Fax"], "page": "1"}) == {"records": []}
    assert platform.asked[0].query == {"messageType": ["SMS", "Fax"], "page": ["1"]}


def test_a_resource_is_a_path(platform: LoopbackPlatform, client: RestClient) -> None:
    with pytest.raises(LocalProtocolError):
        client.get("at", "https://elsewhere.example/")
    assert platform.asked == []


def test_a_resource_that_is_no_object(platform: LoopbackPlatform, client: RestClient) -> None:
    platform.answer("/x", Reply(200, [1]))
    with pytest.raises(UnexpectedAnswerError, match="/x"):
        client.get("at", "/x")


@pytest.mark.parametrize("status", [200, 204, 404])
def test_a_subscription_that_is_gone_is_deleted(
    platform: LoopbackPlatform, client: RestClient, status: int
) -> None:
    platform.answer(SUBSCRIPTION, Reply(status))
    client.delete_subscription("at", "s-1")
    assert platform.asked[0].method == "DELETE"


def test_a_subscription_id_cannot_name_another_path(
    platform: LoopbackPlatform, client: RestClient
) -> None:
    client.delete_subscription("at", "../x?y")
    assert platform.asked[0].path == "/restapi/v1.0/subscription/..%2Fx%3Fy"


def test_a_subscription_that_cannot_be_deleted(
    platform: LoopbackPlatform, client: RestClient
) -> None:
    platform.answer(SUBSCRIPTION, Reply(401, {"errorCode": "OAU-213"}))
    with pytest.raises(TokenExpiredError):
        client.delete_subscription("at", "s-1")


# Refusals.


def test_a_refused_login(platform: LoopbackPlatform, client: RestClient) -> None:
    body = {"error": "invalid_grant", "errors": [{"errorCode": "OAU-210", "message": "\x1b[31m"}]}
    platform.answer(TOKEN, Reply(400, body))
    with pytest.raises(JwtRejectedError) as caught:
        client.token_by_jwt(CREDENTIALS)
    assert caught.value.message == "RingCentral refused the login: OAU-210 \\x1b[31m"
    assert caught.value.code == "OAU-210"


def test_a_server_that_repeats_a_secret_is_not_quoted(
    platform: LoopbackPlatform, client: RestClient
) -> None:
    platform.answer(TOKEN, lambda asked: Reply(400, {"message": f"bad {asked.form['assertion']}"}))
    with pytest.raises(JwtRejectedError) as caught:
        client.token_by_jwt(CREDENTIALS)
    assert CREDENTIALS.jwt not in caught.value.message


def test_a_missing_websocket_permission(platform: LoopbackPlatform, client: RestClient) -> None:
    platform.answer(WSTOKEN, Reply(403, {"errorCode": "CMN-401"}))
    with pytest.raises(PermissionMissingError, match="CMN-401"):
        client.wstoken("at")


def test_a_dead_access_token(platform: LoopbackPlatform, client: RestClient) -> None:
    platform.dead.add("at")
    for call in (client.wstoken, client.who_am_i):
        with pytest.raises(TokenExpiredError, match="OAU-213"):
            call("at")


def test_an_unsafe_gateway(platform: LoopbackPlatform, client: RestClient) -> None:
    body = {"uri": "ws://gw.example/ws", "ws_access_token": "t", "expires_in": 30}
    platform.answer(WSTOKEN, Reply(200, body))
    with pytest.raises(InsecureAddressError):
        client.wstoken("at")


@pytest.mark.parametrize("path", [TOKEN, WSTOKEN, REVOKE, ME])
def test_no_redirect_is_followed(platform: LoopbackPlatform, client: RestClient, path: str) -> None:
    platform.answer(path, Reply(307, None, {"Location": platform.url + "/elsewhere"}))
    calls = {
        TOKEN: lambda: client.token_by_jwt(CREDENTIALS),
        WSTOKEN: lambda: client.wstoken("at"),
        REVOKE: lambda: client.revoke(CREDENTIALS, "at"),
        ME: lambda: client.who_am_i("at"),
    }
    with pytest.raises(UnexpectedAnswerError, match="redirect"):
        calls[path]()
    assert platform.paths() == [path]


def test_another_server_at_the_address(platform: LoopbackPlatform, client: RestClient) -> None:
    platform.answer(TOKEN, Reply(404), Reply(200, b"hello"))
    with pytest.raises(RequestRefusedError, match="404 Not Found"):
        client.token_by_jwt(CREDENTIALS)
    with pytest.raises(UnexpectedAnswerError, match="is not a JSON object"):
        client.token_by_jwt(CREDENTIALS)


PAGE = b"<!doctype html><title>Log in</title>"
BETWEEN = [
    *(Reply(status, PAGE) for status in (200, 401, 403, 404, 407, 502, 503, 511)),
    Reply(302, None, {"Location": "http://login.hotel/"}),
    Reply(302, PAGE, {"Location": "/login", "Content-Type": "text/html"}),
    Reply(200, PAGE + b" " * 9_000_000, {"Content-Type": "text/html"}),
    Reply(407),
    Reply(200, PAGE, {"Content-Type": "text/html", "Content-Encoding": "gzip"}),
]


@pytest.mark.parametrize("reply", BETWEEN, ids=lambda reply: str(reply)[:60])
@pytest.mark.parametrize("path", [TOKEN, WSTOKEN, REVOKE, ME, SUBSCRIPTION])
def test_a_page_of_something_in_between_is_the_answer_to_no_call(
    platform: LoopbackPlatform, client: RestClient, path: str, reply: Reply
) -> None:
    platform.answer(path, reply)
    calls = {
        TOKEN: lambda: client.token_by_jwt(CREDENTIALS),
        WSTOKEN: lambda: client.wstoken("at"),
        REVOKE: lambda: client.revoke(CREDENTIALS, "at"),
        ME: lambda: client.who_am_i("at"),
        SUBSCRIPTION: lambda: client.delete_subscription("at", "s-1"),
    }
    with pytest.raises(InterceptedError, match="something between this machine and 127") as raised:
        calls[path]()
    assert raised.value.exit_status == 69


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (TOKEN, "access_token"), (TOKEN, "refresh_token"), (TOKEN, "id_token"),
        (TOKEN, "scope"), (TOKEN, "owner_id"), (WSTOKEN, "uri"), (WSTOKEN, "ws_access_token"),
        (ME, "id"), (ME, "name"), (ME, "uri"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("size", [100_000, 1_000_000])
def test_what_is_too_long_is_refused_by_its_length(
    platform: LoopbackPlatform, client: RestClient, path: str, name: str, size: int
) -> None:
    usual = {
        TOKEN: {"access_token": "at", "expires_in": 60},
        WSTOKEN: {"uri": "ws://127.0.0.1/ws", "ws_access_token": "wt", "expires_in": 60},
        ME: ADA,
    }
    platform.answer(path, Reply(200, {**usual[path], name: "a" * size}))
    calls = {
        TOKEN: lambda: client.token_by_jwt(CREDENTIALS),
        WSTOKEN: lambda: client.wstoken("at"),
        ME: lambda: client.who_am_i("at"),
    }
    tracemalloc.start()
    try:
        with contextlib.suppress(UnexpectedAnswerError):
            answer = calls[path]()
            assert len(repr(answer)) < 20_000
            # Only what is not needed for the call can be left out.
            assert name in ("id_token", "scope", "owner_id", "name", "uri")
        client._redactor.mask("some text")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 12_000_000


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_refusal_without_words_does_not_accuse_the_jwt(
    platform: LoopbackPlatform, client: RestClient, status: int
) -> None:
    platform.answer(TOKEN, Reply(status, b"blocked by policy", {"Content-Type": "text/plain"}))
    with pytest.raises(JwtRejectedError) as raised:
        client.token_by_jwt(CREDENTIALS)
    assert "it may come from a proxy or firewall" in raised.value.hint
    assert "expired" not in raised.value.hint


def test_plain_http_to_another_machine() -> None:
    with pytest.raises(ConfigError):
        RestClient("http://rc.example", ca_bundle=None, redactor=Redactor())


# The budget.


def test_token_calls_share_a_budget(platform: LoopbackPlatform, clock: Clock) -> None:
    limits = {"X-Rate-Limit-Limit": "2", "X-Rate-Limit-Window": "60"}
    platform.answer(TOKEN, Reply(400, {"error": "invalid_grant"}, limits))
    with traced(platform, AuthBudget(None, clock)) as (client, _):
        with pytest.raises(JwtRejectedError):
            client.token_by_jwt(CREDENTIALS)
        client.wstoken("at")
        with pytest.raises(RateLimitedError) as caught:
            client.wstoken("at")
        assert caught.value.retry_after == 60
        client.who_am_i("at")
    assert platform.count(WSTOKEN) == 1


def test_a_penalty_is_waited_for(platform: LoopbackPlatform, clock: Clock) -> None:
    platform.answer(WSTOKEN, Reply(429, {"errorCode": "CMN-301"}, {"Retry-After": "30"}))
    with traced(platform, AuthBudget(None, clock)) as (client, _):
        for _ in range(2):
            with pytest.raises(RateLimitedError) as caught:
                client.wstoken("at")
            assert caught.value.retry_after == 30
    assert platform.count(WSTOKEN) == 1


# What is shown.


def test_a_trace_shows_everything_but_secrets(platform: LoopbackPlatform) -> None:
    platform.refresh_tokens = True
    credentials = Credentials("client-id", "sec/ret+?", "jwt.a/b+c")
    platform.answer("/x", Reply(200, b'{"a": "\x1b[31m\xff\xe2\x80\xae"}'))
    with traced(platform) as (client, lines):
        token = client.token_by_jwt(credentials)
        client.wstoken(token.access_token)
        assert token.refresh_token is not None
        client.token_by_refresh(credentials, token.refresh_token)
        client.revoke(credentials, token.access_token)
        with pytest.raises(UnexpectedAnswerError):
            client.get("other-token", "/x", {"q": "1"})
    text = "\n".join(lines)
    assert len(lines) == 10
    assert "> POST" in lines[0]
    assert "grant_type=urn:ietf" in lines[0]
    assert lines[1].startswith("< 200 in")
    assert "q=1" in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    secrets = [
        credentials.jwt,
        "sec/ret+?",
        "sec%2Fret",
        "jwt.a%2Fb",
        "access-token-l1",
        "access-token-r1",
        "refresh-token-l1",
        "refresh-token-r1",
        "ws-token-1",
        "other-token",
    ]
    assert [secret for secret in secrets if secret in text] == []


def test_secrets_of_a_refused_answer_are_masked_too(platform: LoopbackPlatform) -> None:
    platform.answer(TOKEN, Reply(200, {"access_token": "a-new-token", "expires_in": "never"}))
    with traced(platform) as (client, lines):
        with pytest.raises(UnexpectedAnswerError):
            client.token_by_jwt(CREDENTIALS)
        assert "a-new-token" not in "".join(lines)


def test_a_bundle_is_read_when_it_is_needed(tmp_path: Path) -> None:
    client = RestClient("https://127.0.0.1:1", ca_bundle=tmp_path / "missing", redactor=Redactor())
    with pytest.raises(Exception, match="CA bundle"):
        client.who_am_i("at")
    client.close()


@pytest.mark.parametrize("status", [200, 429])
def test_headers_are_known_of_an_answer_and_of_a_refusal(
    platform: LoopbackPlatform, client: RestClient, status: int
) -> None:
    learned: list[tuple[int, str]] = []
    platform.answer(ME, Reply(status, {"id": 1}, {"X-Rate-Limit-Remaining": "7"}))

    def learn(status: int, headers: Mapping[str, str]) -> None:
        learned.append((status, headers["x-rate-limit-remaining"]))

    try:
        client.get("access-token", ME, learn=learn)
    except RateLimitedError:
        assert status == 429
    assert learned == [(status, "7")]
