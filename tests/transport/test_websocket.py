import logging
import os
import random
import resource
import socket
import ssl
import threading
import time
import traceback
from collections.abc import Callable

import pytest
import websocket

from rc_tail import __version__
from rc_tail.errors import (
    CertificateError,
    ConnectionLostError,
    ExitStatus,
    HandshakeRefusedError,
    InsecureAddressError,
    InterceptedError,
    RcTailError,
    RemoteProtocolError,
    SystemRefusedError,
    UnreachableError,
)
from rc_tail.transport.websocket import (
    Connection,
    Dropped,
    Incoming,
    Pong,
    TransportOptions,
    gateway_url,
    open_connection,
)
from tests.transport.peer import (
    BINARY,
    PATIENCE,
    PONG,
    TEXT,
    Mind,
    Peer,
    close,
    frame,
    serving,
    text,
)

PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def dial(url: str, *, trust: ssl.SSLContext = PLAIN, **options: object) -> Connection:
    return open_connection(url, TransportOptions(**options), ssl_context=trust)  # type: ignore[arg-type]


def read_all(connection: Connection) -> tuple[list[Incoming], ConnectionLostError]:
    got: list[Incoming] = []
    while True:
        try:
            got += connection.read_batch(10.0)
        except ConnectionLostError as error:
            return got, error


def failing(url: str, **options: object) -> RcTailError:
    with pytest.raises(RcTailError) as caught:
        dial(url, connect_timeout=PATIENCE, **options)  # type: ignore[arg-type]
    told = "".join(traceback.format_exception(caught.value))
    assert "SECRET" not in told + caught.value.hint
    return caught.value


def answering(answer: bytes) -> Mind:
    def mind(peer: Peer) -> None:
        peer.read_head()
        peer.send(answer)

    return mind


# Opening.


def test_the_request_is_plain_and_holds_what_the_gateway_needs():
    asked = []

    def mind(peer: Peer) -> None:
        peer.accept(close(1000))
        asked.append(peer.asked)
        peer.read_to_end()

    with serving(mind) as server:
        read_all(dial(server.url))
        host = f"127.0.0.1:{server.port}"
    (request,) = asked
    assert request.line == "GET /ws?access_token=SECRET-TOKEN HTTP/1.1"
    assert request.headers.pop("sec-websocket-key")
    assert request.headers == {
        "host": host,
        "upgrade": "websocket",
        "connection": "Upgrade",
        "sec-websocket-version": "13",
        "user-agent": f"rc-tail/{__version__}",
        "x-user-agent": f"rc-tail/{__version__}",
    }


def test_what_comes_with_the_handshakes_answer_is_not_lost():
    def mind(peer: Peer) -> None:
        # The second message is split between the two reads.
        second = text("second")
        peer.accept(text("first") + second[:3])
        peer.send(second[3:], close(1000, "done"))
        peer.read_to_end()

    with serving(mind) as server:
        got, lost = read_all(dial(server.url))
    assert got == [b"first", b"second"]
    assert (lost.close_code, lost.reason) == (1000, "done")


def test_a_close_frame_that_comes_with_the_answer_ends_it_after_what_was_before():
    def mind(peer: Peer) -> None:
        peer.accept(text("[error]") + close(4400, "bad token"))
        peer.read_to_end()

    with serving(mind) as server:
        connection = dial(server.url)
        with pytest.raises(ConnectionLostError):
            connection.send_text("too late")
        got, lost = read_all(connection)
    assert got == [b"[error]"]
    assert str(lost) == ("the gateway closed the connection: 4400, token not accepted, bad token")


def test_tls_carries_both_directions(server_tls: ssl.SSLContext, trusting: ssl.SSLContext):
    heard = []

    def mind(peer: Peer) -> None:
        peer.accept()
        heard.append(peer.read())
        peer.send(*(text(f"{n} " + "x" * 3000) for n in range(100)), close(1000))
        peer.read_to_end()

    with serving(mind, tls=server_tls) as server:
        connection = dial(server.url, trust=trusting)
        connection.send_text("grüß dich")
        got, lost = read_all(connection)
    assert heard == [(TEXT, "grüß dich".encode())]
    assert got == [(f"{n} " + "x" * 3000).encode() for n in range(100)]
    assert lost.close_code == 1000


def test_ipv6_addresses_are_understood():
    def mind(peer: Peer) -> None:
        peer.accept()
        peer.send(text(peer.asked.headers["host"]), close(1000))
        peer.read_to_end()

    with serving(mind, family=socket.AF_INET6) as server:
        got, _ = read_all(dial(server.url))
    assert got == [f"[::1]:{server.port}".encode()]


# Addresses.


@pytest.mark.parametrize("host", ["gateway.example", "192.0.2.1", "127.0.0.1.example"])
def test_another_machine_is_not_reached_without_tls(host: str):
    error = failing(f"ws://{host}/ws?access_token=SECRET")
    assert isinstance(error, InsecureAddressError)
    assert host in error.message


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://gateway.example/?t=SECRET",
        "wss:///ws?t=SECRET",
        "wss://gateway.example:port/?t=SECRET",
        "wss://gateway.example/ws?t=SECRET\r\nHost: evil",
        "wss://gateway.example/ws?t=SECRET x",
        "wss://gateway.exämple/ws?t=SECRET",
        "wss://[::1/ws?t=SECRET",
    ],
)
def test_what_is_no_address_of_a_websocket_is_refused_unseen(url: str):
    assert type(failing(url)) is RemoteProtocolError


# Refusals.

REFUSED: list[tuple[bytes, str, int | None]] = [
    (b"HTTP/1.1 403 Forbidden\r\n\r\n", "status 403, Forbidden", 403),
    (b"HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n", "status 404", 404),
    (
        b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 21\r\n\r\nno, \x1b[31mSECRET-TOKEN!!",
        "status 401, no, \\x1b[31m***!!",
        401,
    ),
    (
        b'HTTP/1.1 400 Bad\r\nContent-Length: 46\r\n\r\n{"errorCode":"AGW-402","message":"bad  header"}',
        "status 400, bad header",
        400,
    ),
    (b"HTTP/1.1 502 Bad Gateway\r\n\r\n", "status 502, Bad Gateway", 502),
    (b"HTTP/1.1 500 Oh\r\nContent-Length: 7\r\n\r\n[1,2,3]", "status 500, Oh", 500),
    (b"HTTP/1.1 500 " + b"w" * 60_000 + b"\r\n\r\n", "status 500, " + "w" * 200, 500),
    # Less than it said, and something that is no number.
    (b"HTTP/1.1 503 Busy\r\nContent-Length: 900\r\n\r\nsorry", "status 503, sorry", 503),
    (b"HTTP/1.1 503 Busy\r\nContent-Length: many\r\n\r\nsorry", "status 503, sorry", 503),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "status 200, hi", 200),
    (b"HTTP/1.1 OK\r\n\r\n", "127.0.0.1 did not answer the WebSocket handshake correctly", None),
    (
        b"SSH-2.0-OpenSSH_9.2\r\n",
        "127.0.0.1 did not answer the WebSocket handshake correctly",
        None,
    ),
    (b"\xff\xfe\r\n\r\n", "127.0.0.1 did not answer the WebSocket handshake correctly", None),
    (b"", "127.0.0.1 closed the connection instead of answering", None),
]


@pytest.mark.parametrize(("answer", "words", "status"), REFUSED)
def test_any_other_answer_is_a_refusal_with_its_words(
    answer: bytes, words: str, status: int | None
):
    with serving(answering(answer)) as server:
        error = failing(server.url)
    assert isinstance(error, HandshakeRefusedError)
    assert error.message.endswith(words)
    assert error.status == status
    assert error.retry_after is None


# What breaks the protocol, and the words for it.
BROKEN = [
    (
        b"HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:9/?t=SECRET-TOKEN\r\n\r\n",
        "status 302, a redirect to 127.0.0.1, which is not followed",
    ),
    (
        b"HTTP/1.1 307 Moved\r\nLocation: //[\r\n\r\n",
        "status 307, a redirect to nowhere, which is not followed",
    ),
    (
        b"HTTP/1.1 301 Moved\r\n\r\n",
        "status 301, a redirect to the same host, which is not followed",
    ),
    (b"HTTP/1.1 101 Sure\r\n\r\n", "127.0.0.1 sent an invalid answer to the WebSocket handshake"),
    (b"HTTP/1.1 101 Sure\r\nno colon\r\n\r\n", "sent an invalid answer to the WebSocket handshake"),
]


@pytest.mark.parametrize(("answer", "words"), BROKEN)
def test_a_redirect_or_a_wrong_yes_breaks_the_protocol(answer: bytes, words: str):
    with serving(answering(answer)) as server:
        error = failing(server.url)
    assert isinstance(error, RemoteProtocolError)
    assert error.exit_status is ExitStatus.PROTOCOL
    assert error.message.endswith(words)


_HTML = b"Content-Type: text/html\r\n"
_PAGE = b"<html><head><title>Blocked: SECRET-TOKEN</title></head>"
# What comes from a captive portal or a proxy, and the words for it.
BETWEEN = [
    (
        b"HTTP/1.1 302 Found\r\nLocation: ws://evil.example/?t=SECRET-TOKEN\r\n\r\n",
        "status 302, a redirect to ws://evil.example/",
    ),
    (
        b"HTTP/1.1 403 No\r\n" + _HTML + b"Content-Length: %d\r\n\r\n" % len(_PAGE) + _PAGE,
        'status 403, a web page titled "Blocked: ***"',
    ),
    # Without a length, and never at its end.
    (b"HTTP/1.1 200 OK\r\n" + _HTML + b"\r\n" + _PAGE, 'titled "Blocked: ***"'),
    (
        b"HTTP/1.1 511 Log in\r\n" + _HTML + b"Transfer-Encoding: chunked\r\n\r\n"
        b"%x\r\n" % len(_PAGE) + _PAGE + b"\r\n0\r\n\r\n",
        'titled "Blocked: ***"',
    ),
    (
        b"HTTP/1.1 503 Busy\r\n"
        + _HTML
        + b"Content-Length: 900000\r\n\r\n"
        + _PAGE
        + b"x" * 80_000,
        'status 503, a web page titled "Blocked: ***"',
    ),
    (b"HTTP/1.1 407 Log in\r\n\r\n", "status 407, no page"),
]


@pytest.mark.parametrize(("answer", "words"), BETWEEN)
def test_a_page_of_something_in_between_is_named(answer: bytes, words: str):
    with serving(answering(answer)) as server:
        error = failing(server.url)
    assert isinstance(error, InterceptedError)
    assert error.exit_status is ExitStatus.UNREACHABLE
    assert error.message.startswith("something between this machine and 127.0.0.1 answered")
    assert error.message.endswith(words)


def test_the_services_own_code_is_kept():
    body = b'{"errors":[{"errorCode":"CMN-301","message":"Request rate exceeded"}]}'
    head = b"HTTP/1.1 429 Slow\r\nRetry-After: 30\r\nContent-Length: %d\r\n\r\n" % len(body)
    with serving(answering(head + body)) as server:
        error = failing(server.url)
    assert isinstance(error, HandshakeRefusedError)
    assert (error.status, error.code, error.retry_after) == (429, "CMN-301", 30.0)


def test_a_redirect_to_ourselves_is_not_followed():
    asked = []

    def mind(peer: Peer) -> None:
        asked.append(peer.read_head().line)
        where = f"ws://127.0.0.1:{peer.sock.getsockname()[1]}/again"
        peer.send(f"HTTP/1.1 302 Found\r\nLocation: {where}\r\n\r\n".encode())

    with serving(mind) as server:
        assert isinstance(failing(server.url), RemoteProtocolError)
    assert len(asked) == 1


def test_a_wrong_key_is_refused():
    def mind(peer: Peer) -> None:
        peer.read_head()
        peer.asked.headers["sec-websocket-key"] = "another"
        peer.send(peer.switching())

    with serving(mind) as server:
        error = failing(server.url)
    assert isinstance(error, RemoteProtocolError)
    assert "invalid answer" in error.message


def test_an_extension_that_was_not_requested_is_refused():
    def mind(peer: Peer) -> None:
        peer.read_head()
        peer.send(peer.switching("Sec-WebSocket-Extensions: permessage-deflate"))

    with serving(mind) as server:
        error = failing(server.url)
    assert isinstance(error, RemoteProtocolError)
    assert "extension" in error.message


def setting(cookie: str) -> Mind:
    def mind(peer: Peer) -> None:
        peer.read_head()
        peer.send(peer.switching(f"Set-Cookie: {cookie}") + text("x") + close(1000))
        peer.read_to_end()

    return mind


def test_a_balancers_cookie_does_no_harm():
    with serving(setting("AWSALB=x; Path=/")) as server:
        assert read_all(dial(server.url))[0] == [b"x"]


def test_a_cookie_that_the_library_cannot_read_raises_nothing_of_its_own():
    with serving(setting("a/b=c; Domain=127.0.0.1")) as server:
        assert isinstance(failing(server.url), RemoteProtocolError)


def test_an_answer_without_end_is_refused():
    def mind(peer: Peer) -> None:
        peer.read_head()
        peer.send(b"HTTP/1.1 101 Switching Protocols\r\n")
        while True:
            peer.send(b"X-More: " + b"x" * 1000 + b"\r\n")

    with serving(mind) as server:
        assert "is too long" in failing(server.url).message


@pytest.mark.parametrize("seed", range(40))
def test_garbage_raises_nothing_but_our_errors(seed: int):
    noise = random.Random(seed)
    pieces = [b"HTTP/1.1 ", b"101", b" ", b"\r\n", b":", b"\r\n\r\n", b"Content-Length: 3", b"\xff"]
    answer = b"".join(noise.choice([*pieces, noise.randbytes(3)]) for _ in range(12))
    with serving(answering(answer)) as server:
        assert isinstance(failing(server.url), HandshakeRefusedError | RemoteProtocolError)


# Time.


def dripping(data: bytes, then: bytes = b"x") -> Mind:
    def mind(peer: Peer) -> None:
        peer.read_head()
        peer.send(data)
        while True:
            peer.send(then)
            time.sleep(0.02)

    return mind


def seconds(work: Callable[[], object]) -> float:
    started = time.monotonic()
    work()
    return time.monotonic() - started


def test_a_handshake_that_drips_in_ends_at_the_deadline():
    def work() -> None:
        with pytest.raises(UnreachableError, match=r"127\.0\.0\.1 did not answer within 0\.3 s"):
            dial(server.url, connect_timeout=0.3)

    with serving(dripping(b"HTTP/1.1 101 Switching Protocols\r\nX: ")) as server:
        assert 0.3 <= seconds(work) < PATIENCE / 2


def test_a_refusal_whose_body_drips_in_is_reported_at_the_deadline():
    with serving(dripping(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 999\r\n\r\n")) as server:
        started = time.monotonic()
        with pytest.raises(HandshakeRefusedError, match="status 403, x"):
            # Its head comes within this, on a slow machine too.
            dial(server.url, connect_timeout=1.5)
        assert time.monotonic() - started < PATIENCE / 2


@pytest.mark.parametrize("secure", [False, True])
def test_silence_ends_at_the_deadline(secure: bool):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"ws{'s' if secure else ''}://127.0.0.1:{listener.getsockname()[1]}/"
        with pytest.raises(UnreachableError, match=r"did not answer within 0\.2 s"):
            dial(url, connect_timeout=0.2)


# Nobody there, or nobody to trust.


def test_a_closed_port_is_reported():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    error = failing(f"ws://127.0.0.1:{port}/?t=SECRET")
    assert isinstance(error, UnreachableError)
    assert error.message == "127.0.0.1 could not be reached (Connection refused)"


def test_a_reset_in_the_handshake_is_reported():
    def mind(peer: Peer) -> None:
        peer.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    with serving(mind) as server:
        assert isinstance(failing(server.url), UnreachableError)


def test_an_untrusted_certificate_is_reported_with_the_cure(server_tls: ssl.SSLContext):
    with serving(Peer.accept, tls=server_tls) as server:
        error = failing(server.url)
    assert isinstance(error, CertificateError)
    assert "the certificate of 127.0.0.1 is not trusted" in error.message
    assert "--ca-bundle" in error.hint


def test_a_certificate_of_another_name_is_not_trusted(
    stranger_tls: ssl.SSLContext, trusting: ssl.SSLContext
):
    with serving(Peer.accept, tls=stranger_tls) as server:
        error = failing(server.url, trust=trusting)
    assert isinstance(error, CertificateError)
    assert "127.0.0.1" in error.message


def test_a_server_without_tls_is_reported(trusting: ssl.SSLContext):
    def mind(peer: Peer) -> None:
        peer.sock.recv(100)
        peer.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with serving(mind) as server:
        error = failing(server.url.replace("ws:", "wss:"), trust=trusting)
    assert isinstance(error, UnreachableError)
    assert "TLS" in error.message


def test_a_lack_of_file_descriptors_is_the_systems():
    _, hard = limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    with serving(Peer.accept) as server:
        free = os.dup(0)
        os.close(free)
        resource.setrlimit(resource.RLIMIT_NOFILE, (free, hard))
        try:
            error = failing(server.url)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert isinstance(error, SystemRefusedError)
    assert "Too many open files" in error.message


# Secrets.


def test_the_librarys_log_stays_silent(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    heard: list[logging.LogRecord] = []

    class Heard(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.append(record)

    handler = Heard()
    websocket.enableTrace(True, handler=handler)
    try:
        with serving(lambda peer: peer.accept(close(1011))) as server:
            read_all(dial(server.url))
    finally:
        websocket.enableTrace(False)
    assert not heard
    assert not caplog.records


def test_trace_gets_each_text_in_and_out():
    told = []
    done = threading.Event()

    def mind(peer: Peer) -> None:
        peer.accept(text("with the answer"))
        peer.read()
        peer.send(text("one"), frame(BINARY, b"no"), frame(PONG), text("two"), close(1000))
        done.wait(PATIENCE)

    with serving(mind) as server:
        connection = dial(server.url, trace=lambda way, words: told.append((way, words)))
        connection.send_text("hällo")
        got, _ = read_all(connection)
        done.set()
    assert told == [
        ("in", "with the answer"),
        ("out", "hällo"),
        ("in", "one"),
        ("in", "two"),
    ]
    assert Pong(b"") in got


def test_messages_above_the_limit_are_dropped():
    def mind(peer: Peer) -> None:
        peer.accept()
        peer.send(text("x" * 2000), text("fits"), close(1000))
        peer.read_to_end()

    with serving(mind) as server:
        got, _ = read_all(dial(server.url, max_message=1000))
    assert got == [Dropped("too-large", 2000), b"fits"]


# Proxies.


def proxied(
    monkeypatch: pytest.MonkeyPatch,
    mind: Mind,
    trusting: ssl.SSLContext,
    login: str = "",
) -> tuple[list[Incoming], ConnectionLostError]:
    with serving(mind) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{login}127.0.0.1:{proxy.port}")
        return read_all(dial("wss://gateway.example/ws?access_token=SECRET", trust=trusting))


def test_a_proxy_is_asked_for_a_tunnel_and_sees_no_secret(
    monkeypatch: pytest.MonkeyPatch, server_tls: ssl.SSLContext, trusting: ssl.SSLContext
):
    asked = []

    def mind(peer: Peer) -> None:
        asked.append(peer.read_head())
        peer.send(b"HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n")
        inner = Peer(server_tls.wrap_socket(peer.sock, server_side=True))
        with inner.sock:
            inner.accept(text("through") + close(1000))
            inner.read_to_end()

    got, _ = proxied(monkeypatch, mind, trusting, "user:p%40ss@")
    assert got == [b"through"]
    assert asked[0].line == "CONNECT gateway.example:443 HTTP/1.1"
    assert asked[0].headers == {
        "host": "gateway.example:443",
        "user-agent": f"rc-tail/{__version__}",
        "proxy-authorization": "Basic dXNlcjpwQHNz",
    }


@pytest.mark.parametrize(
    ("answer", "words", "hint"),
    [
        (b"HTTP/1.1 407 Login\r\n\r\n", "status 407, Login", "user:password@"),
        (b"HTTP/1.0 502 \x1b[1m\r\n\r\n", "status 502, \\x1b[1m", "network"),
        (b"HTTP/1.1 403\r\n", "status 403", "network"),
        (b"\x05\xff", "it did not answer as an HTTP proxy does", "network"),
        (b"", "it did not answer as an HTTP proxy does", "network"),
    ],
)
def test_a_proxy_that_opens_no_way_is_reported(
    monkeypatch: pytest.MonkeyPatch,
    trusting: ssl.SSLContext,
    answer: bytes,
    words: str,
    hint: str,
):
    with pytest.raises(UnreachableError) as caught:
        proxied(monkeypatch, answering(answer), trusting)
    assert (
        caught.value.message
        == f"the proxy 127.0.0.1 refused the connection to gateway.example: {words}"
    )
    assert hint in caught.value.hint


@pytest.mark.parametrize("host", ["a..example", ".example", "a" * 64 + ".example"])
def test_what_cannot_be_a_name_is_reported_for_gateways_and_proxies(
    monkeypatch: pytest.MonkeyPatch, trusting: ssl.SSLContext, host: str
):
    with pytest.raises(UnreachableError, match="invalid host name"):
        dial(f"wss://{host}/", trust=trusting)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    with pytest.raises(UnreachableError, match="invalid host name"):
        dial(f"wss://{host}/", trust=trusting)
    monkeypatch.setenv("HTTPS_PROXY", f"http://{host}")
    with pytest.raises(UnreachableError, match=r"the proxy .*invalid host name"):
        dial("wss://gateway.example/", trust=trusting)


def test_a_proxy_that_is_not_there_is_reported(
    monkeypatch: pytest.MonkeyPatch, trusting: ssl.SSLContext
):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{listener.getsockname()[1]}")
    with pytest.raises(UnreachableError, match=r"the proxy 127\.0\.0\.1 could not be reached"):
        dial("wss://gateway.example/", trust=trusting)


def test_a_proxy_that_drips_ends_at_the_deadline(
    monkeypatch: pytest.MonkeyPatch, trusting: ssl.SSLContext
):
    with serving(dripping(b"HTTP/1.1 200 ")) as proxy:
        monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{proxy.port}")
        started = time.monotonic()
        with pytest.raises(UnreachableError, match=r"did not answer within 0\.3 s"):
            dial("wss://gateway.example/", trust=trusting, connect_timeout=0.3)
        assert time.monotonic() - started < PATIENCE / 2


def test_this_machine_is_reached_without_a_proxy(
    monkeypatch: pytest.MonkeyPatch, server_tls: ssl.SSLContext, trusting: ssl.SSLContext
):
    def mind(peer: Peer) -> None:
        peer.accept(close(1000))
        peer.read_to_end()

    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with serving(mind, tls=server_tls) as server:
        for host in ("127.0.0.1", "localhost"):
            batches, lost = read_all(dial(server.url.replace("127.0.0.1", host), trust=trusting))
            assert (batches, lost.close_code) == ([], 1000)


@pytest.mark.parametrize(
    ("uri", "token", "wsc", "url"),
    [
        ("wss://h/ws", "t", "", "wss://h/ws?access_token=t"),
        ("wss://h/ws", "t", "w", "wss://h/ws?access_token=t&wsc=w"),
        ("wss://h/ws?x=1", "t", "w", "wss://h/ws?x=1&access_token=t&wsc=w"),
        ("wss://h:443", "t", "", "wss://h:443?access_token=t"),
        ("wss://h/ws", "a-b._~+/=", "c==", "wss://h/ws?access_token=a-b._~+/=&wsc=c=="),
        ("wss://h/ws", "a&b c#d", "", "wss://h/ws?access_token=a%26b+c%23d"),
    ],
)
def test_the_gateways_address(uri, token, wsc, url):
    assert gateway_url(uri, token, wsc) == url
