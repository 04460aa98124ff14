"""One HTTP request and its response, within a deadline and a size."""

import contextlib
import http.client
import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import ClassVar, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from rc_tail import __version__
from rc_tail.errors import (
    NoAnswerError,
    RcTailError,
    UnexpectedAnswerError,
    UnreachableError,
)
from rc_tail.network.network_errors import error_from, timeout_error, unreachable_error
from rc_tail.rest.http_connections import HttpConnection, HttpConnections, server_port, shown_host
from rc_tail.system.deadline import DeadlineExceededError, run_with_deadline
from rc_tail.text.escape import visible
from rc_tail.text.secret_struct import SecretStruct

# A page of past events is some hundred kilobytes; no other response comes near this.
MAX_ANSWER = 8 * 1024 * 1024
# An answer about tokens is some kilobytes.
MAX_SHORT_ANSWER = 256 * 1024
_CHUNK = 64 * 1024
_AS_IT_IS = "identity"
_AGENT = f"rc-tail/{__version__}"
_HEADERS = {
    "User-Agent": _AGENT,
    # RingCentral's SDKs send their name in this one.
    "X-User-Agent": _AGENT,
    "Accept": "application/json",
    "Accept-Encoding": _AS_IT_IS,
}
# What a target may contain as it is (RFC 3986, section 2.2), and percent signs.
_TARGET = "!#$%&'()*+,/:;=?@[]~"

_Result = TypeVar("_Result")
Parameters = Mapping[str, str | Sequence[str]]
# Given status and headers (by name in lower case), returns what takes the body piece by piece; None
# to have it read as a short one.
Receive = Callable[[int, Mapping[str, str]], Callable[[bytes], None] | None]


class HttpRequest(SecretStruct, frozen=True):
    """A request.

    Attributes:
        method: In capitals.
        url: Absolute, without query.
        headers: Beyond those that every request carries.
        params: The query; a sequence of values repeats the name.
        form: The fields of a form body; None for none.
        body: The bytes of any other body; None for none.
        limit: The most bytes that the response's body may have.
    """

    hidden: ClassVar[frozenset[str]] = frozenset({"headers", "form", "body"})

    method: str
    url: str
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    params: Parameters = msgspec.field(default_factory=dict)
    form: Mapping[str, str] | None = None
    body: bytes | None = None
    limit: int = MAX_ANSWER


class HttpResponse(SecretStruct, frozen=True):
    """A response.

    Attributes:
        headers: By name in lower case.
        body: The bytes as sent.
    """

    hidden: ClassVar[frozenset[str]] = frozenset({"body"})

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float


class HttpClient:
    """Sends requests to one server; may be used by several threads at once.

    It follows no redirect, reads no ``.netrc``, stores no cookie, and requests no compression, so
    that a response is as large as it looks.

    Args:
        tls: Makes the TLS context when the first https request needs it.
        timeout: Seconds for one exchange in all, name resolution and handshakes included.
    """

    def __init__(self, tls: Callable[[], ssl.SSLContext], *, timeout: float) -> None:
        self._connections = HttpConnections(tls)
        self._timeout = timeout

    def send(self, request: HttpRequest, timeout: float | None = None) -> HttpResponse:
        """Send a request and return the response, whatever its status.

        Args:
            timeout: Seconds for this exchange; None for the client's.

        Raises:
            UnreachableError: No connection.
            NoAnswerError: There was one, and no complete response in time.
            CertificateError: The server's certificate is not trusted.
            UnexpectedAnswerError: The response is too large or in an encoding not requested.
            ConfigError: The address, or the proxy's, cannot be used.
            SystemRefusedError: There is no file descriptor left.
        """
        exchange = self._exchange(request, self._timeout if timeout is None else timeout)

        def work() -> HttpResponse:
            exchange.start()
            return self._finish(exchange)

        # On a thread: headers that drip in obey no time-out.
        return exchange.on_thread(work)

    def download(self, request: HttpRequest, receive: Receive, *, longest: float) -> HttpResponse:
        """Send a request, and pass on the response's body as it comes, however large.

        Args:
            receive: Called once with status and headers. What it and its result raise is raised.
            longest: Seconds that the body may take; the client's time-out holds for the headers,
                and for each wait for more of the body.

        Returns:
            The response; without its body if that was passed on.

        Raises:
            RcTailError: As `send`; `NoAnswerError` also for a body that ends early.
        """
        exchange = self._exchange(request, self._timeout)
        exchange.on_thread(exchange.start)
        exchange.started = time.monotonic()
        return self._finish(exchange, receive, longest)

    def close(self) -> None:
        """Close the idle connections."""
        self._connections.close()

    def _exchange(self, request: HttpRequest, seconds: float) -> "_Exchange":
        connection = self._connections.take(server_port(request.url))
        return _Exchange(connection, request, seconds)

    def _finish(
        self,
        exchange: "_Exchange",
        receive: Receive = lambda _status, _headers: None,
        longest: float = 0.0,
    ) -> HttpResponse:
        """Read the body, or pass it on; keep the connection for the next request."""
        with exchange.closed_on_error():
            take, body = receive(exchange.status, exchange.headers), b""
            if take is None:
                body = exchange.body()
            else:
                exchange.pass_on(take, longest)
        if exchange.is_over():
            self._connections.give_back(exchange.connection)
        else:
            exchange.close()
        seconds = time.monotonic() - exchange.started
        return HttpResponse(exchange.status, exchange.headers, body, seconds)


class _Exchange:
    """One request and its response on a connection.

    Attributes:
        started: When the time for the body began, in seconds of `time.monotonic`.
        headers: Of the response, by name in lower case.
    """

    status = 0
    headers: Mapping[str, str]

    def __init__(self, connection: HttpConnection, request: HttpRequest, seconds: float) -> None:
        self.connection = connection
        self.started = time.monotonic()
        self._request = request
        self._response: http.client.HTTPResponse | None = None
        self._seconds = seconds
        self._name = shown_host(request.url)

    def on_thread(self, work: Callable[[], _Result]) -> _Result:
        """Run `work` on a thread of its own, within the time-out."""
        with self._explained():
            return run_with_deadline(work, self._seconds, name="rest")

    def start(self) -> None:
        """Send the request, and read the response up to its body."""
        headers, body = _headers_and_body(self._request)
        connection = self.connection
        connection.limit_waits(self._seconds)
        with self.closed_on_error(), self._explained():
            # Who refuses a body unread may have answered why.
            with contextlib.suppress(BrokenPipeError):
                connection.request(self._request.method, _target(self._request), body, headers)
            self._response = response = connection.getresponse()
        self.status, self.headers = response.status, _headers_of(response)

    def is_over(self) -> bool:
        """Return whether the response was read to its end, and the connection is still open."""
        response = self._response
        return response is not None and response.isclosed() and self.connection.sock is not None

    @contextlib.contextmanager
    def closed_on_error(self) -> Iterator[None]:
        """Close the connection when something is raised: what comes on it next is unknown."""
        try:
            yield
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection, which may be the response's by now."""
        self.connection.close()
        if self._response is not None:
            self._response.close()

    def body(self) -> bytes:
        """Return the whole body; of a page that is not from RingCentral, enough to know it."""
        is_page = "html" in self.headers.get("content-type", "").lower()
        if is_page and self._encoding() != _AS_IT_IS:
            # Whose page it is does not depend on its contents.
            return b""
        parts: list[bytes] = []
        size = 0
        for part in self._pieces():
            parts.append(part)
            size += len(part)
            if size > self._request.limit:
                if is_page:
                    # Its beginning says whose it is.
                    break
                raise UnexpectedAnswerError(
                    f"{self._name} answered with more than {self._request.limit} bytes"
                )
            if time.monotonic() - self.started > self._seconds:
                raise timeout_error(self._name, self._seconds)
        return b"".join(parts)

    def pass_on(self, take: Callable[[bytes], None], longest: float) -> None:
        """Pass on the body as it comes."""
        for part in self._pieces():
            take(part)
            if time.monotonic() - self.started > longest:
                raise timeout_error(self._name, longest)

    def _pieces(self) -> Iterator[bytes]:
        """Yield the body as it comes.

        Raises:
            UnexpectedAnswerError: It is in an encoding that was not requested.
        """
        if (encoding := self._encoding()) != _AS_IT_IS:
            raise UnexpectedAnswerError(
                f"{self._name} answered in an encoding that was not requested: "
                f"{visible(encoding)[:40]}"
            )
        response = self._response
        assert response is not None  # noqa: S101 - it was started
        while True:
            with self._explained():
                # What has arrived, not the whole chunk: a body that drips in meets the deadline too.
                part = response.read1(_CHUNK)
                if not part and response.length:
                    raise http.client.IncompleteRead(b"", response.length)
            if not part:
                break
            yield part
        response.close()

    def _encoding(self) -> str:
        return self.headers.get("content-encoding", _AS_IT_IS).lower()

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn what the system and `http.client` raise into our errors."""
        try:
            yield
        except DeadlineExceededError:
            raise self._failure(timeout_error(self._name, self._seconds)) from None
        except TimeoutError as error:
            raise self._failure(timeout_error(self._name, self._seconds)) from error
        except OSError as error:
            raise self._failure(error_from(error, self._name)) from error
        except http.client.HTTPException as error:
            raise self._failure(unreachable_error(self._name, str(error))) from error

    def _failure(self, error: RcTailError) -> RcTailError:
        """Return an error that says whether there was a connection."""
        if self.connection.was_connected and type(error) is UnreachableError:
            return NoAnswerError(error.message, hint=error.hint)
        return error


def _headers_and_body(request: HttpRequest) -> tuple[dict[str, bytes], bytes | None]:
    given = {name.lower() for name in request.headers}
    headers = {name: value for name, value in _HEADERS.items() if name.lower() not in given}
    headers |= request.headers
    body = request.body
    if request.form is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        body = urlencode(request.form).encode()
    # As they are: `http.client` takes only Latin-1 for text.
    return {name: value.encode() for name, value in headers.items()}, body


def _target(request: HttpRequest) -> str:
    """Return path and query as the first line of a request has them."""
    parts = urlsplit(request.url)
    query = "&".join(filter(None, (parts.query, urlencode(request.params, doseq=True))))
    return quote(f"{parts.path or '/'}{'?' if query else ''}{query}", safe=_TARGET)


def _headers_of(response: http.client.HTTPResponse) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in response.headers.items():
        before = headers.get(name.lower())
        headers[name.lower()] = value if before is None else f"{before}, {value}"
    return headers
