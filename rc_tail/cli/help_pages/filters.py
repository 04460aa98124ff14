"""The page about events on a command line: how to write them, and how they are filtered."""

from collections.abc import Mapping

from rc_tail.events.catalogue import GROUPS, KINDS
from rc_tail.text.columns import wrap

_WIDTH = 80

# Examples that are tested to mean something, each under what it shows.
EXAMPLES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "Names, separated by commas or spaces; singular and plural are the same.": (
        ("sms", "voicemail"),
        ("sms,voicemail,fax",),
    ),
    "Parameters after a colon. No quoting needed.": (
        ("calls:direction=Inbound",),
        ("calls:statusCode=Answered,direction=Inbound",),
    ),
    "A comma starts a new event, unless the text after it contains an = sign.": (
        ("calls:direction=Inbound,sms",),
    ),
    "An id, for events about one object.": (("queue-presence:400000900",),),
    "Paths and queries as RingCentral documents them, in quotes.": (
        ("/restapi/v1.0/account/~/extension/~/presence?detailedTelephonyState=true",),
        ("/account/~/extension/~/voicemail",),
        ("calls?statusCode=Answered&direction=Inbound",),
    ),
    "More events with an option; duplicates are merged.": (("sms", "--filter", "fax,voicemail"),),
    "Other users' events: by extension id, or by extension number.": (
        ("sms", "--extension", "ext:102"),
    ),
}

_HEAD = """\
How to name events

An event filter tells RingCentral which events to send. On a command line it is
a name, a name with parameters, or a path. All of them become one subscription.
"""


def filters_page() -> str:
    """Return the page."""
    parts = [_HEAD]
    for words, examples in EXAMPLES.items():
        lines = "".join(f"    rc-tail {' '.join(map(_quoted, example))}\n" for example in examples)
        parts.append(f"\n{words}\n\n{lines}")
    return "".join([*parts, _tail()])


def _quoted(word: str) -> str:
    return f"'{word}'" if set(word) & set("?&~*") else word


def _tail() -> str:
    groups = "".join(
        "\n".join(wrap(f"    {name:<10} {', '.join(kind.name for kind in kinds)}", _WIDTH, 15))
        + "\n"
        for name, kinds in GROUPS.items()
        if name.endswith("s")
    )
    return f"""
A name for several at once:

{groups}
There are {len(KINDS)} names. To list them, or to show one:

    rc-tail events
    rc-tail events calls

RingCentral refuses filters for which the app or the user lacks a permission. If
it refuses some, rc-tail names them and continues with the others; if it refuses
all, it exits with 65 or 77. `rc-tail doctor EVENT...` explains why.

Conditions that RingCentral's filters cannot express are applied by rc-tail:

    rc-tail calls --where "body.parties[0].direction == 'Inbound'"
    rc-tail insights --exclude insights-rcv
"""
