import socket
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rc_tail.errors import (
    ExitStatus,
    HandshakeDeferredError,
    HandshakeRefusedError,
    InterceptedError,
    InterceptedForNowError,
    RcTailError,
    RemoteProtocolError,
    UnreachableError,
)
from rc_tail.network.connect import Deadline
from rc_tail.text.escape import is_plain
from rc_tail.transport.handshake import (
    GatewayAddress,
    HandshakeSocket,
    gateway_address,
    handshake_error,
    http_status,
)
from tests.transport.peer import PATIENCE

URL = "wss://gateway.example/ws?access_token=tok%2Fen&wsc=wsc-secret"


@pytest.mark.parametrize(
    ("url", "address"),
    [
        (URL, GatewayAddress("gateway.example", 443, secure=True)),
        ("wss://Gateway.Example:8443", GatewayAddress("gateway.example", 8443, secure=True)),
        ("ws://127.0.0.1/ws", GatewayAddress("127.0.0.1", 80, secure=False)),
        ("ws://localhost:1/", GatewayAddress("localhost", 1, secure=False)),
        ("ws://[::1]:7/ws?a=b", GatewayAddress("::1", 7, secure=False)),
        ("wss://user:word@h/", GatewayAddress("h", 443, secure=True)),
    ],
)
def test_where_an_address_leads(url: str, address: GatewayAddress):
    assert gateway_address(url) == address


@given(st.text())
def test_any_text_is_an_address_or_an_error_of_ours(url: str):
    for candidate in (url, f"wss://{url}", f"ws://127.0.0.1:{url}"):
        try:
            address = gateway_address(candidate)
        except RcTailError:
            continue
        assert address.host
        assert 0 < address.port < 65536
        assert address.secure or address.host == "127.0.0.1"


@given(st.binary(), st.sampled_from([b"", b"HTTP/1.1 403 x\r\n", b"HTTP/1.1 503 x\r\n\r\n"]))
@example(b'{"message":"\x80"}', b"HTTP/1.1 503 x\r\n\r\n")
def test_any_answer_is_a_refusal_on_one_line(noise: bytes, head: bytes):
    error = handshake_error("gateway.example", URL, head + noise)
    assert is_plain(error.message + error.code)
    assert len(error.message) < 300


@pytest.mark.parametrize("secret", ["tok%2Fen", "tok/en", "wsc-secret"])
def test_tokens_are_not_repeated_in_any_spelling(secret: str):
    body = f"no session for {secret}, sorry".encode()
    told = handshake_error("h", URL, b"HTTP/1.1 401 Unauthorized\r\n\r\n" + body)
    assert told.message == "h refused the WebSocket: status 401, no session for ***, sorry"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("30", 30.0),
        ("0", 0.0),
        ("-1", None),
        ("soon", None),
        ("٣", None),
        ("1" * 400, None),
        ("900", 900.0),
    ],
)
def test_retry_after_in_seconds_is_kept(header: str, seconds: float | None):
    answer = f"HTTP/1.1 503 Busy\r\nRETRY-AFTER:  {header} \r\n\r\n".encode()
    error = handshake_error("h", URL, answer)
    assert isinstance(error, HandshakeRefusedError)
    assert error.retry_after == seconds


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (b"", HandshakeRefusedError, "h closed the connection instead of answering"),
        (
            b"SSH-2.0-x\r\n",
            HandshakeRefusedError,
            "h did not answer the WebSocket handshake correctly",
        ),
        (b"HTTP/1.1 200 OK\r\n\r\nhi", HandshakeRefusedError, "status 200, hi"),
        (b"HTTP/1.1 502 Bad\r\n\r\n", HandshakeDeferredError, "status 502, Bad"),
        (
            b"HTTP/1.1 502 Bad\r\n\r\n<html>",
            InterceptedForNowError,
            "502, a web page without a title",
        ),
        (b"HTTP/1.1 500 Oh\r\n\r\n[1]", HandshakeDeferredError, "status 500, Oh"),
        (
            b'HTTP/1.1 403 No\r\n\r\n{"message":"tok%2Fen \\u001b[2J"}',
            HandshakeRefusedError,
            "status 403, *** \\x1b[2J",
        ),
        (
            b"HTTP/1.1 101 Yes\r\n\r\n",
            RemoteProtocolError,
            "sent an invalid answer to the WebSocket handshake",
        ),
        (
            b"HTTP/1.1 302 Found\r\nLocation: wss://other/?t=wsc-secret\r\n\r\n",
            InterceptedError,
            "status 302, a redirect to wss://other/",
        ),
        (
            b"HTTP/1.1 307 Moved\r\nLocation: //[\r\n\r\n",
            RemoteProtocolError,
            "status 307, a redirect to nowhere, which is not followed",
        ),
    ],
)
def test_what_an_answer_means(answer: bytes, kind: type[RcTailError], words: str):
    error = handshake_error("h", URL, answer)
    assert type(error) is kind
    assert error.message.endswith(words)


@pytest.mark.parametrize(
    "url", ["http://h/", "wss://", "wss://h:x/", "wss://h/a b", "ws://far.example/", "/ws"]
)
def test_other_addresses_are_refused(url: str):
    with pytest.raises(RcTailError) as refused:
        gateway_address(url)
    assert refused.value.exit_status is ExitStatus.PROTOCOL


@pytest.mark.parametrize(
    ("answer", "status"),
    [(b"HTTP/1.1 403 No\r\n\r\n", 403), (b"HTTP/1.1 403 No\r\n", None), (b"\xff\r\n\r\n", None)],
)
def test_a_status_counts_once_its_head_is_whole(answer: bytes, status: int | None):
    assert http_status(answer) == status


def test_reads_are_served_from_what_has_come():
    mine, theirs = socket.socketpair()
    with mine, theirs:
        guarded = HandshakeSocket(mine, Deadline(5.0, "h"))
        assert 0 < guarded.gettimeout() <= 5.0
        assert guarded.send(b"hello") == 5
        assert theirs.recv(10) == b"hello"
        theirs.sendall(b"abc")
        assert guarded.recv(1) == b"a"
        assert guarded.recv(1) == b"b"
        assert guarded.rest() == b"c"
        theirs.close()
        assert guarded.recv(10) == b"c"
        assert guarded.recv(10) == b""
        guarded.close()
        assert mine.fileno() == -1


def test_neither_a_silent_nor_a_deaf_peer_outlasts_the_deadline():
    mine, theirs = socket.socketpair()
    with mine, theirs:
        guarded = HandshakeSocket(mine, Deadline(0.1, "gateway"))
        started = time.monotonic()
        with pytest.raises(UnreachableError, match="gateway did not answer"):
            guarded.send(b"x" * 10_000_000)
        with pytest.raises(UnreachableError, match="gateway did not answer"):
            guarded.recv(1)
        assert time.monotonic() - started < PATIENCE / 2


def test_silence_ends_at_the_deadline():
    mine, theirs = socket.socketpair()
    with mine, theirs, pytest.raises(UnreachableError, match=r"within 0\.1 s"):
        HandshakeSocket(mine, Deadline(0.1, "gateway")).recv(1)


def test_an_answer_has_its_limit():
    mine, theirs = socket.socketpair()
    with mine, theirs:
        guarded = HandshakeSocket(mine, Deadline(5.0, "h"))
        for _ in range(16):
            theirs.sendall(b"x" * 4096)
            while len(guarded.recv(4096)) < 4096:
                pass
        with pytest.raises(HandshakeRefusedError, match="is too long"):
            guarded.recv(1)
        assert len(guarded.answer) < 70_000


@pytest.mark.parametrize(
    ("status", "exit_status"),
    [(408, 75), (425, 75), (429, 75), (500, 75), (503, 75), (401, 69), (403, 69), (404, 69)],
)
def test_a_temporary_refusal_ends_as_one(status: int, exit_status: int):
    error = handshake_error("h", URL, f"HTTP/1.1 {status} No\r\n\r\n".encode())
    assert error.exit_status == exit_status
