"""Failures below HTTP and WebSocket in words for a person."""

import errno
import os
import ssl

from rc_tail.errors import CertificateError, RcTailError, SystemRefusedError, UnreachableError
from rc_tail.network.server_address import unreachable_hint
from rc_tail.text.escape import visible

NETWORK_HINT = unreachable_hint("")
_NO_FILES = (errno.EMFILE, errno.ENFILE)
_MAX_REASON = 200


def timeout_error(name: str, seconds: float) -> UnreachableError:
    """Return the error for a server that did not answer within `seconds`."""
    return UnreachableError(f"{name} did not answer within {seconds:g} s", hint=NETWORK_HINT)


def unreachable_error(name: str, reason: str, *, hint: str = NETWORK_HINT) -> UnreachableError:
    """Return the error for a connection that failed.

    Args:
        reason: Why; untrusted.
    """
    words = visible(reason)[:_MAX_REASON]
    return UnreachableError(f"{name} could not be reached ({words})", hint=hint)


def error_from(error: OSError, name: str, *, host: str = "") -> RcTailError:
    """Return what an error of the system or of TLS means.

    Args:
        host: Its host; empty for a proxy. At this machine a simulator may have exited.
    """
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = visible(getattr(error, "verify_message", "") or str(error)).rstrip(".")
        return CertificateError(
            f"the certificate of {name} is not trusted: {reason}",
            hint="If its authority is your own, name its file with --ca-bundle. "
            "The check cannot be turned off.",
        )
    if error.errno in _NO_FILES and not isinstance(error, ssl.SSLError):
        return SystemRefusedError(f"the system refused: {os.strerror(error.errno or 0)}")
    hint = unreachable_hint(host) if isinstance(error, ConnectionRefusedError) else NETWORK_HINT
    return unreachable_error(name, system_reason(error), hint=hint)


def system_reason(error: OSError) -> str:
    """Return the system's words for `error`."""
    if isinstance(error, ssl.SSLError):
        # Not every one that Python raises has a reason.
        reason = getattr(error, "reason", None) or str(error)
        return visible(f"TLS: {reason.replace('_', ' ').lower()}")[:_MAX_REASON]
    return visible(error.strerror or str(error))[:_MAX_REASON]
