"""What a tail is asked to do, whoever asks."""

from pathlib import Path
from typing import Literal

import msgspec

from rc_tail.events.selection.select import Selection

OutputName = Literal["pretty", "json", "frame"]
TimeStyle = Literal["local", "utc", "relative", "none"]


class TailOptions(msgspec.Struct, frozen=True):
    """A tail's orders.

    Attributes:
        selection: Which events.
        extensions: Whose, as ids or as ``ext:`` and a number; empty for the user's own.
        output: How events look.
        template: What a line looks like, in place of `output`; None for that.
        where: JMESPath expressions that must hold of an event.
        exclude: Filters of events that are not wanted although another filter brings them.
        mask: Whether numbers, names and texts are hidden.
        time: The time column of readable lines.
        color: Whether readable lines are coloured.
        count: End after so many printed events.
        seconds: End so long after it was ready.
        retry_for: Seconds to go on without a connection; None for the usual.
        since: The history since this moment, in Unix seconds, is printed first.
        follow: Whether to go on after that history.
        history: Whether gaps are filled from the history.
        resume: The name under which the state is kept for a later run.
        exec_words: The command that is run for every event; empty for none.
        exec_jobs: How many of them run at once.
        exec_timeout: Seconds that each may take.
        ready_file: Is made when the tail is ready; None for none.
        ready_fd: A descriptor to which a line is written then; None for none.
        health_file: Says how the tail is; None for none.
        command: The words of the command line, to say how it is continued.
    """

    selection: Selection
    extensions: tuple[str, ...] = ()
    output: OutputName = "json"
    template: str | None = None
    where: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    mask: bool = False
    time: TimeStyle = "local"
    color: bool = False
    count: int | None = None
    seconds: float | None = None
    retry_for: float | None = None
    since: float | None = None
    follow: bool = True
    history: bool = True
    resume: str | None = None
    exec_words: tuple[str, ...] = ()
    exec_jobs: int = 1
    exec_timeout: float = 30.0
    ready_file: Path | None = None
    ready_fd: int | None = None
    health_file: Path | None = None
    command: tuple[str, ...] = ()
