"""Every way to end, in processes of their own where the process is what ends."""

import errno
import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import pytest
from typer.exceptions import Abort

from rc_tail import errors
from rc_tail.cli.exit import _Current, redactor, run_and_exit, use_reporter
from rc_tail.errors import ConfigError, ExitStatus, RcTailError, UsageError
from rc_tail.reporter import Reporter
from rc_tail.system.signals import SignalledError
from rc_tail.text.redact import Redactor
from tests.cli.conftest import PROGRAM, ROOT

PRELUDE = """
import os, signal, sys
from rc_tail.cli.exit import _Current, redactor, run_and_exit, use_reporter
from rc_tail.errors import *
from rc_tail.reporter import Reporter
from rc_tail.system.signals import SignalledError
from typer.exceptions import Abort
def command():
    {body}
run_and_exit(command, sys.argv[1:])
"""
PATIENCE = 60

# What is raised without arguments of its own.
CLASSES = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type)
    and issubclass(kind, RcTailError)
    and kind not in (errors.RateLimitedError, errors.ReaderGoneError)
]


@pytest.fixture(autouse=True)
def _no_reporter() -> Iterator[None]:
    _Current.reporter, _Current.has_stdout = None, True
    yield
    _Current.reporter, _Current.has_stdout = None, True


def run(
    body: str,
    *arguments: str,
    stdout: int | IO[str] = subprocess.PIPE,
    stderr: int = subprocess.PIPE,
) -> "subprocess.CompletedProcess[str]":
    """Run a command behind the edge in a process."""
    script = PRELUDE.format(body=body)
    return ended([sys.executable, "-c", script, *arguments], stdout=stdout, stderr=stderr)


def ended(
    words: list[str], stdout: int | IO[str] = subprocess.PIPE, stderr: int = subprocess.PIPE
) -> "subprocess.CompletedProcess[str]":
    # Buffered, as it is for everybody.
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return subprocess.run(
        words,
        cwd=ROOT,
        env=environ,
        stdout=stdout,
        stderr=stderr,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def end(command: Callable[[], object], *arguments: str) -> int:
    """Run a command behind the edge in this process; return its exit status."""
    with pytest.raises(SystemExit) as exited:
        run_and_exit(command, arguments)
    assert isinstance(exited.value.code, int)
    return exited.value.code


def raising(error: BaseException) -> Callable[[], object]:
    def command() -> None:
        raise error

    return command


# Errors of ours.


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_each_error_ends_with_its_status(kind, capsys):
    status = end(raising(kind("it went wrong", hint="Do this.")))
    assert status == kind.exit_status
    told = capsys.readouterr()
    assert told.out == ""
    if kind.exit_status is ExitStatus.BUG:
        assert "Traceback" in told.err
    else:
        assert told.err == "rc-tail: error: it went wrong\n  Do this.\n"


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ("raise ConfigError('damaged', hint='Log in.')", 78, "error: damaged\n  Log in.\n"),
        ("raise AuthError('refused')", 77, "error: refused\n"),
        ("raise TimedOutError('too late')", 124, "error: too late\n"),
        ("raise OSError(28, 'x')", 74, "error: an output could not be written: No space left"),
        ("raise OSError(24, 'x')", 71, "error: the system refused: Too many open files\n"),
    ],
)
def test_errors_become_one_message_and_a_status(body, status, words):
    done = run(body)
    assert (done.returncode, done.stdout) == (status, "")
    assert done.stderr.startswith(f"rc-tail: {words}")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("result", "status"), [(None, 0), (0, 0), (2, 2), (124, 124), ("words", 0), (3.5, 0)]
)
def test_what_a_command_returns_is_the_status(result, status):
    assert end(lambda: result) == status


def test_what_a_command_printed_is_written():
    done = run("sys.stdout.write('an event')")
    assert (done.returncode, done.stdout, done.stderr) == (0, "an event", "")


@pytest.mark.parametrize(
    "words",
    [["--log-format", "json"], ["--log-format=json", "sms"], ["sms", "--log-format", "json"]],
)
def test_json_was_requested_before_it_was_understood(words, capsys):
    assert end(raising(UsageError("no such event")), *words) == 2
    assert capsys.readouterr().err.startswith('{"time"')


def test_errors_are_reported_through_the_reporter_of_the_command(capsys):
    stream = io.StringIO()

    def command() -> None:
        use_reporter(Reporter(stream, color=True))
        raise ConfigError("damaged")

    assert end(command) == 78
    assert stream.getvalue() == "\x1b[31mrc-tail: error: damaged\x1b[0m\n"
    assert capsys.readouterr().err == ""


# The system's.


@pytest.mark.parametrize(
    ("number", "status"),
    [
        (errno.EMFILE, 71),
        (errno.ENFILE, 71),
        (errno.ENOMEM, 71),
        (errno.EADDRINUSE, 71),
        (errno.ENOSPC, 74),
        (errno.EDQUOT, 74),
        (errno.EIO, 74),
        (errno.EFBIG, 74),
        (errno.ENOENT, 1),
    ],
)
def test_what_the_system_refuses(number, status, capsys):
    assert end(raising(OSError(number, os.strerror(number)))) == status
    assert os.strerror(number) in capsys.readouterr().err


def test_a_thread_that_the_system_refuses_is_reported():
    body = (
        "import resource, threading\n"
        "    resource.setrlimit(resource.RLIMIT_AS, (1 << 32, 1 << 32))\n"
        "    threading.stack_size(1 << 34)\n"
        "    threading.Thread(target=print).start()"
    )
    done = run(body)
    assert (done.returncode, done.stderr) == (
        71,
        "rc-tail: error: the system refused: no more threads\n",
    )


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (RuntimeError("can't start new thread"), 71, "the system refused: no more threads"),
        (MemoryError(), 71, "the system refused: no more memory"),
        (RuntimeError("odd"), 1, "this is a bug"),
    ],
)
def test_what_python_says_of_the_system_is_known(error, status, words, capsys):
    assert end(raising(error)) == status
    assert words in capsys.readouterr().err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device")
def test_a_full_disk_is_reported_once():
    with Path("/dev/full").open("w") as full:
        done = run("sys.stdout.write('an event')", stdout=full)
    assert done.returncode == 74
    assert done.stderr == (
        "rc-tail: error: an output could not be written: No space left on device\n"
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device")
def test_an_error_keeps_its_status_on_a_full_disk():
    with Path("/dev/full").open("w") as full:
        done = run("sys.stdout.write('x'); raise ConfigError('damaged')", stdout=full)
    assert (done.returncode, done.stderr) == (78, "rc-tail: error: damaged\n")


@pytest.mark.parametrize(("stream", "status"), [("1", 78), ("2", 78), ("1 2", 78)])
def test_streams_that_were_closed_before_the_start(stream, status):
    done = with_closed("print('x'); raise ConfigError('damaged')", stream)
    assert done.returncode == status
    assert done.stderr == ("" if "2" in stream else "rc-tail: error: damaged\n")


def with_closed(body: str, numbers: str) -> "subprocess.CompletedProcess[str]":
    """Run a command that was started without some of the standard streams."""
    closing = " ".join(f"{number}>&-" for number in numbers.split())
    script = PRELUDE.format(body=body)
    return ended(["/bin/sh", "-c", f'exec "$0" -c "$1" {closing}', sys.executable, script])


@pytest.mark.parametrize("numbers", ["", "0", "1", "2", "0 1", "0 2", "1 2", "0 1 2"])
def test_no_file_gets_the_number_of_a_standard_stream(numbers):
    # The status tells it, where there is no stream to tell it on.
    done = with_closed(
        "return os.open(os.devnull, os.O_RDONLY) * 10 + os.fstat(0).st_nlink", numbers
    )
    assert done.returncode // 10 > 2, done.stderr


def test_what_is_read_of_a_closed_input_is_an_error_and_no_end():
    done = with_closed("sys.stdin.read()", "0")
    assert "OSError: [Errno 9] Bad file descriptor" in done.stderr
    assert with_closed("return 7 if sys.stdin.isatty() else 8", "0").returncode == 8


@pytest.mark.parametrize("numbers", ["1", "0 1", "0 1 2"])
@pytest.mark.parametrize("body", ["print('x')", "print('x' * 100_000)", "os.write(1, b'x')"])
def test_what_is_written_to_a_closed_output_is_reported(body, numbers):
    done = with_closed(body, numbers)
    assert (done.returncode, done.stdout) == (74, "")
    assert done.stderr == ("" if "2" in numbers else "rc-tail: error: standard output is closed\n")


def test_a_closed_output_that_is_never_written_to_does_not_matter():
    done = with_closed("return None", "0 1")
    assert (done.returncode, done.stderr) == (0, "")


def test_streams_without_an_object_are_replaced(monkeypatch):
    kept = [os.dup(number) for number in (0, 1, 2)]
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    try:
        for number in (0, 1, 2):
            os.close(number)
        assert end(lambda: sys.stdout.write("x")) == 74
        assert [stream.fileno() for stream in (sys.stdin, sys.stdout)] == [0, 1]
        assert sys.stderr.name == os.devnull
        sys.stderr.close()
    finally:
        for number, old in enumerate(kept):
            os.dup2(old, number)
            os.close(old)


def test_a_stream_without_an_object_that_is_open_stays_open(monkeypatch, capfd):
    monkeypatch.setattr(sys, "stdout", None)
    assert end(lambda: print("x", end="")) == 0
    assert capfd.readouterr().out == "x"


class Full(io.StringIO):
    def flush(self) -> None:
        raise OSError(errno.ENOSPC, "full")


def test_a_standard_output_without_a_descriptor_may_be_full_too(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdout", Full())
    assert end(lambda: None) == 74
    assert "No space left" in capsys.readouterr().err


# Typer's.


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["login", "--nope"], "No such option"),
        (["whoami", "extra"], "unexpected extra argument"),
        (["login", "--jwt-file"], "requires an argument"),
        (["simulator", "nope"], "No such command"),
    ],
)
def test_wrong_words_get_one_message(words, told):
    done = ended([*PROGRAM, *words])
    assert (done.returncode, done.stdout) == (2, "")
    first, hint = done.stderr.splitlines()
    assert first.startswith("rc-tail: error: ")
    assert told in first
    assert not first.endswith(".")
    assert "--help" in hint


# Signals.


@pytest.mark.parametrize(
    ("body", "number"),
    [
        ("raise SignalledError(signal.SIGTERM)", signal.SIGTERM),
        ("raise SignalledError(signal.SIGHUP)", signal.SIGHUP),
        ("raise KeyboardInterrupt", signal.SIGINT),
        ("raise Abort", signal.SIGINT),
        ("return 130", signal.SIGINT),
        ("raise ReaderGoneError('gone')", signal.SIGPIPE),
        ("raise BrokenPipeError", signal.SIGPIPE),
        ("os.kill(os.getpid(), signal.SIGINT); signal.pause()", signal.SIGINT),
    ],
)
def test_it_dies_of_the_signal_itself(body, number):
    done = run(body)
    assert (done.returncode, done.stdout, done.stderr) == (-number, "", "")


class DiedError(BaseException):
    """What the signal would have done."""


@pytest.mark.parametrize(
    ("error", "number"),
    [
        (SignalledError(signal.SIGHUP), signal.SIGHUP),
        (KeyboardInterrupt(), signal.SIGINT),
        (Abort(), signal.SIGINT),
        (errors.ReaderGoneError("gone"), signal.SIGPIPE),
        (BrokenPipeError(), signal.SIGPIPE),
    ],
)
def test_the_signal_of_each_end(error, number, monkeypatch):
    died: list[int] = []

    def die_of(number: int) -> None:
        died.append(number)
        raise DiedError

    monkeypatch.setattr("rc_tail.cli.exit.die_of", die_of)
    with pytest.raises(DiedError):
        run_and_exit(raising(error), [])
    assert died == [number]


@pytest.mark.parametrize(
    "body",
    [
        "print('x' * 10)",
        "print('x' * 1000000)",
        "print('x', flush=True)",
        "\n    try: print('x', flush=True)\n    except BrokenPipeError: sys.exit(1)",
    ],
)
def test_a_reader_that_went_away_is_a_broken_pipe(body):
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = run(body, stdout=writing)
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (-signal.SIGPIPE, "")


@pytest.mark.parametrize(
    "error", ["ReaderGoneError('gone')", "BrokenPipeError", "SystemExit(1) from None"]
)
def test_a_service_of_systemd_ends_with_a_status_that_restarts_it(error):
    # It ignores SIGPIPE for its services, and takes a death of it for success.
    itself = "os.environ['SYSTEMD_EXEC_PID'] = str(os.getpid())"
    raised = (
        "try:\n        raise BrokenPipeError\n    except BrokenPipeError:\n        raise SystemExit(1)"
        if "SystemExit" in error
        else f"raise {error}"
    )
    done = run(f"{itself}\n    {raised}")
    assert done.returncode == 74
    assert done.stderr == "rc-tail: error: standard output was closed by its reader\n"


def test_a_program_below_a_service_of_systemd_dies_of_the_signal():
    done = run("os.environ['SYSTEMD_EXEC_PID'] = str(os.getppid())\n    raise BrokenPipeError")
    assert done.returncode == -signal.SIGPIPE


def test_other_exits_pass():
    assert run("sys.exit(5)").returncode == 5
    assert end(raising(SystemExit(6))) == 6


def test_a_stderr_without_a_reader_changes_no_status():
    reading, writing = os.pipe()
    os.close(reading)
    try:
        assert run("raise ConfigError('damaged')", stderr=writing).returncode == 78
        assert run("raise ValueError('a bug')", stderr=writing).returncode == 1
    finally:
        os.close(writing)


# Bugs.


def test_a_bug_is_shown_whole_with_secrets_masked(capsys):
    own = Redactor()
    own.add("the-secret-of-ada")
    use_reporter(Reporter(sys.stderr, redactor=own))
    assert redactor() is own
    assert end(raising(ValueError("no the-secret-of-ada\x1b[2J\u202e"))) == 1
    told = capsys.readouterr().err
    assert told.startswith("Traceback")
    assert "raise error" in told
    assert "ValueError: no ***\\x1b[2J\\u202e\n" in told
    assert told.endswith("this is a bug in rc-tail; please report it with the lines above\n")


def test_a_bug_without_a_free_descriptor_shows_no_secret_either(capsys, monkeypatch):
    own = Redactor()
    own.add("the-secret-of-ada")
    use_reporter(Reporter(sys.stderr, redactor=own))
    monkeypatch.setitem(sys.modules, "traceback", None)
    assert end(raising(ValueError("no the-secret-of-ada"))) == 1
    first, last = capsys.readouterr().err.splitlines()
    assert first == "ValueError: no ***"
    assert last.startswith("rc-tail: this is a bug in rc-tail")


def test_a_bug_in_a_process():
    done = run("raise ValueError('access_token=abcdef')")
    assert (done.returncode, done.stdout) == (1, "")
    assert "ValueError: access_token=***" in done.stderr
    assert "abcdef" not in done.stderr


def test_without_a_reporter_nothing_is_known_to_be_secret():
    assert redactor().mask("words") == "words"
