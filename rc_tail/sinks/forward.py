"""``--forward-to``: posts events exactly as RingCentral's webhooks come, with their handshake.

What holds for RingCentral is here as well, so that a handler that works here works there (developer
guide, "Creating Webhooks"): the handshake, its time limit, and its errors in the service's words.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from rc_tail.config.tail_options import SinkRequest
from rc_tail.errors import (
    CertificateError,
    ConfigError,
    NoAnswerError,
    RcTailError,
    UnexpectedAnswerError,
    UnreachableError,
    UsageError,
)
from rc_tail.gateway.event_key import event_key
from rc_tail.gateway.messages import Notification
from rc_tail.network.server_address import is_loopback
from rc_tail.network.tls import make_tls_context
from rc_tail.output.json_lines import json_line
from rc_tail.rest.http import HttpClient, HttpRequest, HttpResponse, ended_unanswered
from rc_tail.sinks.event_words import event_words
from rc_tail.sinks.parallel import Parallel
from rc_tail.sinks.secret_file import read_secret
from rc_tail.sinks.sink import RefusedError, Sink, SinkContext, TryAgainError
from rc_tail.system.clocks import clock, wall_of
from rc_tail.text.escape import visible
from rc_tail.text.retry_after import retry_after

TIMEOUT = 3.0  # seconds, as RingCentral waits
_MOST_BODY = 1024  # bytes of the answer to the handshake
_AGAIN = frozenset({408, 425, 429})
_VALIDATION = "validation-token"
_PRIVATE_NAMES = ("authorization", "proxy-authorization", "cookie")
_PRIVATE_ENDS = ("-key", "-token")
# What rc-tail sends itself.
_OWN = frozenset({"content-type", "content-length", "host", "rc-key", "rc-source"})


def check(request: SinkRequest, *, allows_plain: bool) -> None:
    """Check the address and the headers.

    Raises:
        UsageError: One is invalid.
    """
    forward_address(request.address, allows_plain=allows_plain)
    _headers(request.values["forward_headers"])
    for option in ("forward_header_file", "forward_token_file"):
        path = request.values[option]
        if path is not None and str(path) != "-" and not path.exists():
            name = f"--{option.replace('_', '-')}"
            raise UsageError(f"{name}: {visible(str(path))} does not exist")


def make(request: SinkRequest, context: SinkContext) -> Sink:
    """Make the sink of a command line.

    Raises:
        UsageError: The address, a header or a file is invalid.
    """
    values = request.values
    url = forward_address(request.address, allows_plain=context.allows_plain)
    headers = _headers(values["forward_headers"])
    if (path := values["forward_header_file"]) is not None:
        headers |= _headers_in(path, context)
    if (path := values["forward_token_file"]) is not None:
        token = read_secret(path, "--forward-token-file", context.warn)
        context.add_secret(token)
        if not (token.isascii() and token.isprintable()):
            raise UsageError(
                "--forward-token-file: the token is not one line of printable ASCII characters"
            )
        headers["Verification-Token"] = token
    return Forward(
        url,
        headers=headers,
        jobs=values["forward_jobs"] or 1,
        timeout=values["forward_timeout"] or TIMEOUT,
        handshake=values["handshake"],
        note=context.note,
    )


def forward_address(text: str, *, allows_plain: bool) -> str:
    """Return the whole address of a receiver: ``localhost:3000/hook`` means plain HTTP.

    Raises:
        UsageError: It is not an address, holds a password, or is unencrypted for another machine.
    """
    if "://" not in text:
        host = urlsplit(f"//{text}").hostname or ""
        text = f"{'http' if is_loopback(host) else 'https'}://{text}"
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
        parts.port  # noqa: B018 - it is checked when it is read
    except ValueError as error:
        raise UsageError(f"--forward-to: invalid address: {error}") from error
    if parts.scheme not in ("http", "https") or not host:
        raise UsageError(
            "--forward-to needs an http or https address",
            hint="For example localhost:3000/hook or https://example.com/hook.",
        )
    if parts.username is not None or parts.password is not None:
        raise UsageError(
            "--forward-to: the address contains a user name or password",
            hint="Put an Authorization header into a file for --forward-header-file.",
        )
    if any(ord(char) <= ord(" ") or ord(char) == 0x7F for char in text):
        raise UsageError("--forward-to: the address contains blanks or control characters")
    if parts.scheme == "http" and not is_loopback(host) and not allows_plain:
        raise UsageError(
            f"--forward-to: plain http to {visible(host)} is not encrypted",
            hint="Use https, or --sink-insecure if the network between is trusted.",
        )
    return urlunsplit(parts._replace(fragment="", path=parts.path or "/"))


def _headers(lines: Sequence[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        name, value = _header(line, "--forward-header")
        low = name.lower()
        if low in _PRIVATE_NAMES or low.endswith(_PRIVATE_ENDS):
            # Without the value: it may be a secret.
            raise UsageError(
                f"--forward-header: {name} may hold a secret, and others can read options",
                hint="Put the header into a file for --forward-header-file.",
            )
        headers[name] = value
    return headers


def _headers_in(path: Path, context: SinkContext) -> dict[str, str]:
    headers: dict[str, str] = {}
    option = "--forward-header-file"
    lines = read_secret(path, option, context.warn).splitlines()
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, value = _header(line, f"{option}, line {number}")
        context.add_secret(value)
        headers[name] = value
    return headers


def _header(line: str, option: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    name, value = name.strip(), value.strip()
    is_name = name.isascii() and name.replace("-", "").replace("_", "").isalnum()
    is_value = value.isascii() and value.isprintable()
    if not colon or not is_name or not is_value:
        raise UsageError(f"{option}: a header has the form 'Name: value'")
    if name.lower() in _OWN:
        raise UsageError(f"{option}: rc-tail sets {name} itself")
    return name, value


class Forward(Sink):
    """Posts events to one address.

    Args:
        url: Whole, checked.
        headers: Sent with every request.
        jobs: How many requests are under way at once.
        timeout: Seconds that an answer may take.
        handshake: Whether the receiver must first prove that it expects webhooks.
        note: Called after each request with what became of it; None where nobody reads it.
    """

    notes_deliveries = True

    def __init__(
        self,
        url: str,
        *,
        headers: Mapping[str, str],
        jobs: int,
        timeout: float,
        handshake: bool,
        note: Callable[[str], None] | None = None,
    ) -> None:
        # Without the query, which may hold a secret.
        self._shown_url = url.partition("?")[0]
        self.name = f"forward:{self._shown_url}"
        self.most = jobs
        self._url = url
        self._headers = dict(headers)
        self._timeout = timeout
        self._handshake = handshake
        self._note = note
        self._client = HttpClient(lambda: make_tls_context(None), timeout=timeout)
        self._parallel = Parallel(jobs, self._post)

    def open(self) -> None:
        """Make the handshake.

        Raises:
            ConfigError: The receiver does not answer as RingCentral demands.
            UnreachableError: It cannot be reached.
        """
        if not self._handshake:
            return
        token = secrets.token_hex(16)
        try:
            response = self._send(b"", {"Validation-Token": token})
        except CertificateError as error:
            raise _handshake_error(
                "SUB-524", f"the certificate is not trusted: {error.message}"
            ) from error
        except UnexpectedAnswerError as error:
            raise _handshake_error("SUB-525", "WebHook server response is invalid") from error
        except UnreachableError as error:
            if is_loopback(urlsplit(self._url).hostname or ""):
                error.hint = "Start the receiver, or correct the address of --forward-to."
            raise
        _check_handshake(response, token)

    def examine(self) -> Sequence[str]:
        """Make the handshake; return that it was made, or left out."""
        self.open()
        return ("handshake answered" if self._handshake else "handshake left out: not connected",)

    def deliver(self, batch: Sequence[Notification]) -> int:
        """Post the first event, and others at the same time."""
        return self._parallel.deliver(batch)

    def offer_more(self) -> None:
        """Let a running `deliver` begin with what has come."""
        self._parallel.offer_more()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _post(self, event: Notification) -> bool:
        key = visible(event_key(event).text)
        headers = {"Content-Type": "application/json", "Rc-Key": key}
        if event.is_past:
            headers["Rc-Source"] = "history"
        began = clock()
        try:
            response = self._send(json_line(event)[:-1], headers)
        except RcTailError as error:
            self._note_outcome("no answer to", event, began)
            # Without a connection the receiver has not seen the event, and loses no try by it.
            is_about_event = isinstance(error, UnexpectedAnswerError) or (
                isinstance(error, NoAnswerError) and not ended_unanswered(error)
            )
            raise TryAgainError(error.message, is_about_event=is_about_event) from error
        self._note_outcome(str(response.status), event, began)
        _check_answer(response)
        return True

    def _note_outcome(self, outcome: str, event: Notification, began: float) -> None:
        if self._note is not None:
            took = (clock() - began) * 1000
            words = f"{outcome} POST {self._shown_url} {event_words(event)} ({took:.0f} ms)"
            self._note(f"forward: {words}")

    def _send(self, body: bytes, headers: Mapping[str, str]) -> HttpResponse:
        sent = {"Accept": "*/*", **self._headers, **headers}
        return self._client.send(HttpRequest("POST", self._url, sent, body=body))


def _check_answer(response: HttpResponse) -> None:
    status = response.status
    if 200 <= status < 300:
        return
    reason = f"answered with HTTP {status}"
    if status in _AGAIN or status >= 500:
        raise TryAgainError(
            reason,
            after=retry_after(response.headers, wall_of(clock())),
            is_about_event=True,
            status=status,
        )
    if 300 <= status < 400:
        reason += ", a redirect, which is not followed"
    raise RefusedError(reason, status=status)


def _check_handshake(response: HttpResponse, token: str) -> None:
    if response.status != 200:
        words = f"WebHook responds with incorrect HTTP status. HTTP status is {response.status}"
        raise _handshake_error("SUB-522", words)
    if response.headers.get(_VALIDATION) != token:
        raise _handshake_error("SUB-520", "WebHook does not return the header Validation-Token")
    if len(response.body) > _MOST_BODY:
        raise _handshake_error("SUB-525", "WebHook server response is invalid")


_CURES = {
    "SUB-520": "Copy the header Validation-Token of the request into the answer.",
    "SUB-522": "Answer the request that has a Validation-Token header with status 200.",
    "SUB-524": "Use a certificate of a known authority; its names must include the host.",
    "SUB-525": "Answer with at most 1024 bytes of body and a valid HTTP header.",
}


def _handshake_error(code: str, words: str) -> ConfigError:
    """Return what RingCentral would say when a subscription to this webhook is created."""
    cure = (
        f"{_CURES[code]} RingCentral makes the same check when a webhook is created; "
        "--no-handshake skips it here."
    )
    return ConfigError(f"--forward-to: {code}: {words}", hint=cure, code=code)
