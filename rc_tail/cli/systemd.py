"""``rc-tail systemd``."""

import shutil
import sys
from pathlib import Path

from rc_tail.cli.option import OptionValues


def systemd(values: OptionValues) -> None:
    """Print a unit file for systemd, hardened, with instructions in it."""
    from rc_tail.cli.unit_file import unit_file
    from rc_tail.events.selection.select import select

    words = values["events"]
    selection = select(words)
    sys.stdout.write(unit_file(program_words(), words, selection.names))


def program_words() -> list[str]:
    """Return the words that start this rc-tail, from anywhere."""
    started = Path(sys.argv[0])
    if started.name == "rc-tail" and (found := shutil.which(str(started))):
        return [str(Path(found).absolute())]
    # As a module: python -m rc_tail.
    return [sys.executable, "-m", "rc_tail"]
