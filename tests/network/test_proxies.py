import base64

import pytest

from rc_tail.errors import ConfigError
from rc_tail.network.proxies import Proxy, proxy_for


@pytest.mark.parametrize(
    ("address", "proxy"),
    [
        ("http://proxy.example:3128", Proxy("proxy.example", 3128)),
        ("HTTP://proxy.example/", Proxy("proxy.example", 80)),
        ("proxy.example:8080", Proxy("proxy.example", 8080)),
        ("http://[2001:db8::1]:3128", Proxy("2001:db8::1", 3128)),
        ("http://me:p%40ss%3A@proxy.example:1", Proxy("proxy.example", 1, "me", "p@ss:")),
    ],
)
def test_an_address_is_read(monkeypatch: pytest.MonkeyPatch, address: str, proxy: Proxy):
    monkeypatch.setenv("HTTPS_PROXY", address)
    assert proxy_for("gateway.example", 443) == proxy


@pytest.mark.parametrize(
    ("variables", "host"),
    [
        ({"HTTPS_PROXY": "http://a:1", "ALL_PROXY": "http://b:1"}, "a"),
        ({"https_proxy": "http://a:1"}, "a"),
        ({"ALL_PROXY": "http://b:1"}, "b"),
        ({"HTTP_PROXY": "http://c:1"}, None),
        ({"HTTPS_PROXY": ""}, None),
        ({}, None),
    ],
)
def test_the_variables_of_https_are_asked(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], host: str | None
):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    proxy = proxy_for("gateway.example", 443)
    assert (proxy.host if proxy else None) == host


@pytest.mark.parametrize(
    ("exempt", "host", "direct"),
    [
        ("gateway.example", "gateway.example", True),
        ("other.example, example", "gateway.example", True),
        (".example", "gateway.example", True),
        ("ample", "gateway.example", False),
        ("*", "gateway.example", True),
        ("gateway.example:443", "gateway.example", True),
        ("gateway.example:8443", "gateway.example", False),
        ("", "gateway.example", False),
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.0/24", "192.0.2.77", True),
        ("x,192.0.2.0/25", "192.0.2.200", False),
        ("2001:db8::/32", "2001:db8::5", True),
        ("nonsense/99", "192.0.2.1", False),
    ],
)
def test_no_proxy_exempts(monkeypatch: pytest.MonkeyPatch, exempt: str, host: str, direct: bool):
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:1")
    monkeypatch.setenv("NO_PROXY", exempt)
    assert (proxy_for(host, 443) is None) == direct


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "::1"])
def test_this_machine_is_exempt_always(monkeypatch: pytest.MonkeyPatch, host: str):
    monkeypatch.setenv("HTTPS_PROXY", "socks5://is-not-even-read")
    assert proxy_for(host, 443) is None


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("socks5h://user:SECRET@p:1", "its address begins with socks5h://"),
        ("https://user:SECRET@p:1", "its address begins with https://"),
        ("http://user:SECRET@p:port", "cannot be read"),
        ("http://user:SECRET@[::1", "cannot be read"),
        ("http://user:SECRET@", "has no host"),
        ("http://user:SECRET@a\x1bb", "has no host"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_reported_without_its_password(
    monkeypatch: pytest.MonkeyPatch, address: str, words: str
):
    monkeypatch.setenv("HTTPS_PROXY", address)
    with pytest.raises(ConfigError) as caught:
        proxy_for("gateway.example", 443)
    assert words in caught.value.message
    assert "SECRET" not in caught.value.message + caught.value.hint
    assert "http://" in caught.value.hint


def test_the_password_is_not_shown():
    assert "SECRET" not in repr(Proxy("p", 1, "me", "SECRET"))


def test_the_request_names_the_target_in_both_places():
    assert Proxy("p", 1).request("2001:db8::1", 8443).split(b"\r\n")[:2] == [
        b"CONNECT [2001:db8::1]:8443 HTTP/1.1",
        b"Host: [2001:db8::1]:8443",
    ]


def test_a_login_is_basic_in_utf_8():
    request = Proxy("p", 1, "jörg", "ß").request("h", 443)
    login = base64.b64encode("jörg:ß".encode())
    assert b"\r\nProxy-Authorization: Basic " + login + b"\r\n\r\n" in request


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"HTTP/1.1 200 Connection established\r\n\r\n", ""),
        (b"HTTP/1.0 200\r\n\r\n", ""),
        (b"HTTP/1.1 204 Odd\r\n\r\n", ""),
        (b"HTTP/1.1 407 Who\xff?\r\n\r\n", "status 407, Who\ufffd?"),
        (b"HTTP/1.1 503\r\n\r\n", "status 503"),
        (b"HTTP/1.1 200", "it did not answer as an HTTP proxy does"),
        (b"", "it did not answer as an HTTP proxy does"),
    ],
)
def test_answers_of_proxies(answer: bytes, why: str):
    assert Proxy("p", 1).refusal(answer) == why
