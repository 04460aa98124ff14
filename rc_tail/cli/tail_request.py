"""From the values of a command line to `TailOptions`: for ``tail``, ``demo`` and ``show``."""

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rc_tail.cli.exit import open_terminal
from rc_tail.cli.options import default_values, parse_values
from rc_tail.config.option import Option, OptionValues, Output
from rc_tail.errors import UsageError
from rc_tail.sinks.table import COMMON_OPTIONS, SINKS
from rc_tail.system.lean_imports import import_lean
from rc_tail.text.escape import visible

if TYPE_CHECKING:
    from rc_tail.config.tail_options import SinkRequest, TailOptions
    from rc_tail.events.selection.select import Selection


def tail_options(command_line: OptionValues, default_events: tuple[str, ...] = ()) -> "TailOptions":
    """Return what a command line asks of the tail.

    An option whose name is a field of `TailOptions` passes as it is parsed; the others are made
    into fields here.

    Args:
        command_line: Values of the tail's options; those that are missing have their defaults.
        default_events: The events if the command line names none.

    Raises:
        UsageError: No event is named, a value is invalid, or options contradict each other.
    """
    import_lean("rc_tail.config.tail_options")
    from rc_tail.config.tail_options import TailOptions

    values = {**default_values("tail"), **command_line}
    _check_conflicts(values)
    _check_files(values)
    selection = _selection(values, default_events)
    output = _output(values)
    exclude = _excluded(values["exclude"])
    raw = values
    values = parse_values("tail", values)
    sinks = sink_requests(values, raw)
    if output is Output.none and not sinks:
        raise UsageError(
            "--output none leaves no destination for events",
            hint="Name one, such as --forward-to URL or --exec COMMAND.",
        )
    fields = {name: values[name] for name in TailOptions.__struct_fields__ if name in values}
    fields |= {
        "selection": selection,
        "output": output.value,
        "time": values["time"].value,
        "color": open_terminal().output_color(values["color"]),
        "exclude": exclude,
        "since": _since(values["since"]),
        "sinks": sinks,
        "command": ("rc-tail", *sys.argv[1:]),
    }
    return TailOptions(**fields)


def _check_conflicts(values: OptionValues) -> None:
    if values["since"] is None and not values["follow"]:
        raise UsageError("--no-follow requires --since")
    if values["since"] is not None and not values["history"]:
        raise UsageError("--since cannot be combined with --no-history")
    if values["mask"] and values["save_attachments"] is not None:
        raise UsageError(
            "--mask cannot be combined with --save-attachments",
            hint="The files would hold what the mask hides.",
        )
    if values["resume"] is not None:
        from rc_tail.state.resume_state import check_resume_name

        check_resume_name(values["resume"])
        if not values["follow"]:
            raise UsageError("--resume cannot be combined with --no-follow")


def _check_files(values: OptionValues) -> None:
    for name, option in (("ready_file", "--ready-file"), ("health_file", "--health-file")):
        # An empty value becomes the current folder.
        if values[name] == Path():
            raise UsageError(f"{option} requires a file name")


def _selection(values: OptionValues, default_events: tuple[str, ...]) -> "Selection":
    from rc_tail.events.selection.select import select

    events, filters = values["events"], values["filters"]
    selection = select(events if events or filters else default_events, filters)
    if values["extensions"]:
        from rc_tail.rest.extensions import check_extensions

        check_extensions(values["extensions"])
        # The ids are looked up later; whether the events take any is known now.
        selection.for_extensions(["0"])
    return selection


def _output(values: OptionValues) -> Output:
    output: Output | None = values["output"]
    as_json = values["as_json"]
    if values["template"] is not None and (as_json or output is not None):
        raise UsageError("--template cannot be combined with --output or --json")
    if as_json and output not in (None, Output.json):
        raise UsageError(f"--json cannot be combined with --output {output}")
    if output is not None or as_json:
        return output or Output.json
    # Readable lines are for people; programs get JSON without asking.
    return Output.pretty if open_terminal().has_output else Output.json


def _excluded(events: tuple[str, ...]) -> tuple[str, ...]:
    from rc_tail.events.selection.select import select

    if not events:
        return ()
    filters = select(events).filters
    if any("/telephony/sessions?" in each for each in filters):
        raise UsageError(
            "--exclude drops kinds, and the events of a call do not say which filter they met",
            hint='Tell them apart by what they hold: --where "!(body.parties[?missedCall])"',
        )
    return filters


def sink_requests(values: OptionValues, raw: OptionValues) -> "tuple[SinkRequest, ...]":
    """Return the sinks that a command line asks for.

    Args:
        values: Of the command line, parsed.
        raw: As they were typed.

    Raises:
        UsageError: An option belongs to a sink that is not named, or an address to none.
    """
    from rc_tail.config.tail_options import SinkRequest

    _check_sink_urls(values["sink_urls"])
    requests: list[SinkRequest] = []
    for kind in SINKS:
        own = {option.name: values[option.name] for option in kind.options}
        option = kind.address
        addresses = [] if option is None else [*_addresses(values[option.name])]
        addresses += [url for url in values["sink_urls"] if _scheme(url) in kind.schemes]
        if not addresses:
            named = "--sink" if option is None else option.spellings[0]
            _refuse_given(kind.options, raw, named)
        for address in addresses:
            request = SinkRequest(kind.name, address, own)
            kind.check(request, allows_plain=values["sink_insecure"])
            requests.append(request)
    if not requests:
        _refuse_given(COMMON_OPTIONS, raw, "another destination")
    _check_password(requests)
    return tuple(requests)


def _check_password(requests: "Sequence[SinkRequest]") -> None:
    """Check that the one password in the environment is for one destination.

    Raises:
        UsageError: Several would be sent it.
    """
    from urllib.parse import urlsplit

    kinds = {kind.name: kind for kind in SINKS if kind.secret_query}
    asking = [
        parts
        for request in requests
        if (kind := kinds.get(request.kind)) is not None
        and "@" in (parts := urlsplit(request.address)).netloc
        and f"{kind.secret_query}=" not in parts.query
    ]
    if len(asking) > 1:
        raise UsageError(
            "--sink: RC_SINK_PASSWORD is the password of one destination only",
            hint="Put the others into files: ?credentials=FILE.",
        )


def _refuse_given(options: Sequence[Option], raw: OptionValues, required: str) -> None:
    """Refuse options that have no effect without another.

    Raises:
        UsageError: One is given.
    """
    for option in options:
        if raw[option.name] != option.value_if_absent:
            raise UsageError(f"{option.spellings[0]} requires {required}")


def _addresses(value: str | tuple[str, ...] | None) -> tuple[str, ...]:
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)


def _scheme(url: str) -> str:
    return url.partition(":")[0].lower()


def _check_sink_urls(urls: tuple[str, ...]) -> None:
    known = [scheme for kind in SINKS for scheme in kind.schemes]
    for url in urls:
        if _scheme(url) not in known:
            # Without the address itself: it may hold a password.
            raise UsageError(
                f"--sink: unknown kind of address {visible(_scheme(url))[:40]!r}",
                hint=f"An address begins with {', '.join(f'{each}:' for each in known)}.",
            )


def _since(text: str | None) -> float | None:
    if text is None:
        return None
    from rc_tail.text.since import parse_since

    # Without a zone the machine's counts.
    return parse_since(text, datetime.now())  # noqa: DTZ005
