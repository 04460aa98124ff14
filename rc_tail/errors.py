"""Every error that rc-tail raises, with its exit status.

The hierarchy::

    RcTailError
    ├── UsageError                  2   invalid command line
    ├── ConfigError                78   profile, env file, server address
    ├── AuthError                  77   credentials are missing or were rejected
    │   ├── NotLoggedInError
    │   ├── JwtRejectedError
    │   ├── TokenExpiredError           an access token is no longer valid (retryable)
    │   └── PermissionMissingError      the app or the user lacks a permission
    ├── PlatformError              69   REST
    │   ├── UnreachableError       69   no connection, unknown host, time-out (retryable)
    │   │   └── InterceptedError   69   a page of something in between (retryable)
    │   │       └── InterceptedForNowError  69   HTTP 408 or 5xx (retryable)
    │   │   └── NoAnswerError           connected, but no whole response came
    │   ├── CertificateError       69   the certificate is not trusted
    │   ├── TemporaryError         75   HTTP 5xx (retryable)
    │   │   └── RateLimitedError   75   HTTP 429, with the time to wait
    │   ├── RequestRefusedError    76   any other HTTP 4xx
    │   └── UnexpectedAnswerError  76   an invalid response
    ├── FiltersRefusedError        65   RingCentral rejected every event filter
    ├── GatewayError               69   WebSocket
    │   ├── HandshakeRefusedError  69   (retryable)
    │   │   └── HandshakeDeferredError  75  HTTP 408, 425, 429, 5xx (retryable)
    │   ├── ConnectionLostError    69   (retryable)
    │   ├── InsecureAddressError   76   a ``ws://`` address from an https server
    │   └── RemoteProtocolError    76   the peer violated the protocol
    │       └── MalformedMessageError
    ├── SinkError                  74   writing the output failed
    │   └── ReaderGoneError             the reader of stdout closed it
    ├── SystemRefusedError         71   port in use, out of file descriptors
    ├── BusyError                  75   a resource is in use
    ├── TimedOutError             124   ``--for`` elapsed before ``--count`` was reached
    └── LocalProtocolError          1   a bug in rc-tail

Faults of a peer and our own bugs have different types: hostile input may only raise the former.
"""

from enum import IntEnum
from typing import ClassVar


class ExitStatus(IntEnum):
    """Exit statuses, after sysexits.h where it has one."""

    OK = 0
    BUG = 1
    USAGE = 2
    FILTERS_REFUSED = 65
    UNREACHABLE = 69
    SYSTEM = 71
    OUTPUT = 74
    TEMPORARY = 75
    PROTOCOL = 76
    AUTH = 77
    CONFIG = 78
    TIMED_OUT = 124


class RcTailError(Exception):
    """An error that is reported to the user.

    Args:
        message: What is wrong, in one sentence.
        hint: What the user can do about it; empty where nothing helps.
        code: The service's error code, such as ``OAU-146`` or ``SUB-528``; empty without one.
    """

    exit_status: ClassVar[ExitStatus] = ExitStatus.BUG
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, hint: str = "", code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code


class UsageError(RcTailError):
    """An invalid command line."""

    exit_status = ExitStatus.USAGE


class ConfigError(RcTailError):
    """A profile, an env file or a server address that cannot be used."""

    exit_status = ExitStatus.CONFIG


class AuthError(RcTailError):
    """Credentials are missing or were rejected."""

    exit_status = ExitStatus.AUTH


class NotLoggedInError(AuthError):
    """There are no credentials, neither in a profile nor in the environment."""


class JwtRejectedError(AuthError):
    """The token endpoint rejected the login."""


class TokenExpiredError(AuthError):
    """An access token is no longer valid; a new one may be."""

    retryable = True


class PermissionMissingError(AuthError):
    """The app or the user lacks a permission."""


class PlatformError(RcTailError):
    """A REST request failed."""

    exit_status = ExitStatus.UNREACHABLE


class UnreachableError(PlatformError):
    """No connection, unknown host, or no response in time."""

    retryable = True


class InterceptedError(UnreachableError):
    """Something between here and the server answered: a captive portal, a proxy, a firewall."""


class InterceptedForNowError(InterceptedError):
    """The same with a status that passes: HTTP 408 or 5xx.

    Args:
        retry_after: Seconds to wait, from the response; None where it does not say.
    """

    def __init__(
        self, message: str, *, retry_after: float | None = None, hint: str = "", code: str = ""
    ) -> None:
        super().__init__(message, hint=hint, code=code)
        self.retry_after = retry_after


class NoAnswerError(UnreachableError):
    """The server was reached, and no whole response came."""


class CertificateError(PlatformError):
    """The server's certificate is not trusted."""


class TemporaryError(PlatformError):
    """A temporary failure of the service: HTTP 5xx."""

    exit_status = ExitStatus.TEMPORARY
    retryable = True


class RateLimitedError(TemporaryError):
    """Too many requests.

    Args:
        retry_after: Seconds to wait, from the response; None where it does not say.
    """

    def __init__(
        self, message: str, *, retry_after: float | None, hint: str = "", code: str = ""
    ) -> None:
        super().__init__(message, hint=hint, code=code)
        self.retry_after = retry_after


class RequestRefusedError(PlatformError):
    """A request was rejected permanently."""

    exit_status = ExitStatus.PROTOCOL


class UnexpectedAnswerError(PlatformError):
    """A response that does not match the documentation."""

    exit_status = ExitStatus.PROTOCOL


class FiltersRefusedError(RcTailError):
    """RingCentral rejected every event filter."""

    exit_status = ExitStatus.FILTERS_REFUSED


class GatewayError(RcTailError):
    """A WebSocket connection failed."""

    exit_status = ExitStatus.UNREACHABLE


class HandshakeRefusedError(GatewayError):
    """The WebSocket handshake was rejected.

    Args:
        status: The HTTP status of the response; None where it was not HTTP.
        retry_after: Seconds to wait, from the response; None where it does not say.
    """

    retryable = True

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        retry_after: float | None = None,
        hint: str = "",
        code: str = "",
    ) -> None:
        super().__init__(message, hint=hint, code=code)
        self.status = status
        self.retry_after = retry_after


class HandshakeDeferredError(HandshakeRefusedError):
    """The WebSocket handshake was rejected for now: HTTP 408, 425, 429 or 5xx."""

    exit_status = ExitStatus.TEMPORARY


NO_CLOSE_FRAME = 1006  # RFC 6455, section 7.1.5
_BROKEN_PROTOCOL = 1002


class ConnectionLostError(GatewayError):
    """The connection was closed or lost.

    Args:
        close_code: From the close frame (RFC 6455, section 7.4); 1006 without one.
        reason: From the close frame, untrusted; empty without one.
    """

    retryable = True

    def __init__(
        self, message: str, *, close_code: int = NO_CLOSE_FRAME, reason: str = "", hint: str = ""
    ) -> None:
        super().__init__(message, hint=hint)
        self.close_code = close_code
        self.reason = reason

    @property
    def in_order(self) -> bool:
        """Whether the peer closed the connection properly, so that nothing it sent is missing."""
        return self.close_code not in (NO_CLOSE_FRAME, _BROKEN_PROTOCOL)


class InsecureAddressError(GatewayError):
    """An https server asked for a connection without TLS."""

    exit_status = ExitStatus.PROTOCOL


class RemoteProtocolError(GatewayError):
    """The peer violated the protocol."""

    exit_status = ExitStatus.PROTOCOL


class MalformedMessageError(RemoteProtocolError):
    """An unreadable message; the connection stays open."""


class SinkError(RcTailError):
    """Writing the output failed."""

    exit_status = ExitStatus.OUTPUT


class ReaderGoneError(SinkError):
    """The reader of standard output closed it: the program ends with SIGPIPE, as `cat` does."""


class SystemRefusedError(RcTailError):
    """A refusal of the operating system: port in use, out of file descriptors."""

    exit_status = ExitStatus.SYSTEM


class BusyError(RcTailError):
    """A resource, such as a resume state, is in use by another process."""

    exit_status = ExitStatus.TEMPORARY


class TimedOutError(RcTailError):
    """`--for` elapsed before `--count` was reached."""

    exit_status = ExitStatus.TIMED_OUT


class LocalProtocolError(RcTailError):
    """A bug: a part of the program was used wrongly."""
