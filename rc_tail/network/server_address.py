"""Addresses of RingCentral servers: which are accepted, and how they are written."""

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from rc_tail.errors import ConfigError
from rc_tail.text.escape import visible

PRODUCTION = "https://platform.ringcentral.com"
SANDBOX = "https://platform.devtest.ringcentral.com"

_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST = r"[^\s/\\@:?#%<>\"'`{}|^\x00-\x1f\x7f]+|[0-9A-Fa-f:.]+"


class PlainHttpError(ConfigError):
    """Plain http to another machine."""


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine: ``localhost``, ``127.0.0.0/8`` or ``::1``."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def unreachable_hint(host: str) -> str:
    """Return what to do when nothing answers at `host`."""
    if not is_loopback(host):
        return "Check the network, and the proxy variables if there is a proxy."
    # Few have a server of their own; many have left variables of a simulator behind.
    return (
        "That is this machine, and nothing listens at that port. If RC_SERVER_URL names a "
        "simulator that has ended, start it again, or unset the RC_* variables."
    )


def normalize_server(text: str) -> str:
    """Return a server's address in the one form that addresses are compared in.

    Args:
        text: As typed, for example ``https://platform.ringcentral.com/``.

    Returns:
        Scheme, host in lower case, and the port where it is not the scheme's own.

    Raises:
        PlainHttpError: It is plain http to another machine.
        ConfigError: Not a server address.
    """
    parts, port = _split(text)
    if parts.username is not None or parts.password is not None:
        raise ConfigError("a server address cannot hold a user name or a password")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ConfigError(
            f"{_shown(text)} is more than a server address",
            hint=f"Leave out what comes after the host, as in {PRODUCTION}",
        )
    host = (parts.hostname or "").lower()
    if parts.scheme == "http" and not is_loopback(host):
        raise PlainHttpError(
            f"plain http to {visible(host)} would send the credentials unencrypted",
            hint=f"Use https://{visible(host)}; plain http is for this machine only.",
        )
    shown = f"[{host}]" if ":" in host else host
    suffix = "" if port in (None, _DEFAULT_PORTS[parts.scheme]) else f":{port}"
    return f"{parts.scheme}://{shown}{suffix}"


def _split(text: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError as error:
        raise ConfigError(
            f"invalid server address {_shown(text)}: {visible(str(error))}"
        ) from error
    if parts.scheme not in _DEFAULT_PORTS:
        raise ConfigError(
            f"invalid server address {_shown(text)}", hint=f"Use a form such as {PRODUCTION}"
        )
    if not _is_host(parts.hostname or "") or port == 0:
        raise ConfigError(f"{_shown(text)} has no host", hint=f"Use a form such as {PRODUCTION}")
    return parts, port


def _is_host(text: str) -> bool:
    try:
        return bool(re.fullmatch(_HOST, text) and text.encode("idna"))
    except UnicodeError:
        return False


def _shown(text: str) -> str:
    # A password in an address must not be repeated on the terminal.
    return f"{visible(re.sub(r'//[^/]*@', '//***@', text))[:200]!r}"
