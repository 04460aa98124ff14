"""The part of the table of options that ``rc-tail simulator`` takes."""

from pathlib import Path

from rc_tail.config.option import Option
from rc_tail.text.durations import parse_duration, parse_rate

_RUN, _SEND, _FAULT = ("simulator run",), ("simulator send",), ("simulator fault",)

SIMULATOR_OPTIONS: tuple[Option, ...] = (
    Option(
        "--port PORT",
        "Port to listen on; 0 picks a free one (default: 0).",
        _RUN,
        type=int,
        default=0,
        minimum=0,
        maximum=65535,
    ),
    Option(
        "--rate N|N/s",
        "Generate N events per second for active subscriptions.",
        _RUN,
        parse=parse_rate,
    ),
    Option("--seed N", "Random seed, for repeatable events.", _RUN, type=int),
    Option("--tls", "Serve https and wss, with a self-signed certificate.", _RUN, type=bool),
    Option("--events FILE", "Replay events recorded with rc-tail --json.", _RUN, type=Path),
    Option(
        "--scenario FILE",
        "Inject the faults in FILE: lines such as `10s reset`, timed from the first client; "
        "lines such as `--idle-timeout 60s` set options.",
        _RUN,
        type=Path,
    ),
    Option(
        "--enforce-limits",
        "Announce and enforce RingCentral's limits.",
        _RUN,
        type=bool,
    ),
    Option("--refresh-tokens", "Issue refresh tokens.", _RUN, type=bool),
    Option(
        "--wstoken-ttl DURATION",
        "Lifetime of a WebSocket token (default: 10m).",
        _RUN,
        parse=parse_duration,
    ),
    Option(
        "--wstoken-single-use", "Accept a WebSocket token once (default: again).", _RUN, type=bool
    ),
    Option(
        "--idle-timeout DURATION",
        "Close a connection after this long without messages (default: 30m).",
        _RUN,
        parse=parse_duration,
    ),
    Option(
        "--recovery-timeout DURATION",
        "Time to recover a session after its connection is lost (default: 3m).",
        _RUN,
        parse=parse_duration,
    ),
    Option(
        "--recovery-buffer N",
        "Number of missed messages kept for a recovery (default: 100).",
        _RUN,
        type=int,
        minimum=0,
    ),
    Option(
        "--wsc-everywhere",
        "Put `wsc` on every message, not on ConnectionDetails alone.",
        _RUN,
        type=bool,
    ),
    Option(
        "--background",
        "Run in the background; stop it with rc-tail simulator stop.",
        _RUN,
        type=bool,
    ),
    Option("--text TEXT", "Text of the message.", _SEND),
    Option("--from WHO", "Sender: a number or a name.", _SEND, key="sender"),
    Option("--to WHO", "Receiver: a number or a name.", _SEND, key="receiver"),
    Option("--extension ID|NUMBER", "Extension that receives it (default: 101, Ada).", _SEND),
    Option("--after TIME|Nevents", "When: 10s, or 50events (default: now).", _FAULT),
    Option("--count N", "Number of events (default: 1).", _SEND, type=int, default=1, minimum=1),
    Option("--count N", "Number of times (default: 1).", _FAULT, type=int, default=1, minimum=1),
    Option(
        "--set PATH=VALUE",
        "Change a field, e.g. parties.0.status.code=Answered (repeatable).",
        _SEND,
        key="changes",
        repeatable=True,
    ),
    Option("--list", "List the faults.", _FAULT, type=bool),
)
