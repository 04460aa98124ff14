"""``rc-tail simulator``: a local RingCentral, and what is said to it."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rc_tail.cli.choices import Color, LogFormat
from rc_tail.cli.context import open_reporter
from rc_tail.cli.options import (
    ColorOption,
    JsonOption,
    LogFormatOption,
    QuietOption,
)
from rc_tail.errors import UsageError

if TYPE_CHECKING:
    from rc_tail.reporter import Reporter
    from rc_tail.simulator.control import Control
    from rc_tail.simulator.instance import Instance

simulator = typer.Typer(
    name="simulator",
    help="A local RingCentral, for demos, tests and other people's clients.",
    no_args_is_help=True,
    add_completion=False,
)


@simulator.command()
def run(
    *,
    port: Annotated[
        int,
        typer.Option(
            "--port",
            metavar="PORT",
            min=0,
            max=65535,
            help="Where to listen; 0 for any free port.",
        ),
    ] = 0,
    rate: Annotated[
        str | None,
        typer.Option(
            "--rate",
            metavar="N|N/s",
            help="Make so many events a second, of the kinds that somebody is subscribed to.",
        ),
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", metavar="N", help="Make the same events each time.")
    ] = None,
    tls: Annotated[
        bool, typer.Option("--tls", help="Speak https and wss, with a certificate of its own.")
    ] = False,
    events: Annotated[
        Path | None,
        typer.Option("--events", metavar="FILE", help="Play what rc-tail --json has recorded."),
    ] = None,
    scenario: Annotated[
        Path | None,
        typer.Option(
            "--scenario",
            metavar="FILE",
            help="Faults and their times, from the first client on: lines such as 10s reset.",
        ),
    ] = None,
    enforce_limits: Annotated[
        bool,
        typer.Option(
            "--enforce-limits",
            help="Refuse what is over RingCentral's limits; they are told in any case.",
        ),
    ] = False,
    background: Annotated[
        bool,
        typer.Option("--background", help="Return at once; rc-tail simulator stop ends it."),
    ] = False,
    quiet: QuietOption = False,
    log_format: LogFormatOption = LogFormat.text,
    color: ColorOption = Color.auto,
) -> None:
    """Run a local RingCentral.

    Prints lines for a shell to evaluate: eval "$(rc-tail simulator run --background)"
    """
    from rc_tail.config.folders import Folders
    from rc_tail.simulator.instance import Instance
    from rc_tail.simulator.service.options import Options
    from rc_tail.text.durations import parse_rate

    reporter = open_reporter(quiet=quiet, log_format=log_format, color=color)
    options = Options(
        port=port,
        tls=tls,
        rate=parse_rate(rate, "--rate") if rate is not None else float(events is not None),
        seed=seed,
        events=events,
        scenario=scenario,
        enforce_limits=enforce_limits,
    )
    _run(Instance(options, Folders.of_user().state), reporter, background=background)


def _run(instance: "Instance", reporter: "Reporter", *, background: bool) -> None:
    from rc_tail.config.folders import Folders
    from rc_tail.simulator.process import detach, export_lines, serve
    from rc_tail.simulator.registry import registered
    from rc_tail.system.signals import SignalledError

    pid = detach(instance, Folders.of_user().state) if background else 0
    sys.stdout.write(export_lines(instance))
    sys.stdout.flush()
    reporter.info("simulator", f"a local RingCentral runs at {instance.url}", url=instance.url)
    if instance.ca_bundle is not None:
        trust = f"--ca-bundle {instance.ca_bundle}"
        reporter.info("simulator", f"to trust its certificate: {trust}")
    if background:
        reporter.info("simulator", "rc-tail simulator stop ends it", pid=pid)
        return
    reporter.info(
        "simulator",
        "give the lines above to a shell, then try there: rc-tail sms, and in a third "
        "rc-tail simulator send sms --text hi. Ctrl-C ends it",
    )
    with registered(Folders.of_user().state, instance.url):
        number = serve(instance)
    if number is not None:
        raise SignalledError(number)


@simulator.command()
def send(
    event: Annotated[str, typer.Argument(metavar="EVENT", help="As in: rc-tail events")],
    *,
    text: Annotated[str | None, typer.Option("--text", help="The words of a message.")] = None,
    sender: Annotated[
        str | None, typer.Option("--from", metavar="WHO", help="A number or a name.")
    ] = None,
    receiver: Annotated[
        str | None, typer.Option("--to", metavar="WHO", help="A number or a name.")
    ] = None,
    extension: Annotated[
        str | None,
        typer.Option("--extension", metavar="ID|NUMBER", help="Whose event; Ada's when not said."),
    ] = None,
    count: Annotated[int, typer.Option("--count", metavar="N", min=1, help="So many of them.")] = 1,
    changes: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="PATH=VALUE",
            help="Change a field, as in parties.0.status.code=Answered; repeat it for more.",
        ),
    ] = None,
    quiet: QuietOption = False,
    log_format: LogFormatOption = LogFormat.text,
    color: ColorOption = Color.auto,
) -> None:
    """Let an event happen in the running simulator."""
    from rc_tail.simulator.send_request import find_kind

    reporter = open_reporter(quiet=quiet, log_format=log_format, color=color)
    find_kind(event)
    order = {"event": event, "text": text, "from": sender, "to": receiver}
    order |= {"extension": extension}
    pairs = [_change(change) for change in changes or ()]
    reached = _control().send({**order, "set": pairs}, count)
    told = f"{reached} subscription{'s' if reached > 1 else ''}"
    reporter.info("sent", f"sent {event} to {told}", subscriptions=reached, count=count)


def _change(text: str) -> tuple[str, Any]:
    import json

    path, equals, value = text.partition("=")
    if not path or not equals:
        raise UsageError(
            f"--set: {text!r} is no PATH=VALUE", hint="As in --set parties.0.status.code=Answered"
        )
    try:
        return path, json.loads(value)
    except ValueError:
        return path, value


@simulator.command()
def fault(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="FAULT", help="What is to go wrong.", autocompletion=lambda: _fault_names()
        ),
    ] = None,
    values: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME=VALUE", help="Its parameters, as --list shows them."),
    ] = None,
    *,
    after: Annotated[
        str | None,
        typer.Option("--after", metavar="TIME|Nevents", help="Such as 10s, or 50events."),
    ] = None,
    count: Annotated[
        int,
        typer.Option("--count", metavar="N", min=1, help="How often, or how many it concerns."),
    ] = 1,
    show: Annotated[bool, typer.Option("--list", help="List the faults.")] = False,
    quiet: QuietOption = False,
    log_format: LogFormatOption = LogFormat.text,
    color: ColorOption = Color.auto,
) -> None:
    """Let something go wrong in the running simulator.

    It happens at once, or as soon as somebody is subscribed.
    """
    from rc_tail.simulator.faults.schedule import read_pairs, read_plan

    reporter = open_reporter(quiet=quiet, log_format=log_format, color=color)
    if show:
        sys.stdout.write(_listed())
        return
    if name is None:
        raise UsageError("which fault?", hint="See them all: rc-tail simulator fault --list")
    pairs = read_pairs(values or ())
    plan = read_plan(name, pairs, after=after, count=count)
    waits = _control().fault(name, pairs, after=after, count=count)
    struck = "has struck" if plan.kind.needs_victim else "applies from now on"
    state = "waits for its time" if waits else struck
    reporter.info("fault", f"{name} {state}", fault=name, waits=waits)


def _fault_names() -> list[str]:
    from rc_tail.simulator.faults.catalogue import FAULTS

    return [kind.name for kind in FAULTS]


def _listed() -> str:
    from rc_tail.simulator.faults.catalogue import FAULTS

    lines: list[str] = []
    for kind in FAULTS:
        lines += [kind.name, f"  what goes wrong  {kind.does}", f"  a good client    {kind.client}"]
        for name, value in kind.values.items():
            default = f" (else {value.default})" if value.default else ""
            lines.append(f"  {name}={value.shape}{default}")
    return "".join(f"{line}\n" for line in lines)


@simulator.command()
def status(*, as_json: JsonOption = False) -> None:
    """Say who is subscribed to what in the running simulator."""
    import json

    from rc_tail.text.escape import visible, visible_json

    open_reporter()
    told = _control().status()
    if as_json:
        sys.stdout.write(visible_json(json.dumps(told, ensure_ascii=False)) + "\n")
        return
    sys.stdout.write("".join(f"{visible(line)}\n" for line in _lines(told)))


def _lines(told: Any) -> list[str]:
    names = ("session", "connection", "notification")
    numbers = [(told[f"{name}s"], name) for name in names]
    counts = ", ".join(f"{n} {name}{'s' if n != 1 else ''}" for n, name in numbers)
    lines = [f"process {told['pid']}: {counts}"]
    for each in told["subscriptions"]:
        state = "connected" if each["connected"] else "not connected"
        lines.append(f"subscription {each['id']} of extension {each['extension']}, {state}")
        lines += [f"  {text}" for text in each["filters"]]
    return lines


@simulator.command()
def stop(
    *,
    quiet: QuietOption = False,
    log_format: LogFormatOption = LogFormat.text,
    color: ColorOption = Color.auto,
) -> None:
    """End the running simulator, and wait until it is gone."""
    reporter = open_reporter(quiet=quiet, log_format=log_format, color=color)
    control = _control()
    control.stop()
    reporter.info("simulator", f"the simulator at {control.url} has ended", url=control.url)


def _control() -> "Control":
    from rc_tail.config.folders import Folders
    from rc_tail.simulator.control import Control

    return Control.found(os.environ, Folders.of_user().state)
