"""`rc-tail` that kills itself at one step: ``python -m tests.end_to_end.killed STEP FILE -- sms``.

It is the real command line with one function wrapped: once FILE exists, the process sends itself
SIGKILL right before or after that function does its work.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from rc_tail.__main__ import main
from rc_tail.sinks.runner import SinkRunner
from rc_tail.sinks.stdout import DescriptorWriter
from rc_tail.state.recorder import ResumeRecorder
from rc_tail.state.spool import Spool
from rc_tail.tail.fan_out import FanOut


class Step(NamedTuple):
    """A moment in the life of an event.

    Attributes:
        owner: The class of the function.
        function: Its name.
        is_before: Whether the process dies before it does its work.
        is_meant: Returns whether a call is the one, by its arguments.
        is_committed: Whether the event is on the disk by then.
        at_end: Whether it is a step of the end, which a signal brings about.
    """

    owner: type
    function: str
    is_before: bool
    is_meant: Callable[..., bool] = lambda *_, **__: True
    is_committed: bool = True
    at_end: bool = False


def has_events(_spool: Spool, events: object, *_: object, **__: object) -> bool:
    """Whether a transaction of the spool appends events."""
    return bool(events)


def has_none(spool: Spool, events: object, *_: object, **__: object) -> bool:
    """Whether a transaction of the spool stores only what is confirmed."""
    return not has_events(spool, events)


STEPS = {
    "printed": Step(DescriptorWriter, "write", is_before=False, is_committed=False),
    "received": Step(Spool, "write", is_before=True, is_meant=has_events, is_committed=False),
    "committed": Step(Spool, "write", is_before=False, is_meant=has_events),
    "offered": Step(SinkRunner, "_offer", is_before=True),
    "delivered": Step(SinkRunner, "_confirm", is_before=True),
    "confirmed": Step(SinkRunner, "_confirm", is_before=False),
    "noting": Step(Spool, "write", is_before=True, is_meant=has_none),
    "noted": Step(Spool, "write", is_before=False, is_meant=has_none),
    "closing": Step(FanOut, "close", is_before=True, at_end=True),
    "closed": Step(FanOut, "close", is_before=False, at_end=True),
    "saved": Step(ResumeRecorder, "flush", is_before=False, at_end=True),
}


def die_at(step: Step, armed: Path) -> None:
    """Let the process die at a step once a file exists."""
    work = getattr(step.owner, step.function)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        dies = armed.exists() and step.is_meant(*args, **kwargs)
        if dies and step.is_before:
            os.kill(os.getpid(), signal.SIGKILL)
        result = work(*args, **kwargs)
        if dies:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(step.owner, step.function, wrapped)


if __name__ == "__main__":
    name, file, _, *words = sys.argv[1:]
    sys.argv[1:] = words
    die_at(STEPS[name], Path(file))
    main()
