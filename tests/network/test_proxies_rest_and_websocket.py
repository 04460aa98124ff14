"""REST and WebSocket side by side: the same variables lead both the same way."""

import base64
import contextlib
import os
import socket
import ssl
from collections.abc import Callable, Iterator

import pytest

from rc_tail.errors import ConfigError, RcTailError, UnreachableError
from rc_tail.rest.http import HttpClient, HttpRequest
from rc_tail.transport.websocket import TransportOptions, open_connection
from tests.transport.peer import Asked, Peer, serving

PROXY_HOST = "proxy.example"
TLS = ssl.create_default_context()


def rest(url: str) -> None:
    client = HttpClient(lambda: TLS, timeout=60)
    try:
        client.send(HttpRequest("GET", url))
    finally:
        client.close()


def websocket(url: str) -> None:
    open_connection(url.replace("https:", "wss:"), TransportOptions(), ssl_context=TLS)


BOTH = {"rest": rest, "websocket": websocket}


class Network:
    """Two machines: the proxy, which refuses every tunnel, and whatever else has a name."""

    def __init__(self, proxy_port: int, direct_port: int) -> None:
        self.ports = {"proxy": proxy_port, "direct": direct_port}
        self.looked_up: list[str] = []
        self.requests: list[Asked] = []

    def getaddrinfo(self, host: str, port: int, *_: object, **__: object) -> list[object]:
        which = "proxy" if host == PROXY_HOST else "direct"
        self.looked_up.append(which)
        address = ("127.0.0.1", self.ports[which])
        return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", address)]


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Iterator[Network]:
    def refuse(peer: Peer) -> None:
        made.requests.append(peer.read_head())
        peer.send(b"HTTP/1.1 403 Forbidden\r\n\r\n")

    with serving(refuse) as proxy, serving(lambda _: None) as direct:
        made = Network(proxy.port, direct.port)
        monkeypatch.setattr(socket, "getaddrinfo", made.getaddrinfo)
        yield made


def way(network: Network, ask: Callable[[str], None], url: str) -> tuple[str, str]:
    """Return where a request went, and how it failed."""
    network.looked_up.clear()
    try:
        ask(url)
    except RcTailError as error:
        return (network.looked_up or [str(int(error.exit_status))])[0], error.message + error.hint
    raise AssertionError("neither machine answers requests")


def ways(network: Network, url: str) -> set[str]:
    return {way(network, ask, url)[0] for ask in BOTH.values()}


def set_variables(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    for name in os.environ:
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


def read_some(peer: Peer) -> None:
    """Close only then: with bytes unread, the connection would be reset."""
    peer.sock.recv(65536)


P = f"http://{PROXY_HOST}:3128"


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, "direct"),
        ({"HTTPS_PROXY": P}, "proxy"),
        ({"https_proxy": P}, "proxy"),
        ({"HTTPS_PROXY": "http://other.example", "https_proxy": P}, "proxy"),
        ({"ALL_PROXY": P}, "proxy"),
        ({"all_proxy": P}, "proxy"),
        ({"ALL_PROXY": "http://other.example", "HTTPS_PROXY": P}, "proxy"),
        ({"HTTP_PROXY": P}, "direct"),
        ({"HTTPS_PROXY": ""}, "direct"),
        ({"HTTPS_PROXY": "  "}, "direct"),
        ({"HTTPS_PROXY": f" {P}\n"}, "proxy"),
        ({"HTTPS_PROXY": f"\t{P}\r\n"}, "proxy"),
        ({"HTTPS_PROXY": f"{PROXY_HOST}:3128"}, "proxy"),
        ({"HTTPS_PROXY": f"HTTP://{PROXY_HOST}/"}, "proxy"),
        ({"HTTPS_PROXY": f"https://{PROXY_HOST}:3128"}, "78"),
        ({"HTTPS_PROXY": f"socks5://{PROXY_HOST}:3128"}, "78"),
        ({"ALL_PROXY": f"socks5h://{PROXY_HOST}:3128"}, "78"),
        ({"HTTPS_PROXY": f"junk://{PROXY_HOST}:3128"}, "78"),
        ({"HTTPS_PROXY": "http://"}, "78"),
        ({"HTTPS_PROXY": f"http://{PROXY_HOST}:port"}, "78"),
        ({"HTTPS_PROXY": f"http://{PROXY_HOST}:99999"}, "78"),
        ({"HTTPS_PROXY": "http://[::1"}, "78"),
        ({"HTTPS_PROXY": "http://a b:1"}, "78"),
    ],
)
def test_a_proxy_is_chosen_alike(
    network: Network, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], expected: str
) -> None:
    set_variables(monkeypatch, variables)
    assert ways(network, "https://rc.example.test/x") == {expected}


NAME, V4, V6 = "rc.example.test", "192.0.2.2", "[fd00::2]"


@pytest.mark.parametrize("variable", ["NO_PROXY", "no_proxy"])
@pytest.mark.parametrize(
    ("exempt", "host", "expected"),
    [
        ("rc.example.test", NAME, "direct"),
        ("RC.Example.TEST", NAME, "direct"),
        ("rc.example.test.", NAME, "direct"),
        ("example.test", NAME, "direct"),
        (".example.test", NAME, "direct"),
        (".rc.example.test", NAME, "direct"),
        ("ample.test", NAME, "proxy"),
        ("other.test", NAME, "proxy"),
        ("rc.example.test:443", NAME, "direct"),
        (".example.test:443", NAME, "direct"),
        ("rc.example.test:8443", NAME, "proxy"),
        ("rc.example.test:8443", f"{NAME}:8443", "direct"),
        ("rc.example.test", f"{NAME}:8443", "direct"),
        ("*", NAME, "direct"),
        (" * ", NAME, "direct"),
        ("other.test,*", NAME, "direct"),
        ("", NAME, "proxy"),
        (",", NAME, "proxy"),
        (".", NAME, "proxy"),
        ("other.test, rc.example.test", NAME, "direct"),
        ("other.test rc.example.test", NAME, "direct"),
        (" other.test ,\t.example.test:443 ,", NAME, "direct"),
        ("192.0.2.2", NAME, "proxy"),
        ("192.0.2.2", V4, "direct"),
        ("192.0.2.2:443", V4, "direct"),
        ("192.0.2.2:8443", V4, "proxy"),
        ("192.0.2.0/24", V4, "direct"),
        ("192.0.2.128/25", V4, "proxy"),
        ("192.0.2.9/24", V4, "direct"),
        ("2.2", V4, "proxy"),
        ("nonsense/99", V4, "proxy"),
        ("fd00::2", V6, "direct"),
        ("FD00:0:0::2", V6, "direct"),
        ("[fd00::2]", V6, "direct"),
        ("[fd00::2]:443", V6, "direct"),
        ("[fd00::2]:8443", V6, "proxy"),
        ("fd00::/64", V6, "direct"),
        ("[fd00::]/64", V6, "direct"),
        ("fd01::/64", V6, "proxy"),
        ("192.0.2.0/24", V6, "proxy"),
        ("fd00::/64", V4, "proxy"),
    ],
)
def test_hosts_are_exempt_alike(
    network: Network,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    exempt: str,
    host: str,
    expected: str,
) -> None:
    set_variables(monkeypatch, {"HTTPS_PROXY": P, variable: exempt})
    assert ways(network, f"https://{host}/x") == {expected}


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "[::1]", "LOCALHOST"])
@pytest.mark.parametrize("proxy", [P, "socks5://not-even-read", "http://"])
def test_this_machine_is_reached_directly(
    network: Network, monkeypatch: pytest.MonkeyPatch, host: str, proxy: str
) -> None:
    set_variables(monkeypatch, {"HTTPS_PROXY": proxy, "ALL_PROXY": proxy, "HTTP_PROXY": proxy})
    assert ways(network, f"https://{host}:5000/x") == {"direct"}


def logins(network: Network) -> set[str]:
    found = {asked.headers.get("proxy-authorization", "") for asked in network.requests}
    return {
        base64.b64decode(login.removeprefix("Basic ")).decode(errors="surrogateescape")
        for login in found
    }


@pytest.mark.parametrize(
    ("login", "expected"),
    [
        ("ada:hunter2", "ada:hunter2"),
        ("ada:p%40ss%3Aword", "ada:p@ss:word"),
        ("ada:p@ss:word", "ada:p@ss:word"),
        ("ada:a[b", "ada:a[b"),
        ("ada:a]b", "ada:a]b"),
        ("ada:a#b", "ada:a#b"),
        ("ada:a/b", "ada:a/b"),
        ("ada:a//b", "ada:a//b"),
        ("ada:a?b", "ada:a?b"),
        ("ada:100%", "ada:100%"),
        ("ada:a b", "ada:a b"),
        ("jörg:\u20acuro\u2713", "jörg:\u20acuro\u2713"),
        ("j%C3%B6rg:%E2%82%AC", "jörg:\u20ac"),
        ("ada:%E4", "ada:\udce4"),
        ("ada:\udce4", "ada:\udce4"),
        ("ada", "ada:"),
        (":hunter2", ":hunter2"),
    ],
)
def test_users_and_passwords_arrive_alike(
    network: Network, monkeypatch: pytest.MonkeyPatch, login: str, expected: str
) -> None:
    set_variables(monkeypatch, {"HTTPS_PROXY": f"http://{login}@{PROXY_HOST}:3128"})
    for ask in BOTH.values():
        taken, words = way(network, ask, "https://rc.example.test/x")
        assert taken == "proxy"
        assert words.startswith(
            f"the proxy {PROXY_HOST} refused the connection to rc.example.test: status"
        )
    assert logins(network) == {expected}
    assert len(network.requests) == len(BOTH)
    assert {asked.line for asked in network.requests} == {"CONNECT rc.example.test:443 HTTP/1.1"}


@pytest.mark.parametrize(
    "password", ["SECRET", "SEC[RET", "#SECRET", "/SECRET", ":SECRET", "@SECRET"]
)
@pytest.mark.parametrize(
    "address",
    [
        "http://ada:{}@proxy.example:3128",
        "https://ada:{}@proxy.example:3128",
        "socks5://ada:{}@proxy.example:3128",
        "http://ada:{}@proxy.example:port",
        "http://ada:{}@[proxy.example",
        "http://ada:{}@",
        "ada:{}@proxy.example:x",
        "://ada:{}@proxy.example:3128",
    ],
)
def test_no_message_has_a_piece_of_the_password(
    network: Network, monkeypatch: pytest.MonkeyPatch, address: str, password: str
) -> None:
    set_variables(monkeypatch, {"HTTPS_PROXY": address.format(password)})
    told = [way(network, ask, "https://rc.example.test/x") for ask in BOTH.values()]
    assert len(set(told)) == 1
    assert "SEC" not in told[0][1]
    assert "RET" not in told[0][1]


def test_a_proxy_that_repeats_the_login_does_not_bring_it_into_a_message(
    monkeypatch: pytest.MonkeyPatch, network: Network
) -> None:
    login = base64.b64encode(b"ada:hunter2").decode()

    def repeat(peer: Peer) -> None:
        peer.read_head()
        peer.send(f"HTTP/1.1 407 not ada:hunter2 ({login})\r\n\r\n".encode())

    with serving(repeat) as proxy:
        network.ports["proxy"] = proxy.port
        set_variables(monkeypatch, {"HTTPS_PROXY": f"http://ada:hunter2@{PROXY_HOST}"})
        told = {way(network, ask, "https://rc.example.test/x")[1] for ask in BOTH.values()}
    (words,) = told
    assert "hunter2" not in words
    assert login not in words
    assert "HTTPS_PROXY=http://user:password@host:port" in words


def test_a_proxy_that_cannot_be_used_is_reported_in_the_same_words(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_variables(monkeypatch, {"HTTPS_PROXY": "socks5://proxy.example:1080"})
    for ask in BOTH.values():
        with pytest.raises(ConfigError) as caught:
            ask("https://rc.example.test/x")
        assert caught.value.message == "the proxy cannot be used: its address begins with socks5://"
        assert "HTTPS_PROXY" in caught.value.hint


@pytest.mark.parametrize("failure", ["refused", "silent", "unknown"])
def test_what_fails_below_is_reported_in_the_same_words(
    monkeypatch: pytest.MonkeyPatch, network: Network, failure: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        network.ports["direct"] = gone.getsockname()[1]
    if failure == "unknown":

        def unknown(*_: object, **__: object) -> list[object]:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

        monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with contextlib.ExitStack() as stack:
        if failure == "silent":
            mute = serving(read_some)
            network.ports["direct"] = stack.enter_context(mute).port
        told = set()
        for ask in BOTH.values():
            with pytest.raises(UnreachableError) as caught:
                ask("https://rc.example.test/x")
            told.add((caught.value.message, caught.value.hint))
    assert len(told) == 1
    assert next(iter(told))[0].startswith("rc.example.test could not be reached (")
