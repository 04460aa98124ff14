"""`TailOptions`: what a tail does, with the command line's values parsed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from rc_tail.events.selection.select import Selection

OutputName = Literal["pretty", "json", "frame", "none"]
TimeStyle = Literal["local", "utc", "relative", "none"]


class SinkRequest(msgspec.Struct, frozen=True):
    """A sink that a command line asks for.

    Attributes:
        kind: The name of its row in the table of sinks.
        address: The value of its option.
        values: Of the options that only this kind has, by their names.
    """

    kind: str
    address: str
    values: Mapping[str, Any] = {}


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
        sinks: The destinations beside standard output.
        dead_letter: Where events go that a sink refuses for good; None for nowhere.
        sink_insecure: Whether unencrypted connections of sinks to other machines are allowed.
        sink_give_up: Seconds without success of a sink after which the tail ends; None for never.
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
    sinks: tuple[SinkRequest, ...] = ()
    dead_letter: Path | None = None
    sink_insecure: bool = False
    sink_give_up: float | None = None
    ready_file: Path | None = None
    ready_fd: int | None = None
    health_file: Path | None = None
    command: tuple[str, ...] = ()
