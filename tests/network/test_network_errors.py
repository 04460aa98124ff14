import errno
import ssl

import pytest
from requests import exceptions
from urllib3.exceptions import HTTPError, ProtocolError, ReadTimeoutError

from rc_tail.errors import (
    CertificateError,
    ConfigError,
    RcTailError,
    SystemRefusedError,
    UnreachableError,
)
from rc_tail.rest.network_errors import error_from, host_of, timeout_error

URL = "https://ada:hunter2@rc.example:8443/path"


def wrapped(cause: BaseException) -> exceptions.ConnectionError:
    error = exceptions.ConnectionError("outer")
    error.__cause__ = cause
    return error


def untrusted() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_message = "self-signed\x1b certificate"
    return error


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (
            wrapped(ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")),
            UnreachableError,
            "(Connection refused)",
        ),
        (exceptions.ConnectionError("a\x1bb"), UnreachableError, "a\\x1bb"),
        (exceptions.ConnectionError(HTTPError("inner")), UnreachableError, "inner"),
        (exceptions.ProxyError("x"), UnreachableError, "through the proxy"),
        (exceptions.ConnectTimeout("x"), UnreachableError, "within 15 s"),
        (ReadTimeoutError(None, None, "x"), UnreachableError, "within 15 s"),  # type: ignore[arg-type]
        (ProtocolError("x"), UnreachableError, "could not be reached"),
        (wrapped(untrusted()), CertificateError, "self-signed\\x1b certificate"),
        (exceptions.SSLError(untrusted()), CertificateError, "is not trusted"),
        (wrapped(OSError(errno.EMFILE, "x")), SystemRefusedError, "Too many open files"),
        (exceptions.InvalidProxyURL("x"), ConfigError, "proxy"),
        (exceptions.InvalidSchema("x"), ConfigError, "proxy"),
        (exceptions.InvalidURL("x"), ConfigError, "is no address"),
    ],
)
def test_what_it_means(
    error: exceptions.RequestException | HTTPError, kind: type[RcTailError], words: str
) -> None:
    meant = error_from(error, URL, 15)
    assert type(meant) is kind
    assert words in meant.message
    assert "hunter2" not in meant.message
    assert "\x1b" not in meant.message


def test_errors_that_hold_each_other_come_to_an_end() -> None:
    error = exceptions.ConnectionError("x")
    error.__cause__ = OSError("y")
    error.__cause__.__context__ = error
    assert isinstance(error_from(error, URL, 1), UnreachableError)


def test_a_host_is_shown_without_a_password() -> None:
    assert host_of(URL) == "rc.example:8443"
    assert "rc.example:8443 did not answer within 0.5 s" in timeout_error(URL, 0.5).message


@pytest.mark.parametrize(
    ("url", "error", "hint"),
    [
        ("http://127.0.0.1:1/x", ConnectionRefusedError(errno.ECONNREFUSED, "no"), "RC_SERVER_URL"),
        ("http://127.0.0.1:1/x", OSError(errno.ENETUNREACH, "no"), "proxy"),
        (URL, ConnectionRefusedError(errno.ECONNREFUSED, "no"), "proxy"),
    ],
)
def test_where_a_simulator_is_gone_the_variables_may_be_left(url, error, hint) -> None:
    assert hint in error_from(wrapped(error), url, 15).hint
