"""The errors that rc-tail raises on purpose, and the exit statuses they end with.

The tree::

    RcTailError
    ├── UsageError                  2   wrong words on the command line
    ├── ConfigError                78   profile, env file, server address
    ├── AuthError                  77   no credentials, or they were refused
    │   ├── NotLoggedInError
    │   ├── JwtRejectedError
    │   ├── TokenExpiredError           a token that worked before does not any more (retryable)
    │   └── PermissionMissingError      of the app or of the user
    ├── PlatformError              69   the REST side
    │   ├── UnreachableError       69   no connection, no name, a time-out (retryable)
    │   ├── CertificateError       69   not trusted
    │   ├── TemporaryError         75   5xx (retryable)
    │   │   └── RateLimitedError   75   429, with the time to wait
    │   ├── RequestRefusedError    76   any other 4xx
    │   └── UnexpectedAnswerError  76   not what the documentation says
    ├── FiltersRefusedError        65   RingCentral refused every event filter
    ├── GatewayError               69   the WebSocket side
    │   ├── HandshakeRefusedError  69   (retryable)
    │   ├── ConnectionLostError    69   (retryable)
    │   ├── InsecureAddressError   76   ``ws://`` after https
    │   └── RemoteProtocolError    76   the peer's fault
    │       └── MalformedMessageError
    ├── SinkError                  74   an output could not be written
    │   └── ReaderGoneError             the reader of stdout went away
    ├── SystemRefusedError         71   port in use, no file left
    ├── BusyError                  75   somebody else holds it
    ├── TimedOutError             124   ``--for`` was over before ``--count``
    └── LocalProtocolError          1   ours: a bug

A peer's fault and a fault of ours are different types: hostile input may only raise the former.
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
    """An error with words for a person.

    Args:
        message: What is wrong, in one sentence.
        hint: What to do now. Empty when nothing can be done.
        code: The service's own code, such as ``OAU-146`` or ``SUB-528``; empty when there is none.
    """

    exit_status: ClassVar[ExitStatus] = ExitStatus.BUG
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, hint: str = "", code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code


class UsageError(RcTailError):
    """Wrong words on the command line."""

    exit_status = ExitStatus.USAGE


class ConfigError(RcTailError):
    """A profile, an env file or a server address that cannot be used."""

    exit_status = ExitStatus.CONFIG


class AuthError(RcTailError):
    """No credentials, or they were refused."""

    exit_status = ExitStatus.AUTH


class NotLoggedInError(AuthError):
    """There is neither a profile nor a set of variables to log in with."""


class JwtRejectedError(AuthError):
    """The token endpoint refused the login."""


class TokenExpiredError(AuthError):
    """An access token is dead; a new one may help."""

    retryable = True


class PermissionMissingError(AuthError):
    """The app or the user lacks a permission."""


class PlatformError(RcTailError):
    """The REST side failed."""

    exit_status = ExitStatus.UNREACHABLE


class UnreachableError(PlatformError):
    """No connection, no such name, or no answer in time."""

    retryable = True


class CertificateError(PlatformError):
    """The server's certificate is not trusted."""


class TemporaryError(PlatformError):
    """The service is unwell: 5xx."""

    exit_status = ExitStatus.TEMPORARY
    retryable = True


class RateLimitedError(TemporaryError):
    """Too many requests.

    Args:
        message: What is wrong.
        retry_after: Seconds to wait as the service said, or None when it did not say.
        hint: What to do now.
        code: The service's code.
    """

    def __init__(
        self, message: str, *, retry_after: float | None, hint: str = "", code: str = ""
    ) -> None:
        super().__init__(message, hint=hint, code=code)
        self.retry_after = retry_after


class RequestRefusedError(PlatformError):
    """A request was refused for good."""

    exit_status = ExitStatus.PROTOCOL


class UnexpectedAnswerError(PlatformError):
    """An answer that is not what the documentation says."""

    exit_status = ExitStatus.PROTOCOL


class FiltersRefusedError(RcTailError):
    """RingCentral refused every event filter."""

    exit_status = ExitStatus.FILTERS_REFUSED


class GatewayError(RcTailError):
    """The WebSocket side failed."""

    exit_status = ExitStatus.UNREACHABLE


class HandshakeRefusedError(GatewayError):
    """The WebSocket handshake was answered with something else.

    Args:
        message: What is wrong.
        status: The HTTP status of the answer; None when it was no answer of HTTP.
        retry_after: Seconds to wait as the answer said, or None when it did not say.
        hint: What to do now.
        code: The service's code.
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


NO_CLOSE_FRAME = 1006  # RFC 6455, section 7.1.5
_BROKEN_PROTOCOL = 1002


class ConnectionLostError(GatewayError):
    """The connection is gone.

    Args:
        message: What is wrong.
        close_code: The close frame's (RFC 6455, section 7.4); 1006 when there was none.
        reason: The close frame's words, untrusted; empty when there were none.
        hint: What to do now.
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
        """Whether the peer said goodbye: then nothing was on its way behind what came."""
        return self.close_code not in (NO_CLOSE_FRAME, _BROKEN_PROTOCOL)


class InsecureAddressError(GatewayError):
    """The server asked for less safety than it was reached with."""

    exit_status = ExitStatus.PROTOCOL


class RemoteProtocolError(GatewayError):
    """The peer broke the protocol."""

    exit_status = ExitStatus.PROTOCOL


class MalformedMessageError(RemoteProtocolError):
    """One message that cannot be read; the connection lives on."""


class SinkError(RcTailError):
    """An output could not be written."""

    exit_status = ExitStatus.OUTPUT


class ReaderGoneError(SinkError):
    """The reader of standard output went away: the program dies of SIGPIPE, as `cat` does."""


class SystemRefusedError(RcTailError):
    """The operating system refused: a port in use, no file descriptor left."""

    exit_status = ExitStatus.SYSTEM


class BusyError(RcTailError):
    """Somebody else holds what is needed."""

    exit_status = ExitStatus.TEMPORARY


class TimedOutError(RcTailError):
    """`--for` was over before `--count` was reached."""

    exit_status = ExitStatus.TIMED_OUT


class LocalProtocolError(RcTailError):
    """Ours: the program used its own parts wrongly."""
