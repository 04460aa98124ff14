import io
import os
import socket
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from rc_tail.config.tail_options import SinkRequest, TailOptions
from rc_tail.errors import ConfigError, UnreachableError, UsageError
from rc_tail.events.selection.select import select
from rc_tail.reporter import Reporter
from rc_tail.rest.platform import Platform
from rc_tail.tail.sink_setup import RETRIES, SinkSet
from tests.sinks.receivers import Receiver, answer
from tests.sinks.test_forward import DEFAULTS

EXEC = SinkRequest("exec", "true", {"exec_jobs": None, "exec_timeout": None})


def forward(url: str, **values: Any) -> SinkRequest:
    return SinkRequest("forward", url, DEFAULTS | values)


def sinks(*requests: SinkRequest, messages: io.StringIO | None = None, **values: Any) -> SinkSet:
    options = TailOptions(select(["sms"], []), sinks=requests, **values)
    return SinkSet(options, Reporter(messages or io.StringIO()), no_platform)


def no_platform() -> Platform:
    raise AssertionError("no sink here needs a login")


def test_standard_output_is_one_of_them_unless_nothing_is_printed():
    assert sinks(EXEC).names == ("stdout", "exec")
    assert sinks(EXEC, output="none").names == ("exec",)


def test_the_name_of_a_sink_says_nothing_of_its_tuning():
    names = sinks(forward("localhost:1/hook?token=s3cret", forward_jobs=3)).names
    assert names == ("stdout", "forward:http://localhost:1/hook")


def test_a_file_for_two_outputs_is_refused(tmp_path: Path):
    append = SinkRequest("append", str(file := tmp_path / "a"))
    for option in ("dead_letter", "health_file", "ready_file"):
        values: dict[str, Any] = {option: file}
        with pytest.raises(UsageError, match="for two outputs"):
            sinks(append, **values)
    assert not file.exists()


def test_standard_output_counts_where_events_are_printed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
):
    file, saved = tmp_path / "a", os.dup(1)
    append = SinkRequest("append", str(file))
    with capfd.disabled(), file.open("w") as out:
        os.dup2(out.fileno(), 1)
        try:
            with pytest.raises(UsageError, match="standard output is used for two outputs"):
                sinks(append)
            assert sinks(append, output="none").names == (f"append:{file}",)
        finally:
            os.dup2(saved, 1)
            os.close(saved)


def test_one_that_is_named_twice_is_refused():
    with pytest.raises(UsageError, match="given twice"):
        sinks(forward("localhost:1"), forward("http://localhost:1/"))


def test_a_dead_letter_that_cannot_be_written_is_refused(tmp_path: Path):
    with pytest.raises(UsageError, match="--dead-letter"):
        sinks(EXEC, dead_letter=tmp_path)


def test_each_is_opened_before_the_first_event():
    receiver = Receiver()
    with receiver.listening() as port:
        fan_out = sinks(forward(f"localhost:{port}")).open(lambda _: None)
        fan_out.start()
        fan_out.stop(run_queued=True)
        assert fan_out.join(60)
    assert len(receiver.handshakes) == 1


def test_one_that_is_away_at_the_start_ends_the_run_after_retry_for():
    with pytest.raises(UnreachableError):
        sinks(forward("localhost:1"), retry_for=0.3).open(lambda _: None)


def test_a_wait_at_the_start_is_reported_once():
    messages = io.StringIO()
    with pytest.raises(UnreachableError):
        sinks(forward("localhost:1"), messages=messages, retry_for=2.5).open(lambda _: None)
    assert messages.getvalue() == (
        "rc-tail: waiting for forward:http://localhost:1/: localhost:1 could not be reached "
        "(Connection refused); retrying for 2 s (Ctrl-C to stop)\n"
    )


def test_a_receiver_that_does_not_answer_is_waited_for_too():
    messages = io.StringIO()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host = f"127.0.0.1:{listener.getsockname()[1]}"
        away = sinks(forward(host, forward_timeout=2.0), messages=messages, retry_for=1.9)
        with pytest.raises(UnreachableError, match=r"did not answer within 2 s"):
            away.open(lambda _: None)
    assert messages.getvalue() == (
        f"rc-tail: waiting for forward:http://{host}/: no answer yet; retrying for 1 s "
        "(Ctrl-C to stop)\n"
    )


def test_a_receiver_that_comes_within_a_second_is_not_reported():
    receiver, messages = Receiver(), io.StringIO()

    def late(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(0.3)
        answer(handler, 200, {"Validation-Token": handler.headers["Validation-Token"]})

    receiver.on_handshake = late
    with receiver.listening() as port:
        sinks(forward(f"localhost:{port}"), messages=messages).open(lambda _: None)
        time.sleep(1.2)
    assert messages.getvalue() == ""


def test_a_failed_handshake_is_not_tried_again():
    receiver = Receiver()
    receiver.on_handshake = lambda handler: answer(handler, 500)
    with receiver.listening() as port, pytest.raises(ConfigError, match="SUB-522"):
        sinks(forward(f"localhost:{port}")).open(lambda _: None)
    assert len(receiver.handshakes) == 1


@pytest.mark.parametrize(
    ("request_", "resume", "retries"),
    [
        (forward("localhost:1"), None, RETRIES),
        (forward("localhost:1"), "work", None),
        (forward("localhost:1", forward_retries=2), "work", 2),
        (forward("localhost:1", forward_retries="forever"), None, None),
        (EXEC, None, None),
    ],
)
def test_how_often_an_event_is_tried_again(
    request_: SinkRequest, resume: str | None, retries: int | None
):
    assert sinks(request_, resume=resume)._retries(request_) == retries
