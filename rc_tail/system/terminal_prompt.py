"""Questions on a terminal, secrets among them."""

import codecs
import contextlib
import os
import select
import sys
import termios
from collections.abc import Iterator
from typing import Any

_LFLAG, _CC = 3, 6
# Seconds within which the next line of a text that is pasted arrives.
_PASTE = 0.2
_END, _BACKSPACE, _KILL, _EOF = "\r\n", "\x7f\b", "\x15", "\x04"


def terminal() -> "TerminalPrompt | None":
    """Return the terminal of this process; None if standard input or error is not one."""
    if sys.stdin.isatty() and sys.stderr.isatty():
        return TerminalPrompt(sys.stdin.fileno())
    return None


class TerminalPrompt:
    """Asks questions on standard error and reads the answers from the terminal.

    Hidden answers are read character by character: a terminal cuts a line at 1024 characters on
    macOS and at 4096 on Linux, which a JWT may exceed.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        # Read but not used yet: several lines pasted at once answer several questions.
        self._ahead = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def ask(self, question: str, *, hidden: bool, lines: bool = False) -> str:
        """Return the answer to a question, without the line break at its end.

        Args:
            question: Printed as it is.
            hidden: Whether the answer is a secret, which is not shown.
            lines: Whether the answer may be pasted in several lines. Only if it is hidden.

        Raises:
            KeyboardInterrupt: Ctrl-C or Ctrl-D was typed, or the terminal was closed.
        """
        if not hidden:
            _write(question)
            try:
                return self._line()
            except KeyboardInterrupt:
                _write("\n")
                raise
        with self.without_echo():
            try:
                _write(question)
                answer = self._line()
                while lines and self._more():
                    answer += f"\n{self._line()}"
                return answer
            finally:
                _write("\n")

    @contextlib.contextmanager
    def without_echo(self) -> Iterator[None]:
        """Show nothing of what is typed, between several hidden questions too.

        It begins before a question appears: an answer pasted at once must not be shown, or cut.
        """
        before = termios.tcgetattr(self._descriptor)
        termios.tcsetattr(self._descriptor, termios.TCSADRAIN, _silent(before))
        try:
            yield
        finally:
            termios.tcsetattr(self._descriptor, termios.TCSADRAIN, before)

    def _more(self) -> bool:
        """Whether another line follows at once: it is pasted, since nobody types so fast."""
        return bool(self._ahead or select.select([self._descriptor], [], [], _PASTE)[0])

    def _line(self) -> str:
        answer = ""
        while True:
            if not self._ahead:
                self._ahead = self._read()
            char, self._ahead = self._ahead[0], self._ahead[1:]
            if char in _END:
                return answer
            if char == _EOF:
                raise KeyboardInterrupt
            answer = _edited(answer, char)

    def _read(self) -> str:
        while data := os.read(self._descriptor, 4096):
            # A character may arrive in pieces.
            if text := self._decoder.decode(data):
                return text
        return _EOF


def _write(question: str) -> None:
    sys.stderr.write(question)
    sys.stderr.flush()


def _edited(answer: str, char: str) -> str:
    if char in _BACKSPACE:
        return answer[:-1]
    return "" if char == _KILL else answer + char


def _silent(attributes: list[Any]) -> list[Any]:
    silent = [*attributes]
    silent[_LFLAG] &= ~(termios.ECHO | termios.ICANON)
    silent[_CC] = [*attributes[_CC]]
    silent[_CC][termios.VMIN], silent[_CC][termios.VTIME] = 1, 0
    return silent
