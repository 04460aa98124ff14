"""The page about destinations of events: what holds for all, then each from its row of the table."""

import textwrap
from collections.abc import Iterator
from pathlib import Path

from rc_tail.events.catalogue import KINDS
from rc_tail.sinks.kind import SinkKind
from rc_tail.sinks.table import SINKS

_WIDTH = 80
_TWO_MACHINES = Path(__file__).with_name("two_machines.txt")
_STDOUT = ("standard output", "kept", "once, or twice after a kill")
_HEADINGS = ("destination", "order", "each event is delivered")

_HEAD = """\
Destinations of events (sinks)

Events go to standard output and to any number of other destinations, which are
also called sinks. All get the same events, after --where, --exclude and --mask.
Standard output prints them as --output says; every other destination gets what
--json prints. --output none prints nothing.

    rc-tail sms --forward-to localhost:3000/hook --append texts.jsonl

An option names one destination of its kind; --sink URL (repeatable) adds others
by address:

    rc-tail sms --sink https://example.com/a --sink https://example.com/b

Each destination has a queue of its own, and no destination delays another. An
event is delivered when every destination has confirmed it; --count, the summary
and the health file count delivered events.

"""

_COMMON = """\

At the start

Each destination is opened and checked before the ready line. If one cannot be
used, rc-tail exits: with 69 if it is unreachable for ten seconds (or for the
time of --retry-for), with 77 if it refuses the login, with 78 if it fails its
check, such as the handshake of --forward-to, and with 2 if its address is
invalid. With --resume NAME, a destination that an earlier run of that name has
opened may be unreachable: rc-tail starts, and its events wait.

`rc-tail doctor` makes the same checks and explains what is wrong:

    rc-tail doctor sms --forward-to localhost:3000/hook

Failures

Later failures do not end rc-tail. Events wait and are tried again with growing
delays, from 0.1 to 30 seconds. An outage of half a second or more is reported
once, and once more when it is over. --health-file shows for each destination
how many events wait, since when, and the last error; -v shows every delivery
and every retry. --sink-give-up DURATION makes rc-tail exit with 74 when a
destination has accepted nothing for that long.

An answer that concerns the event itself uses up a retry; a lost connection does
not. An event that is refused, or whose retries are used up, is appended to the
file of --dead-letter, with the destination, the key, the reason, the status and
the time, and the next event follows. Without --dead-letter it is reported as
lost. To deliver the events of that file later:

    rc-tail show dead.jsonl --forward-to localhost:3000/hook

Restarts

Without --resume, events wait in memory, then in a temporary file. When a signal
ends rc-tail, destinations have two seconds to accept what waits; the rest is
reported as a gap. With --resume NAME every event is saved on disk (in the
spool) before it is delivered, and is kept until every destination has confirmed
it. The next run with that name delivers what is left, also after a kill.

A destination is known by its address. A new one gets events from then on. If
one is removed from the command line, its waiting events are dropped, which is
reported. At 1 GiB rc-tail warns of the size of the spool.

Keys

Each delivery has a key that identifies the event, made from its content. It is
the same in every subscription, and for a past event, so two tails of the same
events can share a destination that ignores keys it already has. Some kinds,
such as do-not-disturb and favorites, repeat the same content for different
events: their keys end with @ and the time, and each tail delivers its own copy.

Secrets

Secrets do not belong in options, which other users of the machine can read. An
address with a password is refused. --forward-header-file and
--forward-token-file read secrets from files. A connection to another machine
must be encrypted; --sink-insecure allows others. `rc-tail systemd` takes the
same options and passes such files to the service as credentials.
"""


def sinks_page() -> str:
    """Return the page."""
    parts = [_HEAD, *_table(), _COMMON]
    for kind in SINKS:
        parts += _section(kind)
    names = ", ".join(kind.name for kind in KINDS if kind.repeats)
    repeating = "".join(_wrapped(names, " " * 4, " " * 4)).rstrip("\n")
    parts.append(_TWO_MACHINES.read_text().replace("{repeating}", repeating))
    return "".join(parts)


def _table() -> Iterator[str]:
    """Yield a row for each destination."""
    rows = [_HEADINGS, _STDOUT, *((_spelling(kind), kind.order, kind.often) for kind in SINKS)]
    first = max(len(row[0]) for row in rows) + 2
    second = max(len(row[1]) for row in rows) + 2
    for row in rows:
        start = f"  {row[0]:<{first}}{row[1]:<{second}}"
        yield from _wrapped(row[2], start, " " * len(start))


def _section(kind: SinkKind) -> Iterator[str]:
    yield f"\n{kind.usage}\n"
    for paragraph in kind.about.splitlines():
        yield "\n"
        yield from _wrapped(paragraph)
    if kind.schemes:
        addresses = " or ".join(f"{scheme}:" for scheme in kind.schemes)
        yield "\n"
        words = "--sink takes its addresses too: they" if kind.address else "Its addresses"
        yield from _wrapped(f"{words} begin with {addresses}.")
    if kind.extra:
        yield "\n"
        yield from _wrapped(f"It requires pip install 'rc-tail[{kind.extra}]'.")
    for option in kind.options:
        yield f"\n  {option.usage}\n"
        yield from _wrapped(option.help, " " * 6, " " * 6)


def _spelling(kind: SinkKind) -> str:
    return kind.address.spellings[0] if kind.address else f"--sink {kind.schemes[0]}:"


def _wrapped(text: str, start: str = "", further: str = "") -> Iterator[str]:
    lines = textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=start,
        subsequent_indent=further,
        break_on_hyphens=False,
        break_long_words=False,
    )
    yield from (f"{line}\n" for line in lines)
