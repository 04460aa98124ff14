"""The only place where errors become messages and exit statuses."""

import contextlib
import errno
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, NoReturn

from rc_tail.errors import (
    ExitStatus,
    RcTailError,
    ReaderGoneError,
    SinkError,
    SystemRefusedError,
    UsageError,
)
from rc_tail.reporter import Reporter
from rc_tail.system.signals import SignalledError, die_of, die_on_ctrl_c
from rc_tail.system.terminal import Terminal
from rc_tail.text.escape import visible
from rc_tail.text.redact import Redactor

if TYPE_CHECKING:
    from typer.exceptions import TyperException

_SYSTEM = (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EADDRINUSE, errno.EAGAIN)
_OUTPUT = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG)


# How Typer's messages name a whole number, in all versions; the longest first.
_WHOLE_NUMBERS = (
    "a valid integer, unable to parse string as an integer",
    "a valid integer range",
    "a valid int range",
    "a valid integer",
    "a valid int",
)
# Python's message when no thread can be started: the error has no class of its own.
_NO_THREAD = "can't start new thread"


class _Current:
    reporter: Reporter | None = None
    has_stdout: bool = True


def use_reporter(reporter: Reporter | None) -> None:
    """Report errors through `reporter` from now on; None for one made when it is needed."""
    _Current.reporter = reporter


def _reporter(arguments: Sequence[str]) -> Reporter:
    if _Current.reporter is None:
        # The command line could not be parsed: look for the format of messages in its words.
        joined = " ".join(arguments)
        is_json = "--log-format json" in joined or "--log-format=json" in joined
        _Current.reporter = Reporter(
            sys.stderr,
            log_format="json" if is_json else "text",
            columns=open_terminal().message_width,
        )
    return _Current.reporter


def open_terminal() -> Terminal:
    """Return what the standard streams of this process lead to."""
    return Terminal(sys.stdout, sys.stderr, os.environ)


def redactor() -> Redactor:
    """Return the redactor of the current reporter, or an empty one."""
    return _Current.reporter.redactor if _Current.reporter is not None else Redactor()


def run_and_exit(command: Callable[[], object], arguments: Sequence[str]) -> NoReturn:
    """Run `command`, report its error, and exit with the status that belongs to it.

    Args:
        command: Runs the whole program. A result that is not an exit status counts as success.
        arguments: The words of the command line, for messages.
    """
    _replace_closed_streams()
    try:
        result = command()
        sys.stdout.flush()
    except SystemExit as error:
        if not isinstance(error.__context__, BrokenPipeError):
            raise
        result = _reader_gone(arguments)
    except BaseException as error:  # noqa: BLE001 - every error ends here
        result = _status_of(error, arguments)
    die_on_ctrl_c()
    if result == 128 + signal.SIGINT:
        # Typer's exit status for Ctrl-C.
        die_of(signal.SIGINT)
    for stream in (sys.stdout, sys.stderr):
        _flush_or_drop(stream)
    sys.exit(result if isinstance(result, int) else 0)


def _replace_closed_streams() -> None:
    """Open streams that were closed when the program started (``2>&-``).

    Otherwise a file opened later would get the number of a standard stream.
    """
    # The system gives the lowest free number: they must be filled in order.
    if sys.stdin is None:
        _occupy(0, os.O_WRONLY)
        sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    if sys.stdout is None:
        _Current.has_stdout = _occupy(1, os.O_RDONLY)
        sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    if sys.stderr is None:
        _occupy(2, os.O_RDONLY)
        # Messages are lost, and writing them must not fail.
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115


def _occupy(number: int, other_way: int) -> bool:
    """Return whether a descriptor is open; if not, open it in the opposite direction.

    Reading or writing it as usual fails then, as it does on a closed one.
    """
    try:
        os.fstat(number)
    except OSError:
        # It gets this number, and is inherited by the commands of --exec.
        os.set_inheritable(os.open(os.devnull, other_way), True)
        return False
    return True


def _flush_or_drop(stream: IO[str]) -> None:
    """Flush a stream, or discard its buffer: the interpreter would exit with 120."""
    try:
        stream.flush()
    except (OSError, ValueError):
        with contextlib.suppress(OSError, ValueError), Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), stream.fileno())
            stream.flush()


def _status_of(error: BaseException, arguments: Sequence[str]) -> int:
    match error:
        case ReaderGoneError() | BrokenPipeError():
            return _reader_gone(arguments)
        case SignalledError():
            die_of(error.number)
        case KeyboardInterrupt():
            die_of(signal.SIGINT)
        case RcTailError():
            return _report(error, arguments)
        case _:
            refused = _from_system(error)
    return _report(refused, arguments) if refused else _status_by_typer(error, arguments)


def _reader_gone(arguments: Sequence[str]) -> int:
    """Die of SIGPIPE, or where that is ignored report an error, as other programs do.

    Python ignores the signal by itself before any of this runs, so that what it was at the start
    cannot be seen. systemd starts services with it ignored (systemd.exec, "IgnoreSIGPIPE"), says
    whom it started, and would take a death of SIGPIPE for success and not restart the service.
    """
    if os.environ.get("SYSTEMD_EXEC_PID") != str(os.getpid()):
        die_of(signal.SIGPIPE)
    return _report(SinkError("standard output was closed by its reader"), arguments)


def _status_by_typer(error: BaseException, arguments: Sequence[str]) -> int:
    # Its errors are raised only if it was imported; importing it takes a quarter of a start.
    if "typer" in sys.modules:
        from typer.exceptions import Abort, TyperException

        if isinstance(error, Abort):
            die_of(signal.SIGINT)
        if isinstance(error, TyperException):
            return _report(_from_typer(error), arguments)
    return _report_bug(error)


def _report(error: RcTailError, arguments: Sequence[str]) -> int:
    if error.exit_status is ExitStatus.BUG:
        return _report_bug(error)
    _reporter(arguments).error(error)
    return int(error.exit_status)


def _from_typer(error: "TyperException") -> UsageError:
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "rc-tail"
    # The tail's options are not in the overview.
    hint = f"Try: {'rc-tail tail' if path == 'rc-tail' else path} --help"
    close = getattr(error, "possibilities", None)
    if close:
        # The likeliest comes first.
        hint = f"Did you mean {close[0]}? {hint}"
    words = error.message if close else error.format_message()
    words = words.replace("Value error, ", "").replace("Input should be", "it must be")
    for number in _WHOLE_NUMBERS:
        words = words.replace(number, "a whole number")
    return UsageError(words.rstrip("."), hint=hint)


def _from_system(error: BaseException) -> RcTailError | None:
    """Return the error for what the operating system refused; None for any other error."""
    if isinstance(error, MemoryError):
        return SystemRefusedError("the system refused: no more memory")
    if isinstance(error, RuntimeError) and _NO_THREAD in str(error):
        return SystemRefusedError("the system refused: no more threads")
    number = error.errno if isinstance(error, OSError) else None
    if number in _SYSTEM:
        return SystemRefusedError(f"the system refused: {os.strerror(number)}")
    if number in _OUTPUT:
        return SinkError(f"an output could not be written: {os.strerror(number)}")
    if number == errno.EBADF and not _Current.has_stdout:
        return SinkError("standard output is closed")
    return None


def _report_bug(error: BaseException) -> int:
    try:
        import traceback

        text = "".join(traceback.format_exception(error))
    except (ImportError, OSError):
        # Without a free file descriptor it cannot be imported; Python would show secrets.
        text = f"{type(error).__name__}: {error}"
    lines = redactor().mask(text).splitlines()
    lines.append("rc-tail: this is a bug in rc-tail; please report it with the lines above")
    with contextlib.suppress(OSError, ValueError):
        # The text may come from the network.
        sys.stderr.write("".join(f"{visible(line)}\n" for line in lines))
    return int(ExitStatus.BUG)
