"""What RingCentral's endpoints answer, as values."""

import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar
from urllib.parse import urlsplit

from rc_tail.config.credentials import Identity
from rc_tail.errors import InsecureAddressError, UnexpectedAnswerError
from rc_tail.events.event_uri import account_id
from rc_tail.network.server_address import is_loopback
from rc_tail.text.escape import is_plain, visible
from rc_tail.text.lenient_json import loads_object
from rc_tail.text.secret_struct import SecretStruct

_LONGEST = 366 * 24 * 3600
# Characters. Lengths are compared before anything else is done with a text.
_LONGEST_TOKEN = 8192
_LONGEST_URI = 4096
_LONGEST_TEXT = 16 * 1024
_LONGEST_ID = 64


class TokenAnswer(SecretStruct, frozen=True):
    """The answer of the token endpoint (developer guide, "JWT auth flow").

    Attributes:
        expires_in: Its life in seconds, as the service says; never assumed.
        refresh_token: None where the app issues none, which is usual for JWT apps.
        refresh_token_expires_in: Its life in seconds; None if the service does not say.
        owner_id: The extension that the token acts for; may be empty.
        session_id: The OAuth session; empty if the service does not say.
    """

    hidden: ClassVar[frozenset[str]] = frozenset({"access_token", "refresh_token"})

    access_token: str
    expires_in: float
    refresh_token: str | None = None
    refresh_token_expires_in: float | None = None
    scope: tuple[str, ...] = ()
    owner_id: str = ""
    session_id: str = ""


class WsToken(SecretStruct, frozen=True):
    """A token for one connection (developer guide, "Creating a WebSocket connection").

    Attributes:
        uri: Where to connect, ``wss`` unless the server is this machine.
        token: Goes into the query of the address.
        expires_in: Its life in seconds.
    """

    hidden: ClassVar[frozenset[str]] = frozenset({"token"})

    uri: str
    token: str
    expires_in: float


def json_object(body: bytes, what: str) -> dict[str, Any]:
    """Return the JSON object in `body`.

    Args:
        body: The bytes of an answer.
        what: Names the call, for the error.

    Raises:
        UnexpectedAnswerError: It is something else.
    """
    value = loads_object(body)
    if value is None:
        raise _unexpected(what, "is not a JSON object")
    return value


def token_answer(body: Mapping[str, Any]) -> TokenAnswer:
    """Read the answer of the token endpoint.

    Raises:
        UnexpectedAnswerError: It lacks the token or its life.
    """
    what = "login"
    refresh = body.get("refresh_token")
    has_refresh = isinstance(refresh, str) and bool(refresh)
    return TokenAnswer(
        access_token=_secret(body, "access_token", what),
        expires_in=_seconds(body, "expires_in", what),
        refresh_token=_secret(body, "refresh_token", what) if has_refresh else None,
        refresh_token_expires_in=_optional_seconds(body, "refresh_token_expires_in"),
        scope=tuple(_text(body, "scope").split()),
        owner_id=_text(body, "owner_id"),
        session_id=_text(body, "session_id"),
    )


def ws_token(body: Mapping[str, Any], server: str, mask: Callable[[str], str] = str) -> WsToken:
    """Read the answer of the wstoken endpoint.

    Args:
        mask: Hides secrets in an address that is quoted in an error.

    Raises:
        InsecureAddressError: It uses less security than `server` was reached with.
        UnexpectedAnswerError: It lacks the address or the token.
    """
    what = "WebSocket token"
    uri = body.get("uri")
    if not isinstance(uri, str) or not 0 < len(uri) <= _LONGEST_URI or not is_plain(uri):
        raise _unexpected(what, "has no address to connect to")
    _check_gateway(uri, server, visible(mask(uri))[:200])
    return WsToken(
        uri, _secret(body, "ws_access_token", what), _seconds(body, "expires_in", what, zero=True)
    )


def _check_gateway(uri: str, server: str, shown: str) -> None:
    try:
        parts = urlsplit(uri)
        host = parts.hostname or ""
    except ValueError:
        parts, host = urlsplit(""), ""
    if parts.scheme not in ("ws", "wss") or not host:
        raise _unexpected("WebSocket token", f"has no WebSocket address: {shown}")
    if parts.scheme == "wss":
        return
    if server.startswith("https:") or not is_loopback(host):
        raise InsecureAddressError(
            f"{server} requested a connection without TLS: {shown}",
            hint="Events would be sent unencrypted, so rc-tail does not connect.",
        )


def identity(body: Mapping[str, Any], server: str) -> Identity:
    """Read the answer to "who am I" (API reference, "Get Extension").

    Raises:
        UnexpectedAnswerError: It lacks the id.
    """
    extension_id = _id(body.get("id"))
    if not extension_id:
        raise _unexpected("who-am-I", "has no extension id")
    contact = body.get("contact")
    account = body.get("account")
    named = _id(account.get("id")) if isinstance(account, dict) else ""
    return Identity(
        account_id=named or account_id(_text(body, "uri")),
        extension_id=extension_id,
        extension_number=_id(body.get("extensionNumber")),
        name=_text(body, "name"),
        email=_text(contact, "email") if isinstance(contact, dict) else "",
        server=server,
    )


def _id(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or len(value) > _LONGEST_ID:
        return ""
    return value if is_plain(value) else ""


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) and len(value) <= _LONGEST_TEXT else ""


def _secret(body: Mapping[str, Any], name: str, what: str) -> str:
    """A token goes into headers and addresses: visible ASCII, nothing else."""
    value = body.get(name)
    if not isinstance(value, str) or len(value) > _LONGEST_TOKEN:
        raise _unexpected(what, f"has no usable {name}")
    if not re.fullmatch(r"[!-~]+", value):
        raise _unexpected(what, f"has no usable {name}")
    return value


def _seconds(body: Mapping[str, Any], name: str, what: str, *, zero: bool = False) -> float:
    value = _optional_seconds(body, name)
    if value is None or (value == 0 and not zero):
        raise _unexpected(what, f"has no usable {name}")
    return value


def _optional_seconds(body: Mapping[str, Any], name: str) -> float | None:
    value = body.get(name)
    if isinstance(value, str) and len(value) < 10 and re.fullmatch(r"\d+", value, re.ASCII):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # A comparison is false for NaN.
    return float(value) if 0 <= value <= _LONGEST else None


def _unexpected(what: str, reason: str) -> UnexpectedAnswerError:
    return UnexpectedAnswerError(
        f"RingCentral's answer to the {what} call {reason}",
        hint="Check --server: is it RingCentral's address?",
    )
