"""``rc-tail simulator``: runs a local RingCentral, and sends it events and faults."""

import os
import sys
from typing import TYPE_CHECKING, Any

from rc_tail.cli.commands import CommandGroup
from rc_tail.cli.context import open_reporter
from rc_tail.cli.options import parse_values
from rc_tail.config.option import OptionValues
from rc_tail.errors import UsageError

if TYPE_CHECKING:
    from rc_tail.reporter import Reporter
    from rc_tail.simulator.control import Control
    from rc_tail.simulator.instance import Instance


def run(values: OptionValues) -> None:
    """Run a local simulated RingCentral.

    Prints variables for a shell to evaluate: eval "$(rc-tail simulator run --background)"
    """
    from rc_tail.config.folders import Folders
    from rc_tail.simulator.instance import Instance
    from rc_tail.simulator.service.options import SESSION_OPTIONS, Options

    reporter = open_reporter(values)
    parsed = parse_values("simulator run", values)
    rate, events = parsed["rate"], parsed["events"]
    options = Options(
        port=parsed["port"],
        tls=parsed["tls"],
        rate=float(events is not None) if rate is None else rate,
        seed=parsed["seed"],
        enforce_limits=parsed["enforce_limits"],
        **{name: parsed[name] for name in SESSION_OPTIONS if parsed[name] is not None},
    )
    state = Folders.of_user().state
    instance = Instance(options, state, events=events, scenario=parsed["scenario"])
    _run(instance, reporter, background=parsed["background"])


def _run(instance: "Instance", reporter: "Reporter", *, background: bool) -> None:
    from rc_tail.config.folders import Folders
    from rc_tail.simulator.process import detach, export_lines, serve
    from rc_tail.simulator.registry import registered
    from rc_tail.system.signals import SignalledError

    pid = detach(instance, Folders.of_user().state) if background else 0
    sys.stdout.write(export_lines(instance))
    sys.stdout.flush()
    reporter.info("simulator", f"simulator running at {instance.url}", url=instance.url)
    if instance.ca_bundle is not None:
        trust = f"--ca-bundle {instance.ca_bundle}"
        reporter.info("simulator", f"to trust its certificate: {trust}")
    if background:
        reporter.info("simulator", "stop it with: rc-tail simulator stop", pid=pid)
        return
    reporter.info(
        "simulator",
        "paste the lines above into another terminal, then run: rc-tail sms. Send an event "
        "with: rc-tail simulator send sms --text hi. Stop with Ctrl-C",
    )
    with registered(Folders.of_user().state, instance.url):
        number = serve(instance)
    if number is not None:
        raise SignalledError(number)


def send(values: OptionValues) -> None:
    """Send an event from the running simulator."""
    from rc_tail.simulator.send_request import find_kind

    reporter = open_reporter(values)
    event, count = values["event"], values["count"]
    find_kind(event)
    request = {
        "event": event,
        "text": values["text"],
        "from": values["sender"],
        "to": values["receiver"],
        "extension": values["extension"],
        "set": [_change(change) for change in values["changes"]],
    }
    reached = _control().send(request, count)
    receivers = f"{reached} subscription{'s' if reached > 1 else ''}"
    reporter.info("sent", f"sent {event} to {receivers}", subscriptions=reached, count=count)


def _change(text: str) -> tuple[str, Any]:
    import json

    path, equals, value = text.partition("=")
    if not path or not equals:
        raise UsageError(
            f"--set: {text!r} is not PATH=VALUE",
            hint="Example: --set parties.0.status.code=Answered",
        )
    try:
        return path, json.loads(value)
    except ValueError:
        return path, value


def fault(values: OptionValues) -> None:
    """Inject a fault into the running simulator.

    It happens at once, or as soon as a client is subscribed.
    """
    from rc_tail.simulator.faults.schedule import read_pairs, read_plan

    reporter = open_reporter(values)
    if values["list"]:
        sys.stdout.write(_listed())
        return
    name, after, count = values["name"], values["after"], values["count"]
    if name is None:
        raise UsageError("name a fault", hint="List them with: rc-tail simulator fault --list")
    pairs = read_pairs(values["values"])
    plan = read_plan(name, pairs, after=after, count=count)
    waits = _control().fault(name, pairs, after=after, count=count)
    immediate = "triggered" if plan.kind.needs_connection else "active"
    state = "scheduled" if waits else immediate
    reporter.info("fault", f"{name} {state}", fault=name, waits=waits)


def _listed() -> str:
    from rc_tail.simulator.faults.catalogue import FAULTS

    lines: list[str] = []
    for kind in FAULTS:
        lines += [kind.name, f"  fault     {kind.description}", f"  expected  {kind.expectation}"]
        for name, value in kind.values.items():
            default = f" (default: {value.default})" if value.default else ""
            lines.append(f"  {name}={value.shape}{default}")
    return "".join(f"{line}\n" for line in lines)


def status(values: OptionValues) -> None:
    """List connected clients and their subscriptions."""
    import json

    from rc_tail.text.escape import visible, visible_json

    open_reporter({})
    report = _control().status()
    if values["as_json"]:
        sys.stdout.write(visible_json(json.dumps(report, ensure_ascii=False)) + "\n")
        return
    sys.stdout.write("".join(f"{visible(line)}\n" for line in _lines(report)))


def _lines(report: Any) -> list[str]:
    names = ("session", "connection", "notification")
    numbers = [(report[f"{name}s"], name) for name in names]
    counts = ", ".join(f"{n} {name}{'s' if n != 1 else ''}" for n, name in numbers)
    lines = [f"process {report['pid']}: {counts}"]
    for each in report["subscriptions"]:
        state = "connected" if each["connected"] else "not connected"
        lines.append(f"subscription {each['id']} of extension {each['extension']}, {state}")
        lines += [f"  {text}" for text in each["filters"]]
    return lines


def stop(values: OptionValues) -> None:
    """Stop the running simulator."""
    reporter = open_reporter(values)
    control = _control()
    control.stop()
    reporter.info("simulator", f"simulator at {control.url} stopped", url=control.url)


def _control() -> "Control":
    from rc_tail.config.folders import Folders
    from rc_tail.simulator.control import Control

    return Control.find(os.environ, Folders.of_user().state)


simulator = CommandGroup(
    "Run a local simulated RingCentral, for demos, tests and other clients.",
    {"run": run, "send": send, "fault": fault, "status": status, "stop": stop},
)
