"""Which proxy stands between this machine and a gateway, and how it is asked for a tunnel."""

import base64
import ipaddress
import re
import urllib.request
from typing import ClassVar
from urllib.parse import unquote, urlsplit

from rc_tail import __version__
from rc_tail.errors import ConfigError
from rc_tail.network.server_address import is_loopback
from rc_tail.text.escape import visible
from rc_tail.text.secret_struct import SecretStruct

_HINT = (
    "Proxies are taken from HTTPS_PROXY and ALL_PROXY, and are http:// addresses; NO_PROXY "
    "exempts hosts."
)
_STATUS = re.compile(rb"HTTP/1\.[01] +(\d{3})(?: +([^\r\n]*))?\r?\n")


class Proxy(SecretStruct, frozen=True):
    """An HTTP proxy.

    Attributes:
        host: Its name or address.
        port: Its port.
        user: With whom to log in there; empty for nobody.
        password: The user's.
    """

    hidden: ClassVar[frozenset[str]] = frozenset({"password"})

    host: str
    port: int
    user: str = ""
    password: str = ""

    def request(self, host: str, port: int) -> bytes:
        """Return the request for a tunnel to `host` and `port` (RFC 9110, section 9.3.6)."""
        target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        lines = [
            f"CONNECT {target} HTTP/1.1",
            f"Host: {target}",
            f"User-Agent: rc-tail/{__version__}",
        ]
        if self.user or self.password:
            login = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
            lines.append(f"Proxy-Authorization: Basic {login}")
        return "\r\n".join([*lines, "", ""]).encode()


def tunnel_refusal(answer: bytes) -> str:
    """Return why a proxy opened no tunnel, from the head of its answer; empty when it did."""
    match = _STATUS.match(answer)
    if match is None:
        return "it did not answer as an HTTP proxy does"
    if match[1].startswith(b"2"):
        return ""
    words = visible((match[2] or b"").decode(errors="replace").strip())[:100]
    return f"status {match[1].decode()}{f', {words}' if words else ''}"


def proxy_for(host: str, port: int) -> Proxy | None:
    """Return the proxy that the environment names for a secure gateway.

    Args:
        host: The gateway's. This machine is never reached through a proxy.
        port: The gateway's.

    Returns:
        The proxy, or None when the gateway is reached directly.

    Raises:
        ConfigError: The proxy's address cannot be used.
    """
    if is_loopback(host):
        return None
    # Also what macOS has in its settings, when no variable is set.
    proxies = urllib.request.getproxies()
    address = proxies.get("https") or proxies.get("all")
    if not address or _is_exempt(host, port, proxies.get("no", "")):
        return None
    return _parse(address)


def _is_exempt(host: str, port: int, exempt: str) -> bool:
    shown = f"[{host}]" if ":" in host else host
    if urllib.request.proxy_bypass(f"{shown}:{port}"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return any(_holds(part.strip(), address) for part in exempt.split(","))


def _holds(part: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    # Networks are what Python's own reading of NO_PROXY leaves out.
    try:
        return address in ipaddress.ip_network(part, strict=False)
    except ValueError:
        return False


def _parse(address: str) -> Proxy:
    if "://" not in address:
        address = f"http://{address}"
    try:
        parts = urlsplit(address.strip())
        port = parts.port or 80
    except ValueError:
        raise ConfigError("the proxy's address cannot be read", hint=_HINT) from None
    if parts.scheme != "http":
        raise ConfigError(
            f"the proxy cannot be used: its address begins with {visible(parts.scheme)[:20]}://",
            hint=_HINT,
        )
    if not parts.hostname or not parts.hostname.isprintable():
        raise ConfigError("the proxy's address names no host", hint=_HINT)
    return Proxy(parts.hostname, port, unquote(parts.username or ""), unquote(parts.password or ""))
