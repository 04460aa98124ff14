"""`rc-tail` with other timers: ``python -m tests.end_to_end.hurried SILENCE=1 -- sms --json``.

Nothing else is changed: it is for tests that cannot wait half a minute for a deadline.
"""

import sys

import rc_tail.tail.loop
import rc_tail.tail.sleep_detector
from rc_tail.__main__ import main
from rc_tail.gateway import lifecycle, supervision

# The modules that define a timer, and those that import one by name.
_HOLDERS = (supervision, lifecycle, rc_tail.tail.loop, rc_tail.tail.sleep_detector)


def hurry(words: list[str]) -> None:
    """Set timers, in seconds, wherever they are known by their name."""
    for word in words:
        name, _, seconds = word.partition("=")
        holders = [holder for holder in _HOLDERS if hasattr(holder, name)]
        if not holders:
            raise SystemExit(f"there invalid timer {name}")
        for holder in holders:
            setattr(holder, name, float(seconds))


if __name__ == "__main__":
    behind = sys.argv.index("--")
    hurry(sys.argv[1:behind])
    sys.argv[1:] = sys.argv[behind + 1 :]
    main()
