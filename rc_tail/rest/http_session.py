"""The session of requests as rc-tail uses it: our own connections, and nothing from elsewhere."""

import ssl
import threading
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from rc_tail import __version__
from rc_tail.network.connect import Deadline, connect
from rc_tail.network.proxies import proxy_for

_AGENT = f"rc-tail/{__version__}"


class _Connection(HTTPConnection):
    def connect(self) -> None:
        self.sock = _open_socket(self, None)


class _TlsConnection(HTTPSConnection):
    def connect(self) -> None:
        self.sock = _open_socket(self, self.ssl_context)
        # The context demands a trusted certificate of the right name.
        self.is_verified = True


class Attempt:
    """How far an exchange has come; a connection that is used again is there from the start."""

    is_connected = True


class _OfThisThread(threading.local):
    """The exchange of this thread."""

    attempt = Attempt()


of_this_thread = _OfThisThread()


def _open_socket(connection: HTTPConnection, tls: ssl.SSLContext | None) -> Any:
    """Connect as the WebSocket does: same proxies, same deadline, same errors."""
    host, port = connection.host, connection.port
    shown = f"[{host}]" if ":" in host else host
    name = shown if port == connection.default_port else f"{shown}:{port}"
    deadline = Deadline(connection.timeout or 0.0, name)
    attempt = of_this_thread.attempt
    attempt.is_connected = False
    sock = connect(host, port, deadline=deadline, proxy=proxy_for(host, port), tls=tls)
    attempt.is_connected = True
    return sock


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class Adapter(requests.adapters.HTTPAdapter):
    """Opens connections by `rc_tail.network`; trusts what one TLS context trusts.

    requests would load certifi's authorities again each time.

    Args:
        context: None for plain HTTP.
    """

    def __init__(self, context: ssl.SSLContext | None) -> None:
        self._context = context
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools with our connections and our TLS context."""
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


def new_session() -> requests.Session:
    """Return a session that can use plain http; https needs an `Adapter` with a TLS context."""
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
    session.mount("http://", Adapter(None))
    # The TLS context is made when it is needed: loading the authorities costs 15 ms.
    del session.adapters["https://"]
    return session
