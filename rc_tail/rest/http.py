"""One HTTP request and its response, within a deadline and a size."""

import contextlib
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import ClassVar
from urllib.parse import urlsplit

import msgspec
import requests
from urllib3.exceptions import HTTPError, LocationParseError
from urllib3.exceptions import TimeoutError as ReadTimeout

from rc_tail.errors import (
    ConfigError,
    NoAnswerError,
    RcTailError,
    UnexpectedAnswerError,
    UnreachableError,
)
from rc_tail.network.network_errors import error_from, timeout_error, unreachable_error
from rc_tail.rest.http_session import Adapter, Attempt, new_session, of_this_thread
from rc_tail.system.deadline import DeadlineExceededError, run_with_deadline
from rc_tail.text.escape import visible
from rc_tail.text.secret_struct import SecretStruct

# A page of past events is some hundred kilobytes; no other response comes near this.
MAX_ANSWER = 8 * 1024 * 1024
# An answer about tokens is some kilobytes.
MAX_SHORT_ANSWER = 256 * 1024
# A connection that was idle for longer may be dead (servers and NAT drop them without notice), and
# a request that is lost on one is not safe to repeat.
IDLE_LIMIT = 5.0
_CHUNK = 64 * 1024
_AS_IT_IS = "identity"

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
        self._tls = tls
        self._timeout = timeout
        self._session: requests.Session | None = None
        self._last_used = 0.0
        self._lock = threading.Lock()

    def send(self, request: HttpRequest, timeout: float | None = None) -> HttpResponse:
        """Send a request and return the response, whatever its status.

        Args:
            timeout: Seconds for this exchange; None for the client's.

        Raises:
            UnreachableError: No connection.
            NoAnswerError: There was one, and no complete response in time.
            CertificateError: The server's certificate is not trusted.
            UnexpectedAnswerError: The response is too large or in an encoding not requested.
            ConfigError: The proxy's address cannot be used.
            SystemRefusedError: There is no file descriptor left.
        """
        seconds = self._timeout if timeout is None else timeout
        attempt = Attempt()
        with _explained(request.url, seconds, attempt):
            # On a thread: headers that drip in obey no time-out.
            return run_with_deadline(
                lambda: self._exchange(request, seconds, attempt), seconds, name="rest"
            )

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
        attempt, seconds = Attempt(), self._timeout
        with _explained(request.url, seconds, attempt):
            response = run_with_deadline(
                lambda: self._open(request, seconds, attempt), seconds, name="rest"
            )
            started = time.monotonic()
            with response:
                headers = _headers_of(response)
                take, body = receive(response.status_code, headers), b""
                if take is None:
                    body = self._read(response, request, started, seconds)
                else:
                    _pass_on(response, take, request.url, longest)
        self._last_used = time.monotonic()
        return HttpResponse(response.status_code, headers, body, time.monotonic() - started)

    def close(self) -> None:
        """Close the idle connections."""
        with self._lock:
            if self._session is not None:
                self._session.close()
                self._session = None

    def _exchange(self, request: HttpRequest, seconds: float, attempt: Attempt) -> HttpResponse:
        started = time.monotonic()
        with self._open(request, seconds, attempt) as response:
            body = self._read(response, request, started, seconds)
        self._last_used = time.monotonic()
        passed = time.monotonic() - started
        return HttpResponse(response.status_code, _headers_of(response), body, passed)

    def _open(self, request: HttpRequest, seconds: float, attempt: Attempt) -> requests.Response:
        """Send a request; return the response with its body unread."""
        of_this_thread.attempt = attempt
        return self._ready_session(request.url).request(
            request.method,
            request.url,
            # As they are: requests takes only Latin-1 for text.
            headers={name: value.encode() for name, value in request.headers.items()},
            params=dict(request.params),
            data=request.body if request.form is None else dict(request.form),
            timeout=seconds,
            allow_redirects=False,
            stream=True,
        )

    def _read(
        self, response: requests.Response, request: HttpRequest, started: float, seconds: float
    ) -> bytes:
        url = request.url
        is_page = "html" in response.headers.get("Content-Type", "").lower()
        if is_page and _encoding_of(response) != _AS_IT_IS:
            # Whose page it is does not depend on its contents.
            return b""
        parts: list[bytes] = []
        size = 0
        for part in _pieces(response, url):
            parts.append(part)
            size += len(part)
            if size > request.limit:
                if is_page:
                    # Its beginning says whose it is.
                    break
                raise UnexpectedAnswerError(
                    f"{_name_of(url)} answered with more than {request.limit} bytes"
                )
            if time.monotonic() - started > seconds:
                raise timeout_error(_name_of(url), seconds)
        return b"".join(parts)

    def _ready_session(self, url: str) -> requests.Session:
        with self._lock:
            if self._session is None:
                self._session = new_session()
            elif time.monotonic() - self._last_used > IDLE_LIMIT:
                for adapter in self._session.adapters.values():
                    adapter.close()
            session = self._session
            if url.startswith("https:") and "https://" not in session.adapters:
                session.mount("https://", Adapter(self._tls()))
        return session


def ended_unanswered(error: NoAnswerError) -> bool:
    """Whether the connection was closed before an answer, as opposed to a time-out.

    A container proxy or a tunnel does this while no process listens behind it.
    """
    return any(isinstance(cause, ConnectionError) for cause in _causes(error))


def _headers_of(response: requests.Response) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}


def _encoding_of(response: requests.Response) -> str:
    return response.headers.get("Content-Encoding", _AS_IT_IS).lower()


def _pieces(response: requests.Response, url: str) -> Iterator[bytes]:
    """Yield the body as it comes.

    Raises:
        UnexpectedAnswerError: It is in an encoding that was not requested.
    """
    if (encoding := _encoding_of(response)) != _AS_IT_IS:
        raise UnexpectedAnswerError(
            f"{_name_of(url)} answered in an encoding that was not requested: "
            f"{visible(encoding)[:40]}"
        )
    # What has arrived, not the whole chunk: a body that drips in meets the deadline too.
    read = getattr(response.raw, "read1", response.raw.read)
    while part := read(_CHUNK):
        yield part


def _pass_on(
    response: requests.Response, take: Callable[[bytes], None], url: str, longest: float
) -> None:
    started = time.monotonic()
    for part in _pieces(response, url):
        take(part)
        if time.monotonic() - started > longest:
            raise timeout_error(_name_of(url), longest)


@contextlib.contextmanager
def _explained(url: str, seconds: float, attempt: Attempt) -> Iterator[None]:
    """Turn what requests raises into our errors."""
    try:
        yield
    except DeadlineExceededError:
        raise _failure(timeout_error(_name_of(url), seconds), attempt) from None
    except (requests.RequestException, HTTPError) as error:
        raise _failure(_error_from(error, url, seconds), attempt) from error


def _failure(error: RcTailError, attempt: Attempt) -> RcTailError:
    """Return an error that says whether there was a connection."""
    if attempt.is_connected and type(error) is UnreachableError:
        return NoAnswerError(error.message, hint=error.hint)
    return error


def _name_of(url: str) -> str:
    """Return host and port of `url`, for messages."""
    return visible(urlsplit(url).netloc.rpartition("@")[2])


def _error_from(
    error: requests.RequestException | HTTPError, url: str, seconds: float
) -> RcTailError:
    """Return what an error of requests, or of urllib3 below it, means.

    Failures to connect are not among them: `rc_tail.network` has its own errors.
    """
    name = _name_of(url)
    if isinstance(error, requests.Timeout | ReadTimeout):
        return timeout_error(name, seconds)
    if isinstance(error, requests.exceptions.InvalidURL | LocationParseError):
        return ConfigError(f"invalid address {name}: {visible(str(error))[:200]}")
    causes = list(_causes(error))
    system = [cause for cause in causes if isinstance(cause, OSError) and cause.strerror]
    if system:
        return error_from(system[-1], name)
    words = str(causes[-1])
    return unreachable_error(name, words.partition("object at 0x")[2] or words)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield `error` and all that it wraps: requests and urllib3 do so in several ways."""
    seen: set[int] = set()
    queue: list[object] = [error]
    while queue:
        current = queue.pop(0)
        if not isinstance(current, BaseException) or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        queue += [current.__cause__, current.__context__, getattr(current, "reason", None)]
        queue += current.args
