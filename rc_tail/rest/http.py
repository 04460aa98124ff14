"""One HTTP request and its response, within a deadline and a size; the only importer of requests."""

import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from http.cookiejar import DefaultCookiePolicy
from typing import Any, ClassVar
from urllib.parse import urlsplit

import msgspec
import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, LocationParseError
from urllib3.exceptions import TimeoutError as ReadTimeout

from rc_tail import __version__
from rc_tail.errors import (
    ConfigError,
    NoAnswerError,
    RcTailError,
    UnexpectedAnswerError,
    UnreachableError,
)
from rc_tail.network.connect import Deadline, connect
from rc_tail.network.network_errors import error_from, timeout_error, unreachable_error
from rc_tail.network.proxies import proxy_for
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
_AGENT = f"rc-tail/{__version__}"

Parameters = Mapping[str, str | Sequence[str]]


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


class _Connection(HTTPConnection):
    def connect(self) -> None:
        self.sock = _open_socket(self, None)


class _TlsConnection(HTTPSConnection):
    def connect(self) -> None:
        self.sock = _open_socket(self, self.ssl_context)
        # The context demands a trusted certificate of the right name.
        self.is_verified = True


class _Attempt:
    """How far an exchange has come; a connection that is used again is there from the start."""

    is_connected = True


class _OfThisThread(threading.local):
    """The exchange of this thread."""

    attempt = _Attempt()


_of_this_thread = _OfThisThread()


def _open_socket(connection: HTTPConnection, tls: ssl.SSLContext | None) -> Any:
    """Connect as the WebSocket does: same proxies, same deadline, same errors."""
    host, port = connection.host, connection.port
    shown = f"[{host}]" if ":" in host else host
    name = shown if port == connection.default_port else f"{shown}:{port}"
    deadline = Deadline(connection.timeout or 0.0, name)
    attempt = _of_this_thread.attempt
    attempt.is_connected = False
    sock = connect(host, port, deadline=deadline, proxy=proxy_for(host, port), tls=tls)
    attempt.is_connected = True
    return sock


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class _Adapter(HTTPAdapter):
    """Opens connections by `rc_tail.network`; trusts what one TLS context trusts.

    requests would load certifi's authorities again each time.

    Args:
        context: None for plain HTTP.
    """

    def __init__(self, context: ssl.SSLContext | None) -> None:
        self._context = context
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        if self._context is not None:
            kwargs["ssl_context"] = self._context
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Leave the check to the TLS context."""


class _Session(requests.Session):
    """Leaves redirects alone: requests would read all of such a response's body before us."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Return that there is none to follow."""


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
        attempt = _Attempt()
        try:
            # On a thread: headers that drip in obey no time-out.
            return run_with_deadline(
                lambda: self._exchange(request, seconds, attempt), seconds, name="rest"
            )
        except DeadlineExceededError:
            raise _failure(timeout_error(_name_of(request.url), seconds), attempt) from None
        except (requests.RequestException, HTTPError) as error:
            raise _failure(_error_from(error, request.url, seconds), attempt) from error

    def close(self) -> None:
        """Close the idle connections."""
        with self._lock:
            if self._session is not None:
                self._session.close()
                self._session = None

    def _exchange(self, request: HttpRequest, seconds: float, attempt: _Attempt) -> HttpResponse:
        _of_this_thread.attempt = attempt
        started = time.monotonic()
        session = self._ready_session(request.url)
        with session.request(
            request.method,
            request.url,
            # As they are: requests takes only Latin-1 for text.
            headers={name: value.encode() for name, value in request.headers.items()},
            params=dict(request.params),
            data=request.body if request.form is None else dict(request.form),
            timeout=seconds,
            allow_redirects=False,
            stream=True,
        ) as response:
            body = self._read(response, request, started, seconds)
        self._last_used = time.monotonic()
        headers = {name.lower(): value for name, value in response.headers.items()}
        return HttpResponse(response.status_code, headers, body, time.monotonic() - started)

    def _read(
        self, response: requests.Response, request: HttpRequest, started: float, seconds: float
    ) -> bytes:
        url = request.url
        is_page = "html" in response.headers.get("Content-Type", "").lower()
        encoding = response.headers.get("Content-Encoding", "identity")
        if encoding.lower() != "identity":
            if is_page:
                # Whose page it is does not depend on its contents.
                return b""
            raise UnexpectedAnswerError(
                f"{_name_of(url)} answered in an encoding that was not requested: "
                f"{visible(encoding)[:40]}"
            )
        parts: list[bytes] = []
        size = 0
        # What has arrived, not the whole chunk: a body that drips in meets the deadline too.
        read = getattr(response.raw, "read1", response.raw.read)
        while part := read(_CHUNK):
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
                self._session = self._new_session()
            elif time.monotonic() - self._last_used > IDLE_LIMIT:
                for adapter in self._session.adapters.values():
                    adapter.close()
            session = self._session
            if url.startswith("https:") and "https://" not in session.adapters:
                session.mount("https://", _Adapter(self._tls()))
        return session

    def _new_session(self) -> requests.Session:
        session = _Session()
        # No .netrc, no CA bundle meant for others, and no second reader of proxy variables.
        session.trust_env = False
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        session.headers.clear()
        session.headers.update(
            {
                "User-Agent": _AGENT,
                # RingCentral's SDKs send their name in this one.
                "X-User-Agent": _AGENT,
                "Accept": "application/json",
                "Accept-Encoding": "identity",
            }
        )
        session.mount("http://", _Adapter(None))
        # The TLS context is made when it is needed: loading the authorities costs 15 ms.
        del session.adapters["https://"]
        return session


def _failure(error: RcTailError, attempt: _Attempt) -> RcTailError:
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
