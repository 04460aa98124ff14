"""The program: ``rc-tail`` and ``python -m rc_tail``."""

# Built in; `signal` would import what takes longer than all the rest here.
import _signal  # type: ignore[import-not-found]
import gc
import sys

from rc_tail import __version__

TYPE_CHECKING = False  # `typing` takes longer than all the rest here
if TYPE_CHECKING:
    from typing import NoReturn

_COLLECT_AFTER = 100_000  # objects


def main() -> "NoReturn":
    """Run the command line of this process, and exit."""
    if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:
        # Until there is something to clean up, Ctrl-C ends the program as it ends any other: an
        # exception in the middle of an import would be a traceback, or be lost.
        _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
    # Imports make many objects that stay: collecting among them takes a tenth of a start, and
    # frees nothing.
    gc.set_threshold(_COLLECT_AFTER)
    arguments = sys.argv[1:]
    if arguments in (["--version"], ["-V"]) and _print_version():
        sys.exit(0)
    if sys.platform == "win32":
        sys.exit("rc-tail runs on Linux and macOS; on Windows use it inside WSL")
    from rc_tail.cli.app import dispatch
    from rc_tail.cli.exit import run_and_exit

    run_and_exit(lambda: dispatch(arguments), arguments)


def _print_version() -> bool:
    """Print the version before anything heavy is imported; return whether it could be written."""
    try:
        if sys.stdout is not None:
            sys.stdout.write(f"rc-tail {__version__}\n")
            sys.stdout.flush()
            return True
    except OSError:
        return False
    return False


if __name__ == "__main__":
    main()
