"""The program: ``rc-tail`` and ``python -m rc_tail``."""

import gc
import sys
from typing import NoReturn

from rc_tail import __version__

_COLLECT_AFTER = 100_000  # objects


def main() -> NoReturn:
    """Run the command line of this process."""
    # Imports make many objects that stay: looking through them again and again is a tenth of a
    # start, and finds nothing.
    gc.set_threshold(_COLLECT_AFTER)
    arguments = sys.argv[1:]
    if arguments == ["--version"] and _told_version():
        sys.exit(0)
    if sys.platform == "win32":
        sys.exit("rc-tail runs on Linux and macOS; on Windows use it inside WSL")
    from rc_tail.cli.app import main as run

    run(arguments)


def _told_version() -> bool:
    """Answer before anything heavy is imported; what cannot be written is left to the edge."""
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
