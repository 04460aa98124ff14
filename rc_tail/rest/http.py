"""One HTTP request and its answer, within a deadline and a size; the only importer of requests."""

import queue
import ssl
import threading
import time
import urllib.request
from collections.abc import Callable
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from rc_tail import __version__
from rc_tail.errors import UnexpectedAnswerError
from rc_tail.network.server_address import is_loopback
from rc_tail.rest.http_values import HttpRequest, HttpResponse
from rc_tail.rest.network_errors import error_from, host_of, timeout_error
from rc_tail.text.escape import visible
from rc_tail.text.redact import Redactor

# A page of history is some hundred kilobytes; nothing that is asked for comes near this.
MAX_ANSWER = 8 * 1024 * 1024
# A kept connection that was idle for longer may be gone at the other end (servers and NAT drop
# them in silence), and a request that is lost so is not safe to repeat.
IDLE_LIMIT = 5.0
_CHUNK = 64 * 1024
_AGENT = f"rc-tail/{__version__}"


class _Adapter(HTTPAdapter):
    """Trusts what one TLS context trusts; requests would load certifi's again each time."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs, ssl_context=self._context)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        # The context checks the server behind the proxy, and a proxy that speaks TLS itself.
        return super().proxy_manager_for(
            proxy, **kwargs, ssl_context=self._context, proxy_ssl_context=self._context
        )

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:  # noqa: ARG002
        # The context demands a trusted certificate of the right name already.
        conn.cert_reqs = "CERT_REQUIRED"


class HttpClient:
    """Carries requests to one server; may be used by several threads at once.

    It follows no redirect, reads no ``.netrc``, keeps no cookie, and asks for no compression, so
    that an answer is as large as it looks.

    Args:
        tls: Makes the TLS context when the first https request needs it.
        redactor: Is told the passwords of proxies.
        timeout: Seconds that one exchange may take in all, names and handshakes included.
    """

    def __init__(
        self, tls: Callable[[], ssl.SSLContext], *, redactor: Redactor, timeout: float
    ) -> None:
        self._tls = tls
        self._redactor = redactor
        self._timeout = timeout
        self._session: requests.Session | None = None
        self._last_used = 0.0
        self._lock = threading.Lock()

    def send(self, request: HttpRequest, timeout: float | None = None) -> HttpResponse:
        """Send a request and return the answer, whatever its status.

        Args:
            request: What to send.
            timeout: Seconds that this exchange may take; None for the usual.

        Raises:
            UnreachableError: There was no whole answer in time.
            CertificateError: The server's certificate is not trusted.
            UnexpectedAnswerError: The answer is too large or of a form that was not asked for.
            ConfigError: The proxy's address cannot be used.
            SystemRefusedError: There is no file descriptor left.
        """
        # On a thread of its own, since neither names nor headers that drip in obey a time-out.
        done: queue.SimpleQueue[HttpResponse | BaseException] = queue.SimpleQueue()
        allowed = self._timeout if timeout is None else timeout
        worker = threading.Thread(
            target=self._carry, args=(request, allowed, done), name="rest", daemon=True
        )
        worker.start()
        try:
            result = done.get(timeout=allowed)
        except queue.Empty:
            raise timeout_error(request.url, allowed) from None
        worker.join()
        if isinstance(result, BaseException):
            raise result
        return result

    def close(self) -> None:
        """Close the connections that are kept open."""
        with self._lock:
            if self._session is not None:
                self._session.close()
                self._session = None

    def _carry(
        self,
        request: HttpRequest,
        allowed: float,
        done: "queue.SimpleQueue[HttpResponse | BaseException]",
    ) -> None:
        try:
            done.put(self._exchange(request, allowed))
        except (requests.RequestException, HTTPError) as error:
            done.put(error_from(error, request.url, allowed))
        except BaseException as error:  # noqa: BLE001 - it is raised again on the asking thread
            done.put(error)

    def _exchange(self, request: HttpRequest, allowed: float) -> HttpResponse:
        started = time.monotonic()
        session = self._ready_session(request.url)
        with session.request(
            request.method,
            request.url,
            headers=dict(request.headers),
            params=dict(request.params),
            data=None if request.form is None else dict(request.form),
            proxies=self._proxies(request.url),
            timeout=allowed,
            allow_redirects=False,
            stream=True,
        ) as response:
            body = self._read(response, request.url, started, allowed)
        self._last_used = time.monotonic()
        headers = {name.lower(): value for name, value in response.headers.items()}
        return HttpResponse(response.status_code, headers, body, time.monotonic() - started)

    def _read(self, response: requests.Response, url: str, started: float, allowed: float) -> bytes:
        encoding = response.headers.get("Content-Encoding", "identity")
        if encoding.lower() != "identity":
            raise UnexpectedAnswerError(
                f"{host_of(url)} answered in an encoding that was not asked for: "
                f"{visible(encoding)[:40]}"
            )
        parts: list[bytes] = []
        size = 0
        # What is there already, not the whole chunk: a body that drips in meets the deadline too.
        read = getattr(response.raw, "read1", response.raw.read)
        while part := read(_CHUNK):
            parts.append(part)
            size += len(part)
            if size > MAX_ANSWER:
                raise UnexpectedAnswerError(
                    f"{host_of(url)} answered with more than {MAX_ANSWER} bytes"
                )
            if time.monotonic() - started > allowed:
                raise timeout_error(url, allowed)
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
        session = requests.Session()
        session.trust_env = False  # neither .netrc nor a CA bundle that was meant for others
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        session.headers.clear()
        session.headers.update(
            {
                "User-Agent": _AGENT,
                # RingCentral's SDKs name themselves in this one.
                "X-User-Agent": _AGENT,
                "Accept": "application/json",
                "Accept-Encoding": "identity",
            }
        )
        # The TLS context is made when it is needed: loading the authorities costs 15 ms.
        del session.adapters["https://"]
        return session

    def _proxies(self, url: str) -> dict[str, str]:
        proxies = environment_proxies(url)
        for proxy in proxies.values():
            self._redactor.add(urlsplit(proxy).password)
        return proxies


def environment_proxies(url: str) -> dict[str, str]:
    """Return the proxies for `url` by scheme, from ``HTTPS_PROXY``, ``NO_PROXY`` and their kin.

    This machine is never reached through a proxy.
    """
    host = urlsplit(url).hostname or ""
    if is_loopback(host) or requests.utils.should_bypass_proxies(url, no_proxy=None):
        return {}
    return {k: v for k, v in urllib.request.getproxies().items() if k in ("http", "https", "all")}
