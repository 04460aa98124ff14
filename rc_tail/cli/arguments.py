"""The table of arguments: the words of a command line that are not options."""

from collections.abc import Sequence
from pathlib import Path

from rc_tail.config.option import Argument, ValueSource

_SEND, _FAULT = ("simulator send",), ("simulator fault",)

# What a service prints by default.
SERVICE_EVENTS = ("sms", "voicemail", "fax", "missed-calls")


def _shells() -> Sequence[str]:
    from rc_tail.cli.completion.shells import SHELLS

    return SHELLS


def _help_topics() -> Sequence[str]:
    from rc_tail.cli.commands import COMMANDS
    from rc_tail.cli.help_pages.topics import TOPICS

    # The simulator is both.
    return list(dict.fromkeys([*TOPICS, *COMMANDS]))


def _fault_names() -> Sequence[str]:
    from rc_tail.simulator.faults.catalogue import FAULTS

    return [kind.name for kind in FAULTS]


ARGUMENTS: tuple[Argument, ...] = (
    Argument(
        "events",
        "EVENT",
        "Events such as sms, voicemail or calls:direction=Inbound, or paths of event filters; "
        "`rc-tail events` lists them.",
        ("tail", "demo"),
        completion=ValueSource.EVENTS,
    ),
    Argument(
        "events",
        "EVENT",
        "Events to check (default: all that the app's permissions allow).",
        ("doctor",),
        completion=ValueSource.EVENTS,
    ),
    Argument(
        "events",
        "EVENT",
        f"Events that the service prints (default: {' '.join(SERVICE_EVENTS)}).",
        ("systemd",),
        default=SERVICE_EVENTS,
        completion=ValueSource.EVENTS,
    ),
    Argument(
        "files",
        "FILE",
        "Recorded events: JSON lines, or JSON laid out over lines; - is standard input.",
        ("show",),
        type=Path,
    ),
    Argument(
        "words",
        "WORD",
        "An event name to show, or words to search for.",
        ("events",),
        completion=ValueSource.EVENT,
    ),
    Argument(
        "shell",
        "SHELL",
        "bash, zsh or fish (default: the shell that this is started from).",
        ("completion",),
        repeatable=False,
        choices=_shells,
    ),
    Argument(
        "topic",
        "TOPIC",
        "exit-codes, filters, recipes, sinks, simulator, a status such as 77, or a command.",
        ("help",),
        choices=_help_topics,
    ),
    Argument(
        "event",
        "EVENT",
        "Event to send; see rc-tail events.",
        _SEND,
        required=True,
        repeatable=False,
        completion=ValueSource.EVENT,
    ),
    Argument(
        "name",
        "FAULT",
        "Fault to inject (see --list).",
        _FAULT,
        repeatable=False,
        choices=_fault_names,
    ),
    Argument("values", "NAME=VALUE", "Parameters of the fault (see --list).", _FAULT),
)
