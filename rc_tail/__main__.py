"""The program: ``rc-tail`` and ``python -m rc_tail``."""

import gc
import sys
from typing import NoReturn

from rc_tail import __version__

_COLLECT_AFTER = 100_000  # objects


def main() -> NoReturn:
    """Run the command line of this process, and exit."""
    # Imports make many objects that stay: collecting among them takes a tenth of a start, and
    # frees nothing.
    gc.set_threshold(_COLLECT_AFTER)
    arguments = sys.argv[1:]
    if arguments == ["--version"] and _print_version():
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
