import ssl

import pytest
from nats.errors import ConnectionClosedError, Error, MaxPayloadError
from nats.js.errors import APIError, NoStreamResponseError, ServiceUnavailableError

from rc_tail.errors import (
    AuthError,
    CertificateError,
    TemporaryError,
    UnexpectedAnswerError,
    UnreachableError,
    UsageError,
)
from rc_tail.sinks.nats_errors import is_temporary, opening_error, publishing_error
from rc_tail.sinks.sink import RefusedError, TryAgainError

FULL = APIError(code=503, err_code=10077, description="maximum bytes exceeded")
BAD = APIError(code=400, err_code=10052, description="bad \x1b[31m subject")
LARGE = APIError(code=400, err_code=10054, description="message size exceeds maximum allowed")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (TimeoutError(), UnreachableError),
        (ConnectionRefusedError(111, "Connection refused"), UnreachableError),
        (ssl.SSLCertVerificationError("expired"), CertificateError),
        (Error("nats: 'Authorization Violation'"), AuthError),
        (Error("nats: 'Unknown Protocol Operation'"), UnreachableError),
        (FULL, TemporaryError),
        (ServiceUnavailableError(), TemporaryError),
        (BAD, UnexpectedAnswerError),
        (AttributeError("'list' object has no attribute 'get'"), UnexpectedAnswerError),
    ],
)
def test_errors_of_opening(error: Exception, kind: type[Exception]):
    found = opening_error(error, "host:4222", "host", 5.0)
    assert type(found) is kind
    assert "\x1b" not in found.message + found.hint


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ConnectionResetError("connection lost"), "connection lost"),
        (TimeoutError(), "no acknowledgement within 5 s"),
        (NoStreamResponseError(), "no stream takes the events"),
        (ConnectionClosedError(), "nats: connection closed"),
        (FULL, "maximum bytes exceeded"),
        (BAD, "bad \\x1b[31m subject"),
    ],
)
def test_what_may_pass_is_tried_again(error: BaseException, words: str):
    found = publishing_error(error, 5.0)
    assert isinstance(found, TryAgainError)
    assert found.reason.removeprefix("nats: ") == words.removeprefix("nats: ")
    assert not found.is_about_event


@pytest.mark.parametrize("error", [MaxPayloadError(), LARGE])
def test_a_message_that_is_too_large_is_never_taken(error: BaseException):
    assert isinstance(publishing_error(error, 5.0), RefusedError)


def test_which_answers_are_temporary():
    assert is_temporary(FULL)
    assert is_temporary(ServiceUnavailableError())
    assert not is_temporary(BAD)
    assert not is_temporary(ValueError())


def test_a_file_is_blamed_only_where_one_was_named():
    error = ValueError("invalid seed")
    assert isinstance(opening_error(error, "host:1", "host", 5.0, has_file=True), UsageError)
    assert isinstance(opening_error(error, "host:1", "host", 5.0), UnexpectedAnswerError)
