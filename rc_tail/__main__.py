"""The program: ``rc-tail`` and ``python -m rc_tail``."""

import sys
from typing import NoReturn

from rc_tail import __version__


def main() -> NoReturn:
    """Run the command line of this process."""
    arguments = sys.argv[1:]
    if arguments == ["--version"]:
        # Answered before anything heavy is imported.
        sys.stdout.write(f"rc-tail {__version__}\n")
        sys.exit(0)
    if sys.platform == "win32":
        sys.exit("rc-tail runs on Linux and macOS; on Windows use it inside WSL")
    from rc_tail.cli.app import main as run

    run(arguments)


if __name__ == "__main__":
    main()
