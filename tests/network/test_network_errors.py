import errno
import ssl

import pytest

from rc_tail.errors import CertificateError, RcTailError, SystemRefusedError, UnreachableError
from rc_tail.network.network_errors import (
    error_from,
    system_reason,
    timeout_error,
    unreachable_error,
)

REFUSED = ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")


def untrusted() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_message = "self-signed\x1b certificate."
    return error


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (REFUSED, UnreachableError, "rc.example could not be reached (Connection refused)"),
        (OSError("a\x1bb"), UnreachableError, "rc.example could not be reached (a\\x1bb)"),
        (
            untrusted(),
            CertificateError,
            "the certificate of rc.example is not trusted: self-signed\\x1b certificate",
        ),
        (
            OSError(errno.EMFILE, "x"),
            SystemRefusedError,
            "the system refused: Too many open files",
        ),
        # OpenSSL counts its errors from 1 too.
        (
            ssl.SSLError(errno.EMFILE, "x"),
            UnreachableError,
            "rc.example could not be reached (TLS: x)",
        ),
    ],
)
def test_what_an_error_means(error: OSError, kind: type[RcTailError], message: str) -> None:
    meant = error_from(error, "rc.example")
    assert type(meant) is kind
    assert meant.message == message


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "CURL_CA_BUNDLE"])
def test_the_variable_that_decides_who_is_trusted_is_named(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    hint = error_from(untrusted(), "rc.example").hint
    assert "names the trusted authorities" not in hint
    monkeypatch.setenv(variable, "/x.pem")
    hint = error_from(untrusted(), "rc.example").hint
    assert f"Without it, {variable} names the trusted authorities" in hint


def test_a_timeout_and_a_reason_in_words() -> None:
    assert timeout_error("rc.example", 0.5).message == "rc.example did not answer within 0.5 s"
    assert len(unreachable_error("rc.example", "x" * 1000).message) < 300


@pytest.mark.parametrize(
    ("host", "error", "hint"),
    [
        ("127.0.0.1", REFUSED, "RC_SERVER_URL"),
        ("127.0.0.1", OSError(errno.ENETUNREACH, "no"), "proxy"),
        ("rc.example", REFUSED, "proxy"),
        ("", REFUSED, "proxy"),
    ],
)
def test_where_a_simulator_has_exited_the_variables_may_remain(
    host: str, error: OSError, hint: str
) -> None:
    assert hint in error_from(error, "anyone", host=host).hint


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ConnectionRefusedError(111, "Connection refused"), "Connection refused"),
        (OSError("odd\x1b"), "odd\\x1b"),
        (ssl.SSLError(1, "anything"), "TLS: anything"),
    ],
)
def test_the_systems_words(error: OSError, words: str):
    assert system_reason(error) == words
