import contextlib
import json
import os
import re
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from rc_tail.config.tail_options import SinkRequest
from rc_tail.errors import ConfigError, UnreachableError, UsageError
from rc_tail.gateway.event_key import event_key
from rc_tail.gateway.messages import Notification
from rc_tail.sinks.event_words import event_words
from rc_tail.sinks.forward import check, forward_address, make
from rc_tail.sinks.sink import RefusedError, Sink, SinkContext, TryAgainError
from tests.output.events import notification
from tests.sinks.receivers import Receiver, answer
from tests.sinks.sinks import PATIENCE

DEFAULTS: dict[str, Any] = {
    "forward_headers": (),
    "forward_header_file": None,
    "forward_token_file": None,
    "forward_jobs": None,
    "forward_timeout": None,
    "forward_retries": None,
    "handshake": True,
}


def request_for(url: str, **values: Any) -> SinkRequest:
    return SinkRequest("forward", url, DEFAULTS | values)


def sink_for(url: str, **values: Any) -> Sink:
    context = SinkContext(os.environ, lambda _: None, lambda _: None)
    return make(request_for(url, **values), context)


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def url(receiver: Receiver) -> Iterator[str]:
    with receiver.listening() as port:
        yield f"localhost:{port}/hook"


# The address.


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("localhost:3000", "http://localhost:3000/"),
        ("127.0.0.1:3000/a?b=c", "http://127.0.0.1:3000/a?b=c"),
        ("[::1]:3000/a", "http://[::1]:3000/a"),
        ("example.com/hook", "https://example.com/hook"),
        ("https://example.com", "https://example.com/"),
        ("http://localhost/a#part", "http://localhost/a"),
    ],
)
def test_without_a_scheme_this_machine_is_plain_and_others_are_not(text: str, url: str):
    assert forward_address(text, allows_plain=False) == url


def test_plain_http_to_another_machine_must_be_allowed():
    with pytest.raises(UsageError, match="not encrypted"):
        forward_address("http://example.com/", allows_plain=False)
    assert forward_address("http://example.com/", allows_plain=True) == "http://example.com/"


def test_a_password_in_the_address_is_not_shown():
    with pytest.raises(UsageError) as caught:
        forward_address("https://me:s3cret@example.com/", allows_plain=False)
    assert "s3cret" not in caught.value.message + caught.value.hint


def test_a_file_that_does_not_exist_is_noticed_before_anything_else():
    request = request_for("localhost:1", forward_token_file=Path("no-such-file"))
    with pytest.raises(UsageError, match="--forward-token-file: no-such-file does not exist"):
        check(request, allows_plain=False)


def test_a_connection_that_ends_without_an_answer_is_none_about_the_event(
    receiver: Receiver, url: str
):
    receiver.answers = [cut]
    with pytest.raises(TryAgainError) as caught:
        sink_for(url).deliver([notification(1)])
    assert not caught.value.is_about_event


def test_a_token_has_one_line(url: str, tmp_path: Path):
    file = tmp_path / "token"
    file.write_text("abc\nX-Evil: y")
    file.chmod(0o600)
    with pytest.raises(UsageError, match="not one line") as caught:
        sink_for(url, forward_token_file=file)
    assert "Evil" not in caught.value.message + caught.value.hint


# What is said with -v.


def test_each_post_is_noted_with_its_outcome(receiver: Receiver, url: str):
    notes: list[str] = []
    context = SinkContext(os.environ, lambda _: None, lambda _: None, notes.append)
    sink = make(request_for(f"{url}?key=s3cret"), context)
    receiver.answers = [503, 400, 200, cut]
    event = notification(1)
    for expected in (TryAgainError, RefusedError, None, TryAgainError):
        with contextlib.nullcontext() if expected is None else pytest.raises(expected):
            sink.deliver([event])
    assert [re.sub(r"[0-9]+ ms", "N ms", note) for note in notes] == [
        f"forward: {outcome} POST http://{url} {event_words(event)} (N ms)"
        for outcome in ("503", "400", "200", "no answer to")
    ]


# The handshake.


def test_the_handshake_is_an_empty_post_with_a_random_token(receiver: Receiver, url: str):
    sink_for(url).open()
    sink_for(url).open()
    first, second = receiver.handshakes
    assert first["content-length"] == "0"
    assert first["validation-token"] != second["validation-token"]
    assert len(first["validation-token"]) >= 16
    assert receiver.requests == []


def no_echo(handler: BaseHTTPRequestHandler) -> None:
    answer(handler, 200)


def other_echo(handler: BaseHTTPRequestHandler) -> None:
    answer(handler, 200, {"Validation-Token": "other"})


def created(handler: BaseHTTPRequestHandler) -> None:
    answer(handler, 201, {"Validation-Token": handler.headers["Validation-Token"]})


def failing(handler: BaseHTTPRequestHandler) -> None:
    answer(handler, 500)


def redirect(handler: BaseHTTPRequestHandler) -> None:
    answer(handler, 302, {"Location": "/elsewhere"})


def too_long(handler: BaseHTTPRequestHandler) -> None:
    echo = {"Validation-Token": handler.headers["Validation-Token"]}
    answer(handler, 200, echo, b"x" * 1025)


@pytest.mark.parametrize(
    ("how", "code", "words"),
    [
        (no_echo, "SUB-520", "Validation-Token"),
        (other_echo, "SUB-520", "Validation-Token"),
        (created, "SUB-522", "HTTP status is 201"),
        (failing, "SUB-522", "WebHook responds with incorrect HTTP status. HTTP status is 500"),
        (redirect, "SUB-522", "HTTP status is 302"),
        (too_long, "SUB-525", "WebHook server response is invalid"),
    ],
)
def test_a_receiver_that_fails_the_handshake_is_told_what_the_service_would_say(
    receiver: Receiver, url: str, how: Any, code: str, words: str
):
    receiver.on_handshake = how
    with pytest.raises(ConfigError) as caught:
        sink_for(url).open()
    assert (caught.value.code, caught.value.exit_status) == (code, 78)
    assert words in caught.value.message
    assert "--no-handshake" in caught.value.hint


def test_without_the_handshake_nothing_is_asked(receiver: Receiver, url: str):
    sink_for(url, handshake=False).open()
    assert receiver.handshakes == []


def test_a_receiver_that_is_not_there_is_unreachable():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(UnreachableError):
        sink_for(f"localhost:{port}").open()


# Events.


def test_an_event_comes_as_a_webhook_does(receiver: Receiver, url: str, tmp_path: Path):
    (tmp_path / "token").write_text("verify-me\n")
    (tmp_path / "headers").write_text("# private\nAuthorization: Bearer x\n\n")
    sink = sink_for(
        url,
        forward_headers=("X-Env: test",),
        forward_token_file=tmp_path / "token",
        forward_header_file=tmp_path / "headers",
    )
    event = notification(7)
    assert sink.deliver([event]) == 1
    ((headers, body),) = receiver.requests
    assert body == event.payload
    assert headers["content-type"] == "application/json"
    assert headers["verification-token"] == "verify-me"
    assert headers["authorization"] == "Bearer x"
    assert headers["x-env"] == "test"
    assert headers["rc-key"] == event_key(event).text
    assert "rc-source" not in headers
    sink.close()


def test_a_past_event_is_marked(receiver: Receiver, url: str):
    past = Notification("history:sms:1", "/e", "", b'{"uuid":"history:sms:1"}')
    sink_for(url).deliver([past])
    assert receiver.requests[0][0]["rc-source"] == "history"


def test_a_key_outside_latin_1_is_sent_all_the_same(receiver: Receiver, url: str):
    odd = Notification("1", "/e/Grüße-你", "", b'{"uuid":"1","body":{"id":"\\ud83d\\ude00"}}')
    assert sink_for(url).deliver([odd]) == 1


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_2xx_is_taken(receiver: Receiver, url: str, status: int):
    receiver.answers = [status]
    assert sink_for(url).deliver([notification(1)]) == 1


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 599])
def test_what_may_change_is_tried_again(receiver: Receiver, url: str, status: int):
    receiver.answers = [status]
    with pytest.raises(TryAgainError) as caught:
        sink_for(url).deliver([notification(1)])
    assert (caught.value.status, caught.value.is_about_event) == (status, True)


@pytest.mark.parametrize("status", [300, 301, 302, 307, 400, 401, 403, 404, 409, 410, 413, 422])
def test_what_will_not_change_is_refused(receiver: Receiver, url: str, status: int):
    receiver.answers = [status]
    with pytest.raises(RefusedError, match=f"HTTP {status}") as caught:
        sink_for(url).deliver([notification(1)])
    assert caught.value.status == status
    assert len(receiver.requests) == 1


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("7", 7.0), ("soon", None), ("-1", None), ("1e3", None), ("99999999999", None)],
)
def test_retry_after_is_obeyed_where_it_can_be_read(
    receiver: Receiver, url: str, value: str, seconds: float | None
):
    receiver.answers = [503]
    receiver.headers = {"Retry-After": value}
    with pytest.raises(TryAgainError) as caught:
        sink_for(url).deliver([notification(1)])
    assert caught.value.after == seconds


def test_retry_after_may_be_a_date(receiver: Receiver, url: str):
    receiver.answers = [503]
    receiver.headers = {
        "Retry-After": time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 60))
    }
    with pytest.raises(TryAgainError) as caught:
        sink_for(url).deliver([notification(1)])
    assert caught.value.after == pytest.approx(60, abs=3)


def cut(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


def lie(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "100")
    handler.end_headers()
    handler.wfile.write(b"short")
    cut(handler)


def never(handler: BaseHTTPRequestHandler) -> None:
    # Nothing comes before the client gives up.
    with contextlib.suppress(ConnectionError):
        assert handler.connection.recv(1) == b""
    handler.close_connection = True


def drip(handler: BaseHTTPRequestHandler) -> None:
    with contextlib.suppress(OSError):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for _ in range(3000):
            handler.wfile.write(b"X-A: b\r\n")
            time.sleep(0.02)
    handler.close_connection = True


def garbage(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"\x00\xff not http\r\n\r\n")
    cut(handler)


@pytest.mark.parametrize("how", [lie, never, drip, garbage])
def test_no_whole_answer_in_time_uses_up_a_retry(receiver: Receiver, url: str, how: Any):
    receiver.answers = [how]
    with pytest.raises(TryAgainError) as caught:
        sink_for(url, forward_timeout=0.3).deliver([notification(1)])
    assert caught.value.is_about_event


def test_without_a_connection_no_retry_is_used_up():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(TryAgainError) as caught:
        sink_for(f"localhost:{port}").deliver([notification(1)])
    assert not caught.value.is_about_event


def test_a_proxy_is_not_asked_for_this_machine(
    receiver: Receiver, url: str, monkeypatch: pytest.MonkeyPatch
):
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert sink_for(url).deliver([notification(1)]) == 1


def test_several_jobs_post_at_the_same_time(receiver: Receiver, url: str):
    # Each is answered when all have come: one at a time would never end.
    all_have_come = threading.Barrier(6, timeout=PATIENCE)

    def together(handler: BaseHTTPRequestHandler) -> None:
        all_have_come.wait()
        answer(handler, 200)

    receiver.answers = [together] * 6
    sink = sink_for(url, forward_jobs=6)
    events = [notification(n) for n in range(6)]
    while events:
        events = events[sink.deliver(events) :]
    assert sorted(json.loads(body)["uuid"] for _, body in receiver.requests) == list("012345")


def test_a_secret_of_a_file_is_known_to_the_redactor(tmp_path: Path):
    (tmp_path / "token").write_text("verify-me")
    (tmp_path / "headers").write_text("X-Api-Key: key-123\n")
    secrets: list[str] = []
    context = SinkContext(os.environ, lambda _: None, secrets.append)
    request = request_for(
        "localhost:1",
        forward_token_file=tmp_path / "token",
        forward_header_file=tmp_path / "headers",
    )
    make(request, context)
    assert sorted(secrets) == ["key-123", "verify-me"]


def test_a_header_file_with_an_error_names_the_line(tmp_path: Path):
    (tmp_path / "headers").write_text("X-A: b\nno colon s3cret\n")
    with pytest.raises(UsageError, match="--forward-header-file, line 2") as caught:
        sink_for("localhost:1", forward_header_file=tmp_path / "headers")
    assert "s3cret" not in caught.value.message
