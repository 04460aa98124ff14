"""What the errors of the ``nats`` library mean for the user, or for the next try."""

from rc_tail.errors import (
    AuthError,
    RcTailError,
    TemporaryError,
    UnexpectedAnswerError,
    UsageError,
)
from rc_tail.network.network_errors import error_from, timeout_error, unreachable_error
from rc_tail.sinks.sink import RefusedError, TryAgainError
from rc_tail.text.escape import visible
from rc_tail.text.wording import duration_words

_START_HINT = "Start the NATS server, or correct the address of --sink."
_LOGIN_REFUSED = ("authorization violation", "authentication", "permissions violation")
# JetStream's own numbers of errors (nats-server, server/errors.json): the message is what is wrong.
_MESSAGE_TOO_LARGE = 10054


def is_temporary(error: Exception) -> bool:
    """Whether nobody answered for JetStream, or that it cannot now, with a code like HTTP's 5xx."""
    from nats.js.errors import ServiceUnavailableError

    code = getattr(error, "code", None)
    return isinstance(error, ServiceUnavailableError) or (isinstance(code, int) and code >= 500)


def is_login_refusal(error: BaseException) -> bool:
    """Whether a server refuses a login, or something to a user."""
    return any(each in _words(error).lower() for each in _LOGIN_REFUSED)


def keeps_connection(error: BaseException) -> bool:
    """Whether the connection is still good after an answer to a message."""
    from nats.errors import MaxPayloadError
    from nats.js.errors import APIError, NoStreamResponseError

    is_answer = isinstance(error, APIError | MaxPayloadError)
    return is_answer and not isinstance(error, NoStreamResponseError)


def opening_error(
    error: Exception, name: str, host: str, timeout: float, *, has_file: bool = False
) -> RcTailError:
    """Return what an error of connecting and of asking for the stream is to the user.

    Args:
        name: Of the server, with its port.
        timeout: Seconds that an answer might take.
        has_file: Whether a file with credentials was used.
    """
    from nats.errors import Error as NatsError
    from nats.js.errors import APIError

    words = _words(error)
    if isinstance(error, TimeoutError):
        return timeout_error(name, timeout)
    if isinstance(error, OSError):
        found = error_from(error, name, host=host)
        if isinstance(error, ConnectionRefusedError):
            found.hint = _START_HINT
        return found
    if isinstance(error, APIError):
        return _refused_by_jetstream(error, name)
    if is_login_refusal(error):
        return AuthError(
            f"{name} refused the login: {words}",
            hint="Check the user in the address and RC_SINK_PASSWORD, or ?credentials=FILE.",
        )
    if isinstance(error, NatsError):
        return unreachable_error(name, words, hint=_START_HINT)
    if has_file and _is_of_credentials(error):
        # Of the library that reads seeds and credentials.
        return UsageError("--sink: the file in credentials= cannot be used", hint=words)
    return UnexpectedAnswerError(
        f"{name} gave an answer that is not understood", hint="Is it a NATS server?"
    )


def _refused_by_jetstream(error: Exception, name: str) -> RcTailError:
    if is_temporary(error):
        return TemporaryError(
            f"{name}: JetStream is not available",
            hint="Turn JetStream on at the server (nats-server -js), or wait until it is up.",
        )
    return UnexpectedAnswerError(f"{name}: {_words(error)}")


def publishing_error(error: BaseException, timeout: float) -> TryAgainError | RefusedError:
    """Return whether a message that was not acknowledged is to be published again.

    Args:
        timeout: Seconds that an acknowledgement might take.
    """
    from nats.errors import MaxPayloadError
    from nats.js.errors import APIError, NoStreamResponseError

    if isinstance(error, TimeoutError):
        return TryAgainError(f"no acknowledgement within {duration_words(timeout)}")
    if isinstance(error, NoStreamResponseError):
        return TryAgainError("no stream takes the events")
    words = _words(error)
    if isinstance(error, MaxPayloadError):
        return RefusedError(f"larger than the server allows: {words}")
    if not isinstance(error, APIError):
        return TryAgainError(words)
    status = error.code if isinstance(error.code, int) else None
    if error.err_code == _MESSAGE_TOO_LARGE:
        return RefusedError(words, status=status)
    return TryAgainError(words, status=status)


def _is_of_credentials(error: Exception) -> bool:
    of_keys = type(error).__module__.partition(".")[0] == "nkeys"
    return of_keys or isinstance(error, ValueError | AssertionError)


def _words(error: BaseException) -> str:
    text = str(getattr(error, "description", None) or error).removeprefix("nats: ").strip("' ")
    return visible(text or type(error).__name__)
