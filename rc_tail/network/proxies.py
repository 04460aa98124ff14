"""Choosing the proxy for a server from the environment, and asking it for a tunnel.

The only reader of ``HTTPS_PROXY``, ``ALL_PROXY`` and ``NO_PROXY``, for REST and WebSocket alike.
"""

import base64
import ipaddress
import re
import urllib.request
from typing import ClassVar
from urllib.parse import quote, unquote

from rc_tail import __version__
from rc_tail.errors import ConfigError
from rc_tail.network.server_address import is_loopback
from rc_tail.text.escape import visible
from rc_tail.text.redact import Redactor
from rc_tail.text.secret_struct import SecretStruct

_HINT = (
    "Proxies are taken from HTTPS_PROXY and ALL_PROXY, and are http:// addresses; NO_PROXY "
    "exempts hosts."
)
_DEFAULT_PORT = 80
_STATUS = rb"HTTP/1\.[01] +(\d{3})(?: +([^\r\n]*))?\r?\n"
_SCHEME = r"([A-Za-z][A-Za-z0-9+.-]*)://"
_AUTHORITY = r"(?:\[(?P<bracketed>[0-9A-Fa-f:.]+)\]|(?P<name>[^\[\]:]*))(?::(?P<port>[0-9]{0,5}))?"
# Of the form that `os.environ` has: bytes that are not UTF-8 stay what they are.
_BYTES = "surrogateescape"


class Proxy(SecretStruct, frozen=True):
    """An HTTP proxy.

    Attributes:
        user: Empty for no login.
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
            lines.append(f"Proxy-Authorization: Basic {self._login()}")
        return "\r\n".join([*lines, "", ""]).encode()

    def refusal(self, answer: bytes) -> str:
        """Return why the proxy opened no tunnel; empty when it did.

        Args:
            answer: The head of its answer, untrusted.
        """
        match = re.match(_STATUS, answer)
        if match is None:
            return "it did not answer as an HTTP proxy does"
        if match[1].startswith(b"2"):
            return ""
        # A proxy may quote the login that it refuses.
        words = self._redactor().mask((match[2] or b"").decode(errors="replace").strip())
        words = visible(words)[:100]
        return f"status {match[1].decode()}{f', {words}' if words else ''}"

    def _login(self) -> str:
        pair = f"{self.user}:{self.password}".encode(errors=_BYTES)
        return base64.b64encode(pair).decode()

    def _redactor(self) -> Redactor:
        redactor = Redactor()
        redactor.add(self.password, quote(self.password, errors=_BYTES), self._login())
        return redactor


def proxy_for(host: str, port: int) -> Proxy | None:
    """Return the proxy that the environment names for a server; None to connect directly.

    This machine is never reached through a proxy. The variables count in capitals and in small
    letters, which win.

    Args:
        host: The server's name or address; an IPv6 address without brackets.
        port: The server's port, which an entry of ``NO_PROXY`` may name.

    Raises:
        ConfigError: The proxy's address cannot be read or is not supported.
    """
    if is_loopback(host):
        return None
    # On macOS also the system's settings, where no variable is set.
    proxies = urllib.request.getproxies()
    address = proxies.get("https", "").strip() or proxies.get("all", "").strip()
    if not address or _is_exempt(host, port, proxies):
        return None
    return _parse_proxy(address)


def _is_exempt(host: str, port: int, proxies: dict[str, str]) -> bool:
    if not urllib.request.getproxies_environment():
        # What came from the system's settings has its exemptions there too.
        return bool(urllib.request.proxy_bypass(host))
    entries = re.split(r"[\s,]+", proxies.get("no", ""))
    return any(_exempts(entry, host.rstrip(".").lower(), port) for entry in entries)


def _exempts(entry: str, host: str, port: int) -> bool:
    """Whether an entry of ``NO_PROXY`` is for this server.

    An entry is ``*``, a host name, which stands for all names below it too, an address or a
    network; with a port it is for that port alone.
    """
    if entry == "*":
        return True
    name, entry_port = _split_port(entry)
    if entry_port and entry_port != str(port):
        return False
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        name = name.strip(".").lower()
        return bool(name) and f".{host}".endswith(f".{name}")
    try:
        return address in ipaddress.ip_network(name, strict=False)
    except ValueError:
        return False


def _split_port(entry: str) -> tuple[str, str]:
    if entry.startswith("["):
        # [fd00::2], [fd00::2]:443 or [fd00::]/64.
        address, _, rest = entry[1:].partition("]")
        return (address, rest[1:]) if rest.startswith(":") else (address + rest, "")
    if entry.count(":") == 1:
        name, _, port = entry.partition(":")
        return name, port
    return entry, ""


def _parse_proxy(text: str) -> Proxy:
    """Return the proxy at an address such as ``http://user:password@host:port``.

    User and password may be percent-encoded or not: whatever precedes the last ``@`` is theirs.

    Raises:
        ConfigError: The address cannot be read or is not supported. No error repeats the address,
            which may hold a password.
    """
    scheme = re.match(_SCHEME, text)
    if scheme is not None and scheme[1].lower() != "http":
        raise ConfigError(
            f"the proxy cannot be used: its address begins with {scheme[1].lower()[:20]}://",
            hint=_HINT,
        )
    login, _, rest = text[scheme.end() if scheme else 0 :].rpartition("@")
    authority = re.fullmatch(_AUTHORITY, re.split(r"[/?#]", rest, maxsplit=1)[0])
    port = int((authority and authority["port"]) or _DEFAULT_PORT)
    if authority is None or not 0 < port < 65536:
        raise ConfigError("the proxy's address cannot be read", hint=_HINT)
    host = (authority["bracketed"] or authority["name"]).lower()
    if not host or not host.isprintable() or " " in host:
        raise ConfigError("the proxy's address has no host", hint=_HINT)
    user, _, password = login.partition(":")
    return Proxy(host, port, unquote(user, errors=_BYTES), unquote(password, errors=_BYTES))
