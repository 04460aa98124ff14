"""Failures below HTTP and WebSocket in words for a person."""

import errno
import os
import ssl

from rc_tail.errors import CertificateError, RcTailError, SystemRefusedError, UnreachableError
from rc_tail.network.server_address import unreachable_hint
from rc_tail.network.tls import authorities_variable
from rc_tail.text.escape import visible

NETWORK_HINT = unreachable_hint("")
_NO_FILES = (errno.EMFILE, errno.ENFILE)
_MAX_REASON = 200


# What OpenSSL reports when it has checked a certificate (x509_vfy.h).
_NOT_YET_VALID, _EXPIRED = 9, 10
_OTHER_NAME = (62, 63, 64)
# What it checks in the strict mode, which Python 3.13 and later turn on.
_STRICT = range(79, 95)
_UNCHECKED = "The check cannot be turned off."

_NO_CLIENT_CERTIFICATE = (
    "rc-tail has none to show, and RingCentral wants none: check --server, and whether a proxy "
    "answers in its place."
)
_TOO_OLD = "TLS 1.2 or later is required: update the proxy or the server that answers."
_NO_HANDSHAKE = (
    "It may offer only old ciphers, or want a certificate of the client, which rc-tail does not "
    "have: check --server, and whether a proxy answers in its place."
)
_NO_TLS = (
    "Check the port of --server: it may be one for plain http. Otherwise a proxy or a login page "
    "of the network answers in its place."
)

# Parts of OpenSSL's reasons, what each means, and what can help.
_TLS_FAILURES = (
    (
        "CERTIFICATE_REQUIRED",
        "it wants a certificate of the client",
        _NO_CLIENT_CERTIFICATE,
    ),
    (
        "BAD_CERTIFICATE",
        "it wants another certificate of the client",
        _NO_CLIENT_CERTIFICATE,
    ),
    (
        "PROTOCOL_VERSION",
        "it and this machine share no version",
        _TOO_OLD,
    ),
    (
        "UNSUPPORTED_PROTOCOL",
        "it offers only an old version",
        _TOO_OLD,
    ),
    (
        "HANDSHAKE_FAILURE",
        "it ended the handshake",
        _NO_HANDSHAKE,
    ),
    (
        "WRONG_VERSION_NUMBER",
        "it answered without TLS",
        _NO_TLS,
    ),
)


def _certificate_hint(code: int) -> str:
    """Return what can help against what OpenSSL found wrong with a certificate."""
    if code == _NOT_YET_VALID:
        return f"Check this machine's clock: by it the certificate is not valid yet. {_UNCHECKED}"
    if code == _EXPIRED:
        return (
            "Check this machine's clock. If it is right, the operator of the server, or of a proxy "
            f"in between, must renew the certificate. {_UNCHECKED}"
        )
    if code in _OTHER_NAME:
        return (
            "Check --server. If it is right, something else answers in its place, such as a proxy "
            f"or a login page of the network. {_UNCHECKED}"
        )
    if code in _STRICT:
        return (
            "Python 3.13 and later require what this certificate lacks. Its authority must issue it "
            f"again; until then run rc-tail with Python 3.12. {_UNCHECKED}"
        )
    return (
        "If a proxy of your company or an authority of your own issued it, pass the authority's "
        f"file with --ca-bundle.{_trusted_now()} {_UNCHECKED}"
    )


def _trusted_now() -> str:
    variable = authorities_variable(os.environ)
    return f" Without it, {variable} names the trusted authorities." if variable else ""


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
            f"the certificate of {name} is not trusted: {reason[:_MAX_REASON]}",
            hint=_certificate_hint(getattr(error, "verify_code", 0)),
        )
    if isinstance(error, ssl.SSLError):
        for part, words, hint in _TLS_FAILURES:
            # Not every one that Python raises has a reason.
            if part in (getattr(error, "reason", None) or str(error)):
                return unreachable_error(name, f"TLS: {words}", hint=hint)
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
