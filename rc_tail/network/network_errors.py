"""What it means when an exchange breaks below HTTP."""

import errno
import os
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

from requests import exceptions
from urllib3.exceptions import HTTPError, LocationParseError, ProxySchemeUnknown
from urllib3.exceptions import TimeoutError as ReadTimeout

from rc_tail.errors import (
    CertificateError,
    ConfigError,
    RcTailError,
    SystemRefusedError,
    UnreachableError,
)
from rc_tail.network.server_address import unreachable_hint
from rc_tail.text.escape import visible

# A schema that requests does not know can only be a proxy's: servers' are checked before.
_BAD_PROXY = (exceptions.InvalidProxyURL, exceptions.InvalidSchema, ProxySchemeUnknown)
_NO_FILES = (errno.EMFILE, errno.ENFILE)
_NETWORK = unreachable_hint("")


def host_of(url: str) -> str:
    """Return host and port of `url`, for messages."""
    return visible(urlsplit(url).netloc.rpartition("@")[2])


def timeout_error(url: str, timeout: float) -> UnreachableError:
    """Return the error for an answer that did not come within `timeout` seconds."""
    return UnreachableError(f"{host_of(url)} did not answer within {timeout:g} s", hint=_NETWORK)


def error_from(
    error: exceptions.RequestException | HTTPError, url: str, timeout: float
) -> RcTailError:
    """Return what `error` means to a person.

    Args:
        error: What requests raised, or urllib3 below it.
        url: What was asked.
        timeout: The time-out that was set, in seconds.
    """
    host = host_of(url)
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _untrusted(cause, host)
        if isinstance(cause, OSError) and cause.errno in _NO_FILES:
            return SystemRefusedError(f"the system refused: {os.strerror(cause.errno)}")
    if isinstance(error, exceptions.Timeout | ReadTimeout):
        return timeout_error(url, timeout)
    if any(isinstance(cause, _BAD_PROXY) for cause in causes):
        return ConfigError(
            f"the proxy for {host} cannot be used: {visible(str(error))[:200]}",
            hint="Proxies are taken from HTTPS_PROXY, HTTP_PROXY and ALL_PROXY, and are "
            "http:// or https:// addresses; NO_PROXY exempts hosts.",
        )
    if isinstance(error, exceptions.InvalidURL | LocationParseError):
        return ConfigError(f"{host} is no address: {visible(str(error))[:200]}")
    through = "through the proxy " if isinstance(error, exceptions.ProxyError) else ""
    refused = any(isinstance(cause, ConnectionRefusedError) for cause in causes)
    hint = unreachable_hint(urlsplit(url).hostname or "") if refused and not through else _NETWORK
    return UnreachableError(f"{host} could not be reached {through}({_reason(causes)})", hint=hint)


def _untrusted(cause: ssl.SSLCertVerificationError, host: str) -> CertificateError:
    reason = visible(getattr(cause, "verify_message", "") or str(cause))
    return CertificateError(
        f"the certificate of {host} is not trusted: {reason.rstrip('.')}",
        hint="If its authority is your own, name its file with --ca-bundle. "
        "The check cannot be turned off.",
    )


def _reason(causes: list[BaseException]) -> str:
    """The deepest words of the system, or what the library said."""
    system = [c for c in causes if isinstance(c, OSError) and c.strerror]
    if system:
        return visible(str(system[-1].strerror))
    return visible(str(causes[-1]).partition("object at 0x")[2] or str(causes[-1]))[:200]


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield `error` and everything under it: requests and urllib3 wrap in several ways."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        current = waiting.pop(0)
        if not isinstance(current, BaseException) or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        waiting += [current.__cause__, current.__context__, getattr(current, "reason", None)]
        waiting += current.args
