import pytest
from hypothesis import given
from hypothesis import strategies as st

from rc_tail.errors import ConfigError
from rc_tail.network.server_address import (
    PlainHttpError,
    is_loopback,
    normalize_server,
    unreachable_hint,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://platform.ringcentral.com", "https://platform.ringcentral.com"),
        ("  https://Platform.RingCentral.com/ ", "https://platform.ringcentral.com"),
        ("HTTPS://platform.ringcentral.com:443", "https://platform.ringcentral.com"),
        ("https://rc.example:8443", "https://rc.example:8443"),
        ("http://127.0.0.1:5000/", "http://127.0.0.1:5000"),
        ("http://localhost:80", "http://localhost"),
        ("http://[::1]:5000", "http://[::1]:5000"),
        ("https://[2001:db8::1]", "https://[2001:db8::1]"),
    ],
)
def test_an_address_has_one_form(text: str, expected: str) -> None:
    assert normalize_server(text) == expected
    assert normalize_server(expected) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "platform.ringcentral.com",
        "ftp://platform.ringcentral.com",
        "https://",
        "https:///path",
        "https://rc.example/restapi",
        "https://rc.example?x=1",
        "https://rc.example#x",
        "https://rc.example:0",
        "https://rc.example:99999",
        "https://rc.example:port",
        "https://[::1",
        "https://a..example",
        f"https://{'a' * 64}.example",
        "https://a b.example",
        "https://a\\b.example",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        normalize_server(text)
    assert not isinstance(caught.value, PlainHttpError)


@pytest.mark.parametrize("host", ["platform.ringcentral.com", "10.0.0.1", "127.0.0.1.evil.test"])
def test_plain_http_is_for_this_machine_only(host: str) -> None:
    with pytest.raises(PlainHttpError) as caught:
        normalize_server(f"http://{host}")
    assert f"https://{host}" in caught.value.hint
    assert caught.value.exit_status == 78


@pytest.mark.parametrize("text", ["https://ada:hunter2@rc.example", "x://ada:hunter2@rc.example"])
def test_a_password_in_an_address_is_not_repeated(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        normalize_server(text)
    assert "hunter2" not in caught.value.message + caught.value.hint


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("LOCALHOST", True),
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("2130706433", False),
        ("localhost.evil.test", False),
        ("", False),
    ],
)
def test_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


@given(st.text())
def test_any_text_is_an_address_or_a_configuration_error(text: str) -> None:
    try:
        address = normalize_server(text)
    except ConfigError:
        return
    assert normalize_server(address) == address


@given(st.text())
def test_any_host_is_an_address_or_a_configuration_error(text: str) -> None:
    try:
        address = normalize_server(f"https://{text}")
    except ConfigError:
        return
    assert normalize_server(address) == address


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("127.0.0.1", "simulator"),
        ("localhost", "RC_SERVER_URL"),
        ("platform.ringcentral.com", "network"),
        ("", "proxy"),
    ],
)
def test_what_to_do_where_nobody_is_reached(host: str, words: str) -> None:
    assert words in unreachable_hint(host)
