import errno
import os
import resource
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme

from rc_tail.errors import (
    CertificateError,
    ConfigError,
    NoAnswerError,
    RcTailError,
    SystemRefusedError,
    UnexpectedAnswerError,
    UnreachableError,
)
from rc_tail.network.tls import make_tls_context
from rc_tail.rest import http as exchange
from rc_tail.rest.http import HttpClient, HttpRequest, ended_unanswered
from tests.rest.platform import LoopbackPlatform, Reply, serve
from tests.transport.peer import Peer, serving


@contextmanager
def opened(ca_bundle: Path | None = None, timeout: float = 60) -> Iterator[HttpClient]:
    made = HttpClient(lambda: make_tls_context(ca_bundle), timeout=timeout)
    try:
        yield made
    finally:
        made.close()


def test_a_request_arrives_as_it_was_meant(platform: LoopbackPlatform) -> None:
    platform.answer("/x", Reply(201, b"\x00body", {"RCRequestId": "r-1"}))
    with opened() as http:
        answer = http.send(
            HttpRequest("POST", platform.url + "/x", {"A": "b"}, {"q": ["1", "2"]}, {"f": "a b&c"})
        )
    assert (answer.status, answer.body) == (201, b"\x00body")
    assert answer.headers["rcrequestid"] == "r-1"
    assert 0 <= answer.seconds < 60
    (asked,) = platform.asked
    assert (asked.method, asked.query, asked.form) == ("POST", {"q": ["1", "2"]}, {"f": "a b&c"})
    assert asked.headers["a"] == "b"
    assert asked.headers["user-agent"].startswith("rc-tail/")
    assert asked.headers["x-user-agent"] == asked.headers["user-agent"]
    assert asked.headers["accept-encoding"] == "identity"


def test_a_connection_is_kept_for_the_next_request_but_not_for_long(
    platform: LoopbackPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened() as http:
        for _ in range(2):
            http.send(HttpRequest("GET", platform.url + "/x"))
        monkeypatch.setattr(exchange, "IDLE_LIMIT", 0.0)
        http.send(HttpRequest("GET", platform.url + "/x"))
    first, second, third = (asked.port for asked in platform.asked)
    assert first == second
    assert third != second


def test_a_connection_that_the_server_closed_is_not_used_again() -> None:
    with raw_server(HEAD + b"Content-Length: 2\r\n\r\nhi") as url, opened() as http:
        for _ in range(3):
            assert http.send(HttpRequest("GET", url + "/x")).body == b"hi"
            # Its end of the connection comes after its answer.
            time.sleep(0.1)


@pytest.mark.parametrize("status", [200, 204])
def test_a_connection_is_kept_after_an_empty_body(platform: LoopbackPlatform, status: int) -> None:
    platform.answer("/x", *[Reply(status)] * 2)
    with opened() as http:
        for _ in range(2):
            assert http.send(HttpRequest("DELETE", platform.url + "/x")).status == status
    assert len({asked.port for asked in platform.asked}) == 1


def test_a_body_in_chunks() -> None:
    chunks = [HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"3\r\nabc\r\n", b"0\r\n\r\n"]
    with raw_server(*chunks) as url, opened() as http:
        assert http.send(HttpRequest("GET", url + "/x")).body == b"abc"


def test_headers_of_one_name_are_joined() -> None:
    head = HEAD + b"A: 1\r\na: 2\r\nContent-Length: 0\r\n\r\n"
    with raw_server(head) as url, opened() as http:
        assert http.send(HttpRequest("GET", url + "/x")).headers["a"] == "1, 2"


@pytest.mark.parametrize(
    ("target", "params", "line"),
    [
        ("", {}, "/"),
        ("/a%2Fb?c=%20d", {}, "/a%2Fb?c=%20d"),
        ("/?c=d#part", {"e": "f g"}, "/?c=d&e=f+g"),
        ("/{é}", {"ü": "ö"}, "/%7B%C3%A9%7D?%C3%BC=%C3%B6"),
    ],
)
def test_a_target_is_sent_encoded(target: str, params: dict[str, str], line: str) -> None:
    lines: list[str] = []

    def answer(peer: Peer) -> None:
        lines.append(peer.read_head().line)
        peer.send(HEAD + b"Content-Length: 0\r\n\r\n")

    with serving(answer) as server, opened() as http:
        http.send(HttpRequest("GET", f"http://127.0.0.1:{server.port}{target}", {}, params))
    assert lines == [f"GET {line} HTTP/1.1"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems may drop what came before")
def test_who_refuses_a_body_unread_is_heard() -> None:
    def refuse(peer: Peer) -> None:
        peer.read_head()
        peer.send(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
        peer.sock.shutdown(socket.SHUT_WR)
        time.sleep(0.1)

    with serving(refuse) as server, opened() as http:
        # More than the system buffers.
        request = HttpRequest("POST", f"http://127.0.0.1:{server.port}/x", body=b"x" * 30_000_000)
        assert http.send(request).status == 413


def test_no_cookie_is_kept(platform: LoopbackPlatform) -> None:
    platform.answer("/x", Reply(200, None, {"Set-Cookie": "id=1; Path=/"}))
    with opened() as http:
        for _ in range(2):
            http.send(HttpRequest("GET", platform.url + "/x"))
    assert "cookie" not in platform.asked[1].headers


def test_a_netrc_is_not_read(
    platform: LoopbackPlatform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login ada password hunter2\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with opened() as http:
        http.send(HttpRequest("GET", platform.url + "/x"))
    assert "authorization" not in platform.asked[0].headers


def test_a_redirect_is_not_followed(platform: LoopbackPlatform) -> None:
    platform.answer("/x", Reply(302, None, {"Location": "/y"}))
    with opened() as http:
        assert http.send(HttpRequest("GET", platform.url + "/x")).status == 302
    assert platform.paths() == ["/x"]


# Certificates.


@contextmanager
def tls_platform(authority: trustme.CA, name: str = "127.0.0.1") -> Iterator[LoopbackPlatform]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    with serve(context) as running:
        yield running


def test_an_authority_of_the_users_own(authority: trustme.CA, tmp_path: Path) -> None:
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    with tls_platform(authority) as platform, opened(bundle) as http:
        for _ in range(2):
            assert http.send(HttpRequest("GET", platform.url + "/x")).status == 404
        assert len({asked.port for asked in platform.asked}) == 1


def test_an_unknown_authority_is_not_trusted(authority: trustme.CA) -> None:
    with tls_platform(authority) as platform, opened() as http:
        with pytest.raises(CertificateError, match="is not trusted") as caught:
            http.send(HttpRequest("GET", platform.url + "/x"))
        assert platform.asked == []
    assert caught.value.exit_status == 69
    assert "--ca-bundle" in caught.value.hint


def test_a_certificate_of_another_name_is_not_trusted(
    authority: trustme.CA, tmp_path: Path
) -> None:
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    with tls_platform(authority, "other.example") as platform, opened(bundle) as http:
        with pytest.raises(CertificateError, match=r"127\.0\.0\.1"):
            http.send(HttpRequest("GET", platform.url + "/x"))
        assert platform.asked == []


def test_a_bundle_for_requests_is_used(
    authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    with tls_platform(authority) as platform, opened() as http:
        http.send(HttpRequest("GET", platform.url + "/x"))
        assert platform.asked != []


# Servers that misbehave below HTTP.


@contextmanager
def raw_server(*chunks: bytes, every: float = 0.0) -> Iterator[str]:
    """Answers each connection with `chunks`, `every` seconds one, then closes."""
    stop = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))

    def talk(connection: socket.socket) -> None:
        with connection:
            connection.settimeout(5)
            if not connection.recv(65536):
                return
            for chunk in chunks:
                connection.sendall(chunk)
                if stop.wait(every):
                    return

    def run() -> None:
        while True:
            connection, _ = listener.accept()
            if stop.is_set():
                connection.close()
                return
            try:
                talk(connection)
            except OSError as error:
                if error.errno not in (errno.EPIPE, errno.ECONNRESET):
                    raise

    thread = threading.Thread(target=run)
    thread.start()
    port = listener.getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        stop.set()
        socket.create_connection(("127.0.0.1", port)).close()
        thread.join()
        listener.close()


HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    "chunks",
    [
        [HEAD, *[b"X: y\r\n"] * 1000],
        [HEAD + b"Content-Length: 1000\r\n\r\n", *[b"x"] * 1000],
    ],
    ids=["headers", "body"],
)
def test_an_answer_that_drips_in_ends_with_the_deadline(chunks: list[bytes]) -> None:
    started = time.monotonic()
    with raw_server(*chunks, every=0.02) as url, opened(timeout=0.3) as http:
        with pytest.raises(UnreachableError, match=r"within 0\.3 s"):
            http.send(HttpRequest("GET", url + "/x"))
        # All of it takes 20 s.
        assert time.monotonic() - started < 15
        for thread in threading.enumerate():
            if thread.name == "rc-tail-rest":
                thread.join()


def test_one_request_may_have_a_shorter_deadline() -> None:
    with (
        raw_server(HEAD, every=3) as url,
        opened(timeout=30) as http,
        pytest.raises(UnreachableError, match=r"within 0\.2 s"),
    ):
        http.send(HttpRequest("GET", url + "/x"), timeout=0.2)


@pytest.mark.parametrize(
    ("chunks", "words"),
    [
        ([], "could not be reached"),
        ([b"junk\r\n\r\n"], "could not be reached"),
        ([HEAD + b"Content-Length: 10\r\n\r\nabc"], "could not be reached"),
        ([HEAD + b"X: " + b"y" * 70_000 + b"\r\n\r\n"], "could not be reached"),
    ],
    ids=["closed", "junk", "cut", "huge header"],
)
def test_an_answer_that_is_invalid(chunks: list[bytes], words: str) -> None:
    with (
        raw_server(*chunks) as url,
        opened() as http,
        pytest.raises(UnreachableError, match=words),
    ):
        http.send(HttpRequest("GET", url + "/x"))


@pytest.mark.parametrize(
    ("chunks", "ended"),
    [
        ([], True),
        ([b"junk\r\n\r\n"], False),
        ([HEAD + b"Content-Length: 10\r\n\r\nabc"], False),
        ([HEAD] * 100, False),
    ],
    ids=["closed", "junk", "cut", "slow"],
)
def test_a_connection_that_ends_instead_of_an_answer_is_told_apart(
    chunks: list[bytes], ended: bool
) -> None:
    with raw_server(*chunks, every=0.02) as url, opened(timeout=0.3) as http:
        with pytest.raises(NoAnswerError) as caught:
            http.send(HttpRequest("GET", url + "/x"))
        assert ended_unanswered(caught.value) == ended


def test_an_answer_that_is_too_large() -> None:
    with (
        raw_server(HEAD + b"\r\n", *[b"x" * 65536] * 20) as url,
        opened() as http,
        pytest.raises(UnexpectedAnswerError, match="more than 100000 bytes"),
    ):
        http.send(HttpRequest("GET", url + "/x", limit=100_000))


def test_the_body_of_a_redirect_is_bounded_too() -> None:
    head = b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\n\r\n"
    with (
        raw_server(head, *[b"x" * 65536] * 20) as url,
        opened() as http,
        pytest.raises(UnexpectedAnswerError, match="more than 100000 bytes"),
    ):
        http.send(HttpRequest("GET", url + "/x", limit=100_000))


def test_an_encoding_that_was_not_requested(platform: LoopbackPlatform) -> None:
    platform.answer("/x", Reply(200, b"\x1f\x8b", {"Content-Encoding": "gzip\x1b[31m"}))
    with opened() as http, pytest.raises(UnexpectedAnswerError, match=r"gzip\\x1b"):
        http.send(HttpRequest("GET", platform.url + "/x"))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


# Downloads.


def test_a_body_is_passed_on_as_it_comes_however_large() -> None:
    got: list[int] = []
    with raw_server(HEAD + b"X: y\r\n\r\n", *[b"x" * 65536] * 200) as url, opened() as http:

        def receive(status: int, headers: Mapping[str, str]) -> Callable[[bytes], None]:
            assert (status, headers["x"]) == (200, "y")
            return lambda part: got.append(len(part))

        answer = http.download(HttpRequest("GET", url + "/x", limit=10), receive, longest=60)
    assert (sum(got), answer.body) == (200 * 65536, b"")
    assert max(got) <= 65536


def test_a_body_that_nobody_takes_is_a_short_answer(platform: LoopbackPlatform) -> None:
    platform.answer("/x", Reply(404, b"no"))
    with opened() as http:
        request = HttpRequest("GET", platform.url + "/x")
        answer = http.download(request, lambda _status, _headers: None, longest=60)
    assert (answer.status, answer.body) == (404, b"no")


def take_nothing(_: bytes) -> None:
    pass


@pytest.mark.parametrize(
    ("chunks", "error", "longest"),
    [
        ([HEAD + b"Content-Length: 10\r\n\r\nabc"], "could not be reached", 60),
        ([HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nabc"], "could not be reached", 60),
        ([HEAD + b"Content-Length: 1000\r\n\r\n", *[b"x"] * 1000], r"within 0\.1 s", 0.1),
    ],
    ids=["cut", "cut chunk", "drips"],
)
def test_a_body_that_does_not_come_whole(chunks: list[bytes], error: str, longest: float) -> None:
    with (
        raw_server(*chunks, every=0.02 if len(chunks) > 1 else 0.0) as url,
        opened() as http,
        pytest.raises(UnreachableError, match=error),
    ):
        http.download(
            HttpRequest("GET", url + "/x"), lambda _status, _headers: take_nothing, longest=longest
        )


def test_what_takes_the_body_may_end_it() -> None:
    def full(_: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with (
        raw_server(HEAD + b"\r\n", *[b"x" * 65536] * 20) as url,
        opened() as http,
        pytest.raises(OSError, match="No space left"),
    ):
        http.download(HttpRequest("GET", url + "/x"), lambda _status, _headers: full, longest=60)


def test_no_server_listens() -> None:
    with opened() as http, pytest.raises(UnreachableError, match="Connection refused") as caught:
        http.send(HttpRequest("GET", f"http://127.0.0.1:{free_port()}/x"))
    assert caught.value.exit_status == 69
    assert caught.value.retryable


def test_no_such_name() -> None:
    with opened() as http, pytest.raises(UnreachableError, match=r"(?i)name"):
        http.send(HttpRequest("GET", "https://no-such-host.invalid/x"))


@pytest.mark.parametrize(
    ("host", "kind", "words"),
    [
        (f"{'a' * 70}..example", UnreachableError, "invalid host name"),
        ("*.example", ConfigError, "invalid address"),
    ],
)
def test_a_host_that_cannot_be(host: str, kind: type[RcTailError], words: str) -> None:
    with opened() as http, pytest.raises(kind, match=words):
        http.send(HttpRequest("GET", f"https://{host}/x"))


def test_no_file_descriptor_left(platform: LoopbackPlatform) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with opened() as http:
        http.send(HttpRequest("GET", platform.url + "/x"))
        http.close()
        descriptor = os.open(os.devnull, os.O_RDONLY)
        os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, (descriptor, hard))
        try:
            with pytest.raises(SystemRefusedError, match="Too many open files"):
                http.send(HttpRequest("GET", platform.url + "/x"))
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_bug_of_ours_comes_out_on_the_asking_thread() -> None:
    def broken() -> ssl.SSLContext:
        raise ZeroDivisionError

    http = HttpClient(broken, timeout=1)
    with pytest.raises(ZeroDivisionError):
        http.send(HttpRequest("GET", "https://rc.example/x"))
    http.close()


def test_a_request_goes_through_a_proxys_tunnel_which_is_kept(
    monkeypatch: pytest.MonkeyPatch, server_tls: ssl.SSLContext, trusting: ssl.SSLContext
) -> None:
    lines: list[str] = []

    def tunnel(peer: Peer) -> None:
        lines.append(peer.read_head().line)
        peer.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with server_tls.wrap_socket(peer.sock, server_side=True) as sock:
            inner = Peer(sock)
            for _ in range(2):
                lines.append(inner.read_head().line)
                inner.send(HEAD + b"Content-Length: 2\r\n\r\nhi")

    with serving(tunnel) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://ada:hunter2@127.0.0.1:{proxy.port}")
        http = HttpClient(lambda: trusting, timeout=60)
        bodies = [http.send(HttpRequest("GET", "https://gateway.example/x")).body for _ in "ab"]
        http.close()
    assert bodies == [b"hi", b"hi"]
    assert lines == ["CONNECT gateway.example:443 HTTP/1.1", *["GET /x HTTP/1.1"] * 2]


def test_a_proxy_that_drips_ends_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        raw_server(b"HTTP/1.1 200 ", *[b"x"] * 1000, every=0.02) as url,
        opened(timeout=0.3) as http,
    ):
        monkeypatch.setenv("ALL_PROXY", url)
        started = time.monotonic()
        with pytest.raises(UnreachableError, match=r"rc\.example did not answer within 0\.3 s"):
            http.send(HttpRequest("GET", "https://rc.example/x"))
        # All of it takes 20 s.
        assert time.monotonic() - started < 15
        for thread in threading.enumerate():
            if thread.name == "rc-tail-rest":
                thread.join()
