import os
import pty
import termios
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rc_tail.system.terminal_prompt import TerminalPrompt, terminal


@pytest.fixture
def ends() -> Iterator[tuple[int, int]]:
    master, slave = pty.openpty()
    yield master, slave
    for descriptor in (master, slave):
        os.close(descriptor)


def echoes(descriptor: int) -> bool:
    return bool(termios.tcgetattr(descriptor)[3] & termios.ECHO)


def typed(ends: tuple[int, int], text: str, *, hidden: bool, lines: bool = False) -> str:
    """Return the answer of somebody who types `text` once the question is asked."""
    master, slave = ends

    def type_it() -> None:
        ends_at = time.monotonic() + 60
        while hidden and echoes(slave) and time.monotonic() < ends_at:
            time.sleep(0.001)
        data = text.encode()
        for start in range(0, len(data), 999):
            os.write(master, data[start : start + 999])

    person = threading.Thread(target=type_it)
    person.start()
    try:
        return TerminalPrompt(slave).ask("Word: ", hidden=hidden, lines=lines)
    finally:
        person.join()


@pytest.mark.parametrize(
    ("text", "hidden", "expected"),
    [
        ("abc\n", True, "abc"),
        ("abc\r", True, "abc"),
        ("abx\x7fc\n", True, "abc"),
        ("abx\bc\n", True, "abc"),
        ("\x7f\x7fa\n", True, "a"),
        ("wrong\x15abc\n", True, "abc"),
        ("é日\x7f\n", True, "é"),
        ("\n", True, ""),
        ("abc\n", False, "abc"),
        ("é" * 5_001 + "\n", True, "é" * 5_001),
        # Longer than a line of the terminal may be.
        ("x" * 20_000 + "\n", True, "x" * 20_000),
    ],
)
def test_answers(
    ends: tuple[int, int],
    capsys: pytest.CaptureFixture[str],
    text: str,
    hidden: bool,
    expected: str,
) -> None:
    assert typed(ends, text, hidden=hidden) == expected
    assert echoes(ends[1])
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == ("Word: \n" if hidden else "Word: ")


def test_nothing_is_shown_between_two_hidden_questions(ends: tuple[int, int]) -> None:
    master, slave = ends
    prompt = TerminalPrompt(slave)
    with prompt.without_echo():
        os.write(master, b"one\n")
        assert prompt.ask("First: ", hidden=True) == "one"
        assert not echoes(slave)
        os.write(master, b"two\n")
        assert prompt.ask("Second: ", hidden=True) == "two"
    assert echoes(slave)


def test_lines_pasted_at_once_answer_several_questions(ends: tuple[int, int]) -> None:
    master, slave = ends
    asker = TerminalPrompt(slave)
    os.write(master, b"one\n")
    assert asker.ask("", hidden=True) == "one"
    os.write(master, b"two\nthree\n")
    assert [asker.ask("", hidden=True), asker.ask("", hidden=True)] == ["two", "three"]


@pytest.mark.parametrize("hidden", [True, False])
def test_the_end_of_input_interrupts_quietly(
    ends: tuple[int, int], capsys: pytest.CaptureFixture[str], hidden: bool
) -> None:
    with pytest.raises(KeyboardInterrupt):
        typed(ends, "\x04", hidden=hidden)
    assert echoes(ends[1])
    assert capsys.readouterr().err == "Word: \n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one\n", "one"),
        ("one\ntwo\r\nthree\n", "one\ntwo\n\nthree"),
        ("\n", ""),
    ],
)
def test_an_answer_may_be_pasted_in_several_lines(
    ends: tuple[int, int], text: str, expected: str
) -> None:
    assert typed(ends, text, hidden=True, lines=True).rstrip("\n") == expected


def test_no_terminal_to_ask_on(monkeypatch: pytest.MonkeyPatch) -> None:
    with Path(os.devnull).open() as nobody:
        monkeypatch.setattr("sys.stdin", nobody)
        assert terminal() is None


def test_a_terminal_to_ask_on(ends: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    master, slave = ends
    with os.fdopen(os.dup(slave)) as reading, os.fdopen(os.dup(slave), "w") as writing:
        monkeypatch.setattr("sys.stdin", reading)
        monkeypatch.setattr("sys.stderr", writing)
        asker = terminal()
        assert asker is not None
        os.write(master, b"yes\n")
        assert asker.ask("Sure? ", hidden=True) == "yes"
