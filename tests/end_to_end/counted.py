"""rc-tail that counts its Python calls: ``python -m tests.end_to_end.counted FILE sms --json``.

The counts, one unsigned 64-bit number per thread, are in `FILE`, which the program maps into its
memory: they can be read at any time from outside, without making the program do anything.
"""

import mmap
import sys
import threading
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any

THREADS = 64
SIZE = THREADS * 8
# Python 3.12 runs these without a call.
INLINED = frozenset(("<listcomp>", "<dictcomp>", "<setcomp>"))


def count_calls(file: Path) -> None:
    """Count the calls of this thread, and of every thread that starts from now on."""
    with file.open("r+b") as opened:
        counts = memoryview(mmap.mmap(opened.fileno(), SIZE)).cast("Q")
    numbers = count()
    own = threading.local()

    def look(frame: FrameType, event: str, _argument: Any) -> None:
        if event == "call" and frame.f_code.co_name not in INLINED:
            # A number of its own per thread: no increment is lost when threads alternate.
            if not hasattr(own, "number"):
                own.number = next(numbers)
            counts[own.number] += 1

    threading.setprofile(look)
    sys.setprofile(look)


def calls(file: Path) -> int:
    """Return how many calls all threads have made so far."""
    return sum(memoryview(file.read_bytes()).cast("Q"))


if __name__ == "__main__":
    from rc_tail.__main__ import main

    counting = Path(sys.argv[1])
    sys.argv[1:] = sys.argv[2:]
    count_calls(counting)
    main()
