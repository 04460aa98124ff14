"""The part of the table of options that ``rc-tail simulator`` takes."""

from pathlib import Path

from rc_tail.cli.option import Option
from rc_tail.text.durations import parse_rate

_RUN, _SEND, _FAULT = ("simulator run",), ("simulator send",), ("simulator fault",)

SIMULATOR_OPTIONS: tuple[Option, ...] = (
    Option(
        "--port PORT",
        "Where to listen; 0 for any free port.",
        _RUN,
        type=int,
        default=0,
        minimum=0,
        maximum=65535,
    ),
    Option(
        "--rate N|N/s",
        "Make so many events a second, of the kinds that somebody is subscribed to.",
        _RUN,
        parse=parse_rate,
    ),
    Option("--seed N", "Make the same events each time.", _RUN, type=int),
    Option("--tls", "Speak https and wss, with a certificate of its own.", _RUN, type=bool),
    Option("--events FILE", "Play what rc-tail --json has recorded.", _RUN, type=Path),
    Option(
        "--scenario FILE",
        "Faults and their times, from the first client on: lines such as 10s reset.",
        _RUN,
        type=Path,
    ),
    Option(
        "--enforce-limits",
        "Refuse what is over RingCentral's limits; they are told in any case.",
        _RUN,
        type=bool,
    ),
    Option("--background", "Return at once; rc-tail simulator stop ends it.", _RUN, type=bool),
    Option("--text", "The words of a message.", _SEND),
    Option("--from WHO", "A number or a name.", _SEND, key="sender"),
    Option("--to WHO", "A number or a name.", _SEND, key="receiver"),
    Option("--extension ID|NUMBER", "Whose event; Ada's when not said.", _SEND),
    Option("--after TIME|Nevents", "Such as 10s, or 50events.", _FAULT),
    Option("--count N", "So many of them.", _SEND, type=int, default=1, minimum=1),
    Option(
        "--count N", "How often, or how many it concerns.", _FAULT, type=int, default=1, minimum=1
    ),
    Option(
        "--set PATH=VALUE",
        "Change a field, as in parties.0.status.code=Answered; repeat it for more.",
        _SEND,
        key="changes",
        repeatable=True,
    ),
    Option("--list", "List the faults.", _FAULT, type=bool),
)
