"""``rc-tail doctor``: runs the checks and prints each finding."""

import json
import os
import sys
import textwrap
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NoReturn

from rc_tail.cli.context import identity_options, open_reporter
from rc_tail.cli.exit import open_terminal
from rc_tail.config.option import OptionValues
from rc_tail.system.lean_imports import import_lean
from rc_tail.system.signals import SignalledError, Signals
from rc_tail.text.escape import visible, visible_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from rc_tail.doctor.findings import Mask, StepReport

_RESET = "\x1b[0m"
# The outcome is printed as a word too: marks and colours are not needed to understand it.
_MARKS: Mapping[str, tuple[str, str, str]] = {
    "ok": ("✓", "+", "\x1b[32m"),
    "warning": ("!", "!", "\x1b[35m"),
    "failed": ("✗", "x", "\x1b[31m"),
    "skipped": ("·", "-", "\x1b[2m"),
}
_OUTCOME = max(map(len, _MARKS))
_STEP = len("subscription")
_INDENT = 2 + _OUTCOME + 2 + _STEP + 2
_NARROWEST = 30


def doctor(values: OptionValues) -> int:
    """Check every step from settings to first event, and explain the first failure.

    It tries what a tail does: settings, login, connection, subscription. It stops at the first
    step that fails, and exits with that step's status. It cleans up after itself.
    """
    reporter = open_reporter(values)
    options = identity_options(values)
    options.check()
    import_lean("rc_tail.doctor.run")
    from rc_tail.cli.options import parse_values
    from rc_tail.cli.tail_request import sink_requests
    from rc_tail.config.folders import Folders
    from rc_tail.doctor.examination import Examination
    from rc_tail.doctor.run import run_doctor
    from rc_tail.events.selection.select import select

    selection = select(values["events"]) if values["events"] else None
    confirm = None if values["as_json"] else _confirm()
    examination = Examination(
        options,
        selection,
        os.environ,
        Folders.of_user(),
        reporter,
        confirm,
        sink_requests(parse_values("doctor", values), values),
        values["dead_letter"],
        values["sink_insecure"],
    )
    emit = _emit_json if values["as_json"] else _printer(values).emit
    with Signals(_raise_signal):
        status = run_doctor(examination, lambda report: emit(report, reporter.redactor.mask))
    return int(status)


def _raise_signal(number: int) -> NoReturn:
    raise SignalledError(number)


def _confirm() -> "Callable[[str], bool] | None":
    from rc_tail.system.terminal_prompt import terminal

    asker = terminal()
    if asker is None:
        return None

    def confirm(question: str) -> bool:
        try:
            answer = asker.ask(f"{question} [y/N] ", hidden=False)
        except KeyboardInterrupt:
            # Ctrl-D, or the terminal was closed: not a yes. Ctrl-C is a signal.
            return False
        return answer.strip().lower() in ("y", "yes")

    return confirm


def _emit_json(report: "StepReport", mask: "Mask") -> None:
    line = json.dumps(report.as_json(mask), ensure_ascii=False)
    sys.stdout.write(visible_json(line) + "\n")
    sys.stdout.flush()


def _printer(values: OptionValues) -> "FindingsPrinter":
    terminal = open_terminal()
    color, width = terminal.output_color(values["color"]), terminal.output_width
    return FindingsPrinter(
        color=color, width=width and width(), marks=_has_marks(sys.stdout.encoding)
    )


def _has_marks(encoding: str | None) -> bool:
    try:
        "✓✗·".encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


class FindingsPrinter:
    """Prints findings as readable lines.

    Args:
        color: Whether to use colours.
        width: The terminal's width in cells; None when there is no terminal.
        marks: Whether the output can show marks that are not ASCII.
    """

    def __init__(self, *, color: bool, width: int | None, marks: bool) -> None:
        self._color = color
        self._width = width
        self._marks = marks

    def emit(self, report: "StepReport", mask: "Mask") -> None:
        """Print a step as soon as it is done."""
        for line in self.lines(report, mask):
            sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    def lines(self, report: "StepReport", mask: "Mask") -> Iterator[str]:
        """Yield the lines of a step, its secrets hidden by `mask`."""
        finding = report.finding
        mark, ascii_mark, paint = _MARKS[finding.outcome.value]
        outcome = f"{mark if self._marks else ascii_mark} {finding.outcome.value:<{_OUTCOME}}"
        if self._color:
            outcome = f"{paint}{outcome}{_RESET}"
        first, *rest = self._wrapped(visible(mask(finding.words)))
        yield f"{outcome}  {report.step:<{_STEP}}  {first}"
        yield from (" " * _INDENT + line for line in rest)
        for text in (*finding.details, *finding.hint.splitlines()):
            for number, line in enumerate(self._wrapped(visible(mask(text)), 2)):
                yield " " * (_INDENT + 2 * bool(number)) + line

    def _wrapped(self, text: str, further: int = 0) -> list[str]:
        if self._width is None:
            return [text]
        width = max(self._width - _INDENT - further, _NARROWEST)
        wrapped = textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)
        return wrapped or [""]
