import json
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from rc_tail.errors import UsageError
from rc_tail.gateway.messages import Notification
from rc_tail.gateway.retry import Backoff
from rc_tail.sinks.dead_letter import DeadLetters
from rc_tail.sinks.event_queue import MemoryQueue
from rc_tail.sinks.exec_command import LONGEST, ExecSink, event_variables, split_command
from rc_tail.sinks.runner import RunnerOptions, SinkRunner
from rc_tail.text.escape import is_plain
from tests.sinks.sinks import PATIENCE, wait_until

SMS = "/restapi/v1.0/account/1/extension/2/message-store/instant?type=SMS"


def sms(number: int = 1, text: str = "hi") -> Notification:
    body = {"from": {"phoneNumber": "+16505550199"}, "to": [{"name": "Ada"}], "subject": text}
    body["direction"] = "Inbound"
    payload = json.dumps({"uuid": str(number), "event": SMS, "body": body}).encode()
    return Notification(str(number), SMS, "2026-03-02T09:36:00.000Z", payload)


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


class Commands:
    """Commands as a run starts them: through a runner with its queue in memory."""

    def __init__(self, words: list[str], **options: Any) -> None:
        self.told: list[str] = []
        defaults: dict[str, Any] = {"jobs": 1, "timeout": PATIENCE, "environ": os.environ}
        self.sink = ExecSink(words, warn=self.told.append, **{**defaults, **options})
        self.queue = MemoryQueue()
        self.runner = SinkRunner(
            self.sink,
            self.queue,
            RunnerOptions(),
            dead_letters=DeadLetters(None, time.time),
            backoff=Backoff(lambda low, high: low),
            report=lambda report: self.told.append(str(report)),
            warn=self.told.append,
        )
        self.runner.start()

    def put(self, events: Sequence[Notification]) -> None:
        self.queue.put(events)
        self.runner.wake()

    def stop(self, *, drain: bool = True) -> None:
        self.runner.stop(drain=drain)

    def join(self, timeout: float) -> bool:
        return self.runner.join(timeout)


class Run:
    def __init__(self, words: list[str], **options: Any) -> None:
        self.commands = Commands(words, **options)
        self.told = self.commands.told

    def times_out_once(self, happened: Callable[[], bool]) -> None:
        """Let the command time out soon after this; its start may take its time."""
        wait_until(happened)
        self.commands.sink._timeout = 0.1

    def end(self) -> list[str]:
        self.commands.stop()
        assert self.commands.join(PATIENCE)
        return self.told


def test_a_command_gets_the_event_on_its_input_and_its_fields_as_variables(tmp_path: Path):
    out = tmp_path / "out"
    run = Run(
        python(
            "import os, sys, json\n"
            f"out = open({str(out)!r}, 'a')\n"
            "fields = {k: v for k, v in os.environ.items() if k.startswith('RC_EVENT_')}\n"
            "out.write(json.dumps([fields, sys.stdin.read()]) + '\\n')\n"
        )
    )
    run.commands.put([sms(7, "hello\nthere")])
    assert run.end() == []
    fields, line = json.loads(out.read_text())
    assert json.loads(line)["uuid"] == "7"
    assert line.endswith("}\n")
    assert fields["RC_EVENT_KIND"] == "sms"
    assert fields["RC_EVENT_FROM"] == "+16505550199"
    assert fields["RC_EVENT_TO"] == "Ada"
    assert fields["RC_EVENT_TEXT"] == "hello\\nthere"
    assert fields["RC_EVENT_DIRECTION"] == "Inbound"
    assert fields["RC_EVENT_UUID"] == "7"


def test_one_at_a_time_they_run_in_order(tmp_path: Path):
    out = tmp_path / "out"
    run = Run(["sh", "-c", f'echo "$RC_EVENT_UUID" >> {out}'])
    run.commands.put([sms(n) for n in range(5)])
    run.commands.put([sms(5)])
    run.end()
    assert out.read_text().split() == ["0", "1", "2", "3", "4", "5"]


def test_several_run_at_once(tmp_path: Path):
    # Each waits for the other: one at a time would never end.
    script = f"touch {tmp_path}/$RC_EVENT_UUID; while [ ! -e {tmp_path}/1 ] || [ ! -e {tmp_path}/2 ]; do sleep 0.01; done"
    run = Run(["sh", "-c", script], jobs=2)
    run.commands.put([sms(1), sms(2)])
    assert run.end() == []


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("raise SystemExit(3)", "exited with status 3"),
        ("import os; os.kill(os.getpid(), 9)", "was killed by signal 9"),
    ],
)
def test_failures_are_reported(code: str, words: str):
    run = Run(python(code))
    run.commands.put([sms(4)])
    (told,) = run.end()
    assert told == f"--exec: the command {words} (event 4)"


def test_many_failures_are_summed_up():
    run = Run(["false"], jobs=4)
    run.commands.put([sms(n) for n in range(25)])
    told = run.end()
    assert len(told) == 21
    assert told[-1] == "--exec: 5 more commands failed"


def test_a_command_that_reads_nothing_is_no_failure():
    run = Run(["true"])
    run.commands.put([sms(1, "x" * 1_000_000)])
    assert run.end() == []


def holder_of_the_input(pid: Path, then: str) -> list[str]:
    """Return a command whose child holds what is given to it, and never reads it."""
    script = f"exec 3<&0; sleep 600 <&3 & echo $! > {pid}.new; mv {pid}.new {pid}; {then}"
    return ["sh", "-c", script]


def test_a_child_that_holds_the_input_of_a_command_that_has_ended_delays_nothing(tmp_path: Path):
    pid = tmp_path / "pid"
    run = Run(holder_of_the_input(pid, "exit 3"))
    run.commands.put([sms(1, "x" * 1_000_000)])
    try:
        assert run.end() == ["--exec: the command exited with status 3 (event 1)"]
    finally:
        os.kill(int(pid.read_text()), signal.SIGKILL)


def test_a_command_that_never_reads_a_large_event_is_ended_in_time(tmp_path: Path):
    pid = tmp_path / "pid"
    run = Run(holder_of_the_input(pid, "wait"))
    run.commands.put([sms(1, "x" * 1_000_000)])
    run.times_out_once(pid.exists)
    (told,) = run.end()
    assert "timed out after 0.1 s" in told
    assert gone(int(pid.read_text()))


def test_a_large_event_arrives_whole_at_a_command_that_reads_slowly(tmp_path: Path):
    out = tmp_path / "out"
    code = (
        "import sys, time\n"
        "total = 0\n"
        "while piece := sys.stdin.buffer.raw.read(100_000):\n"
        "    total += len(piece)\n"
        "    time.sleep(0.01)\n"
        f"open({str(out)!r}, 'w').write(str(total))\n"
    )
    event = sms(1, "x" * 1_000_000)
    run = Run(python(code))
    run.commands.put([event])
    assert run.end() == []
    assert int(out.read_text()) == len(event.payload) + 1


def test_a_command_that_is_gone_meanwhile_is_reported(tmp_path: Path):
    run = Run([str(tmp_path / "gone")])
    run.commands.put([sms(1)])
    (told,) = run.end()
    assert "could not be started: No such file" in told


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A zombie that nobody has collected is as good as gone.
    return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2][:3]


def gone(pid: int) -> bool:
    deadline = time.monotonic() + PATIENCE
    while alive(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def test_a_command_that_takes_too_long_is_ended_with_all_that_it_started(tmp_path: Path):
    pid = tmp_path / "pid"
    run = Run(["sh", "-c", f"sleep 600 & echo $! > {pid}.new; mv {pid}.new {pid}; wait"])
    run.commands.put([sms(1)])
    run.times_out_once(pid.exists)
    (told,) = run.end()
    assert "timed out after 0.1 s" in told
    assert gone(int(pid.read_text()))


def test_a_command_that_ignores_being_asked_is_ended_all_the_same(tmp_path: Path):
    pid = tmp_path / "pid"
    code = (
        "import os, signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"open({str(pid)!r}, 'w').write(str(os.getpid()))\n"
        "time.sleep(600)\n"
    )
    run = Run(python(code))
    run.commands.put([sms(1)])
    run.times_out_once(lambda: pid.exists() and pid.read_text() != "")
    run.end()
    assert gone(int(pid.read_text()))


def test_in_a_hurry_what_waits_is_left_out_and_what_runs_has_two_seconds(tmp_path: Path):
    started = tmp_path / "started"
    run = Run(["sh", "-c", f"touch {started}; sleep 600"])
    run.commands.put([sms(1), sms(2), sms(3)])
    wait_until(started.exists)
    run.commands.runner.abandon()
    assert run.commands.join(PATIENCE)
    assert run.told == ["--exec: the command was killed when rc-tail exited (event 1)"]
    # It was cut short: none of them is done.
    assert [event.uuid for event in run.commands.runner.left()] == ["1", "2", "3"]


def test_credentials_and_the_supervisor_are_kept_from_commands(tmp_path: Path):
    out = tmp_path / "out"
    secrets = {
        "RC_USER_JWT": "s1",
        "RC_APP_CLIENT_SECRET": "s2",
        "RINGCENTRAL_JWT_TOKEN": "s3",
        "RINGCENTRAL_CLIENT_SECRET": "s4",
        "NOTIFY_SOCKET": "s5",
    }
    run = Run(["sh", "-c", f"env > {out}"], environ={**os.environ, **secrets, "KEPT": "yes"})
    run.commands.put([sms(1)])
    run.end()
    variables = dict(line.partition("=")[::2] for line in out.read_text().splitlines())
    assert not secrets.keys() & variables.keys()
    assert variables["KEPT"] == "yes"


def test_a_command_has_a_process_group_of_its_own(tmp_path: Path):
    out = tmp_path / "out"
    run = Run(python(f"import os; open({str(out)!r}, 'w').write(str(os.getpgrp()))"))
    run.commands.put([sms(1)])
    run.end()
    assert int(out.read_text()) != os.getpgrp()


def test_variables_hold_no_zero_byte_and_are_no_larger_than_the_system_takes():
    variables = event_variables(sms(1, "a\0b" + "é" * LONGEST))
    assert variables["RC_EVENT_TEXT"].startswith("a\\x00b")
    assert len(variables["RC_EVENT_TEXT"].encode()) <= LONGEST


@pytest.mark.parametrize(
    "hostile",
    [
        "\x1b]0;pwned\x07",
        "\x1b[2J",
        "\x9b2J",
        "a\nb\r\tc",
        "\u202eabc",
        "\ud800",
        "\x1b]52;c;eA==\x1b\\",
    ],
)
def test_a_variable_holds_nothing_that_a_terminal_executes(hostile: str):
    body = {
        "from": {"phoneNumber": hostile, "name": hostile},
        "to": [{"name": hostile}],
        "subject": hostile,
        "direction": hostile,
    }
    payload = json.dumps({"uuid": hostile, "event": SMS, "timestamp": hostile, "body": body})
    event = Notification(hostile, SMS + hostile, hostile, payload.encode())
    values = event_variables(event)
    assert [name for name, value in values.items() if not is_plain(value)] == []
    json.dumps(values).encode()


def test_a_shell_prints_a_hostile_name_as_it_is_escaped(tmp_path: Path):
    out = tmp_path / "out"
    script = f"printf '%s\\n' \"$RC_EVENT_TEXT\" >> {out}"
    run = Run(["sh", "-c", script])
    run.commands.put([sms(1, "\x1b]0;title\x07"), sms(2, r"\033]0;title\007")])
    run.end()
    assert out.read_text() == "\\x1b]0;title\\x07\n\\033]0;title\\007\n"


def test_no_shell_sees_an_event_or_the_command(tmp_path: Path):
    run = Run(split_command(f"touch {tmp_path}/'a b' {tmp_path}/$RC_EVENT_UUID {tmp_path}/`x`"))
    run.commands.put([sms(1, f"; touch {tmp_path}/hacked")])
    run.end()
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"a b", "$RC_EVENT_UUID", "`x`"}


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("", "needs a command"),
        ("  ", "needs a command"),
        ("echo 'open", "no closing quotation"),
        ("no-such-program-anywhere -x", "command not found"),
    ],
)
def test_what_is_no_command_is_refused(command: str, words: str):
    with pytest.raises(UsageError) as refused:
        split_command(command)
    assert words in refused.value.message


def test_words_are_split_as_a_shell_splits_them():
    assert split_command("sh -c 'echo \"a b\"' c\\ d") == ["sh", "-c", 'echo "a b"', "c d"]


def test_closed_without_the_queue_no_further_command_is_started(tmp_path: Path):
    script = f"touch {tmp_path}/$RC_EVENT_UUID; while [ ! -e {tmp_path}/go ]; do sleep 0.01; done"
    run = Run(["sh", "-c", script])
    run.commands.put([sms(1), sms(2), sms(3)])
    # A command may write before this process knows its number.
    wait_until(lambda: (tmp_path / "1").exists() and bool(run.commands.sink.waits_for()))
    assert run.commands.sink.waits_for() == (
        f"--exec: waiting for 1 running command, at most {PATIENCE:g} s each"
    )
    run.commands.stop(drain=False)
    assert not run.commands.join(0.05)
    (tmp_path / "go").touch()
    assert run.commands.join(PATIENCE)
    assert {path.name for path in tmp_path.iterdir()} == {"1", "go"}
    # The one that ran is done, the others are not.
    assert [event.uuid for event in run.commands.runner.left()] == ["2", "3"]
    assert run.told == []


def test_after_a_kill_no_further_command_is_started(tmp_path: Path):
    run = Run(["sh", "-c", f"echo $RC_EVENT_UUID >> {tmp_path}/begun; exec sleep 600"])
    run.commands.put([sms(1), sms(2)])
    begun = tmp_path / "begun"
    wait_until(lambda: begun.exists() and begun.read_text() != "")
    run.commands.sink.kill()
    # What is offered from now on is cut short before it begins.
    wait_until(lambda: bool(run.told))
    run.commands.runner.abandon()
    assert run.commands.join(PATIENCE)
    assert (tmp_path / "begun").read_text() == "1\n"
    assert [event.uuid for event in run.commands.runner.left()] == ["1", "2"]


def test_a_command_that_is_killed_takes_its_process_group_along(tmp_path: Path):
    run = Run(["sh", "-c", f"sleep 600 & echo $! > {tmp_path}/child; touch {tmp_path}/1; wait"])
    run.commands.put([sms(1)])
    wait_until((tmp_path / "1").exists)
    run.commands.sink.kill()
    wait_until(lambda: bool(run.told))
    run.commands.runner.abandon()
    assert "was killed by signal 9" in run.told[0]
    child = int((tmp_path / "child").read_text())
    wait_until(
        lambda: (
            not Path(f"/proc/{child}").exists() or "Z" in Path(f"/proc/{child}/stat").read_text()
        )
    )
