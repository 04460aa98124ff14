"""Requests and answers of the REST side, and the shapes of its errors."""

import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import msgspec

Query = Mapping[str, list[str]]


@dataclass(frozen=True)
class Request:
    """A request over HTTP.

    Attributes:
        method: In capitals.
        target: Path and query as received.
        headers: By name in lower case.
        secure: Whether it came over TLS.
    """

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    secure: bool = False

    @cached_property
    def path(self) -> str:
        """The path without the query."""
        return urlsplit(self.target).path

    @cached_property
    def query(self) -> Query:
        """The query's values by name."""
        return parse_qs(urlsplit(self.target).query, keep_blank_values=True)

    @cached_property
    def form(self) -> Mapping[str, str]:
        """The body as a form; the first value where a name is repeated."""
        fields = parse_qs(self.body.decode("utf-8", "replace"), keep_blank_values=True)
        return {name: values[0] for name, values in fields.items()}

    def json(self) -> Any:
        """Return the body as JSON; None when it is empty or invalid."""
        return parse_json(self.body)

    @property
    def base(self) -> str:
        """The address under which the client knows this server."""
        host = self.headers.get("host") or "127.0.0.1"
        return f"{'https' if self.secure else 'http'}://{host}"

    @property
    def gateway(self) -> str:
        """The address of the WebSocket side, as this client can reach it."""
        return self.base.replace("http", "ws", 1) + "/ws"


@dataclass(frozen=True, slots=True)
class ApiCall:
    """A request to a resource, over HTTP or over the socket.

    Attributes:
        method: In capitals.
        path: Without the query and without a slash at the end.
        query: Values by name.
        body: The parsed body; None where there is none.
        base: The server's address for absolute links; empty over the socket, where links are
            relative.
        media: The address for links to attachments.
        headers: Of a request over HTTP, by name in lower case; empty over the socket.
        raw: The body as received over HTTP.
    """

    method: str
    path: str
    query: Query = field(default_factory=dict)
    body: Any = None
    base: str = ""
    media: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes = b""

    @property
    def content_type(self) -> str:
        """The type of the body with its parameters; empty over the socket."""
        return self.headers.get("content-type", "")

    @property
    def media_type(self) -> str:
        """The type of the body without its parameters, in lower case."""
        return self.content_type.partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to a request.

    Attributes:
        body: JSON, bytes, or None for no body.
        headers: Additional headers.
        delay: Seconds to wait before it is sent.
        length: The announced length, as a fault; None for the true one. After a wrong one the
            connection is closed.
    """

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    length: int | None = None

    @property
    def is_ok(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300

    def with_headers(self, headers: Mapping[str, str]) -> Self:
        """Return this answer with more headers."""
        return replace(self, headers={**self.headers, **headers})

    def payload(self) -> bytes:
        """Return the encoded body."""
        if isinstance(self.body, bytes):
            return self.body
        if self.body is None:
            return b""
        return compact(self.body)


def error_answer(status: int, code: str, message: str, **more: Any) -> Answer:
    """Return an error in the shape of the resources: the old pair of fields and the list.

    Args:
        code: Such as ``CMN-102``.
        more: Additional fields, such as ``permissionName``.
    """
    error = {"errorCode": code, "message": message, **more}
    return Answer(status, {**error, "errors": [error]})


def oauth_error(status: int, error: str, code: str, message: str) -> Answer:
    """Return an error of the token endpoint: RFC 6749's fields and the list.

    Args:
        error: RFC 6749's word, such as ``invalid_grant``.
        code: Such as ``OAU-210``.
    """
    errors = [{"errorCode": code, "message": message}]
    return Answer(status, {"error": error, "error_description": message, "errors": errors})


def permission_missing(name: str) -> Answer:
    """Return the error for a missing app permission."""
    return error_answer(403, "CMN-401", permission_message(name), permissionName=name)


def permission_message(name: str) -> str:
    """Return RingCentral's message for a missing app permission."""
    return f"In order to call this API endpoint, application needs to have [{name}] permission"


def not_found() -> Answer:
    """Return the error for an unknown path."""
    return error_answer(404, "CMN-120", "Invalid URI")


def parse_json(data: bytes) -> Any:
    """Return `data` as JSON; None when it is empty or invalid."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def compact(value: Any) -> bytes:
    """Return `value` as JSON without spaces: one SDK searches for ``"type":"..."`` literally."""
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        # A lone surrogate from a client, which UTF-8 cannot encode.
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-8", "replace")


def media_twin(base: str) -> str:
    """Return the address of the server's twin for attachments.

    RingCentral serves them from ``media.`` in place of ``platform.`` (developer guide, "Media").
    """
    return base.replace("://platform.", "://media.", 1)


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine: ``localhost``, ``127.0.0.0/8`` or ``::1``."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
