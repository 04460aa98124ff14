"""`TailOptions`: what a tail does, with the command line's values parsed."""

from pathlib import Path
from typing import Literal

import msgspec

from rc_tail.events.selection.select import Selection

OutputName = Literal["pretty", "json", "frame"]
TimeStyle = Literal["local", "utc", "relative", "none"]


class TailOptions(msgspec.Struct, frozen=True):
    """What a tail does.

    An option of the table in `rc_tail.cli.options` with the name of a field sets that field.

    Attributes:
        extensions: Ids, or ``ext:`` and an extension number; empty for the user's own.
        template: Replaces `output`; None for `output`.
        where: JMESPath expressions that must all be true for an event.
        exclude: Event filters; events that match one are dropped.
        mask: Whether numbers, names and texts are hidden.
        time: The time column of pretty output.
        color: Whether pretty output is coloured.
        wrap: Whether pretty output wraps long texts on a terminal; else it cuts them.
        count: End after this many printed events; None for no limit.
        seconds: End this long after the tail is ready; None for no limit.
        retry_for: Seconds without a connection before giving up; None for the defaults.
        since: Print the history from this moment on first, in Unix seconds; None for no history.
        follow: Whether to continue with live events after that history.
        history: Whether gaps are filled from the history.
        resume: The name under which the state is stored for a later run.
        exec_words: The command to run for every event; empty for none.
        exec_jobs: How many commands run at once.
        exec_timeout: Seconds after which a command is killed.
        ready_file: Created when the tail is ready.
        ready_fd: A file descriptor that gets a line when the tail is ready.
        health_file: Kept up to date with the state of the tail.
        command: The words of the command line, to suggest how to continue.
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
    wrap: bool = True
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
