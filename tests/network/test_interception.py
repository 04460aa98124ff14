"""Answers of captive portals, proxies and firewalls, and answers that are RingCentral's own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rc_tail.errors import InterceptedError, InterceptedForNowError
from rc_tail.network.interception import intercepted, page_title
from rc_tail.text.escape import is_plain

HTML = {"content-type": "text/html; charset=utf-8"}
JSON = {"content-type": "application/json"}
PAGE = b"<!DOCTYPE html><html><head><title>Hotel Wi-Fi</title></head></html>"


def found(
    status: int, headers: dict[str, str], body: bytes, host: str = "rc.example"
) -> InterceptedError | None:
    return intercepted(host, status, headers, body, mask=lambda text: text)


@pytest.mark.parametrize("status", [200, 201, 204, 400, 401, 403, 404, 407, 451, 511, 502, 503])
@pytest.mark.parametrize("headers", [HTML, {}, JSON, {"content-type": "application/xhtml+xml"}])
def test_a_web_page_is_not_the_servers_answer(status: int, headers: dict[str, str]) -> None:
    error = found(status, headers, PAGE)
    assert error is not None
    assert error.exit_status == 69
    assert error.message == (
        "something between this machine and rc.example answered instead of RingCentral: "
        f'status {status}, a web page titled "Hotel Wi-Fi"'
    )
    assert error.hint
    assert "JWT" not in error.message + error.hint


@pytest.mark.parametrize(
    ("status", "headers", "body", "words"),
    [
        (403, HTML, b"<p>no", "a web page without a title"),
        (403, HTML, b"blocked", "a web page without a title"),
        (200, {}, b"\xef\xbb\xbf \r\n<HTML><TITLE lang=x>\n A &amp;\n B </TITLE>", '"A & B"'),
        (200, HTML, b"<title>\xe9t\xe9</title>", '"\u00e9t\u00e9"'),
        (200, HTML, b"<title>" + b"x" * 5000, f'"{"x" * 80}..."'),
        (200, HTML, b"<title>a\x1b[2J\xe2\x80\xaeb</title>", r'"a\x1b[2J\u202eb"'),
        (200, HTML, b"<title>&#27;[2J&#10;b</title>", '"[2J b"'),
        (403, {}, b"<?xml version='1.0'?><Error>no</Error>", "an XML document"),
        (407, {}, b"", "status 407, no page"),
        (511, JSON, b'{"error":"log in"}', "status 511, no page"),
        (407, JSON, b'{"error":"log in"}', "status 407, no page"),
        (
            302,
            {"location": "http://login.hotel/?token=x"},
            b"",
            "a redirect to http://login.hotel/",
        ),
        (307, {"location": "//portal.lan"}, b"", "a redirect to http://portal.lan"),
        (302, HTML, PAGE, '"Hotel Wi-Fi"'),
    ],
)
def test_what_sort_of_answer_it_was(
    status: int, headers: dict[str, str], body: bytes, words: str
) -> None:
    error = found(status, headers, body)
    assert error is not None
    assert error.message.endswith(words)


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (200, JSON, b'{"access_token":"x"}'),
        (200, {}, b""),
        (204, {}, b""),
        (401, JSON, b'{"error":"invalid_grant","error_description":"<html> in words"}'),
        (403, HTML, b'{"errors":[{"errorCode":"CMN-401"}]}'),
        (401, HTML, b""),
        (403, {"content-type": "text/plain"}, b"no"),
        (503, {}, b"sorry"),
        (429, HTML, PAGE),
        (302, {"location": "https://rc.example/elsewhere"}, b""),
        (302, {"location": "/elsewhere"}, b""),
        (302, {}, b""),
        (307, {"location": "//["}, b""),
        (304, {}, b""),
    ],
)
def test_what_may_be_the_servers_own_is_left_to_others(
    status: int, headers: dict[str, str], body: bytes
) -> None:
    assert found(status, headers, body, "rc.example:8443") is None


def test_what_passes_is_tried_again_when_it_says() -> None:
    error = found(503, {**HTML, "retry-after": "7"}, PAGE)
    assert isinstance(error, InterceptedForNowError)
    assert error.retryable
    assert error.retry_after == 7
    assert not isinstance(found(511, HTML, PAGE), InterceptedForNowError)


@pytest.mark.parametrize(
    ("status", "cure"),
    [
        (200, "log in with a browser"),
        (302, "log in with a browser"),
        (511, "log in with a browser"),
        (401, "ask its administrator to allow rc.example"),
        (403, "RingCentral has not checked the credentials"),
        (407, "HTTPS_PROXY=http://user:password@host:port"),
        (404, "is it RingCentral's address?"),
        (502, "A proxy or gateway on the way has a failure"),
    ],
)
def test_each_has_a_cure(status: int, cure: str) -> None:
    error = found(status, HTML, PAGE)
    assert error is not None
    assert cure in error.hint


def test_what_the_page_quotes_is_masked() -> None:
    error = intercepted(
        "h", 403, HTML, b"<title>SECRET</title>", mask=lambda text: text.replace("SECRET", "***")
    )
    assert error is not None
    assert error.message.endswith('titled "***"')


@pytest.mark.parametrize("piece", [b"<title", b"<title>", b"</title", b"&", b"<", b">"])
def test_a_hostile_page_takes_no_time(piece: bytes) -> None:
    # A pattern with a star would take minutes.
    assert len(page_title(b"<title>" + piece * 1_000_000)) <= 84


@given(st.integers(100, 999), st.binary(max_size=200), st.text(max_size=50))
def test_any_answer_is_judged(status: int, body: bytes, header: str) -> None:
    headers = {"content-type": header, "location": header, "retry-after": header}
    error = found(status, headers, body, header)
    if error is not None:
        assert is_plain(error.message)
        assert len(error.message) < 1000
