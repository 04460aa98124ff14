"""The syntax of the words that name events; nothing is looked up here.

A value is one path, which begins with ``/``, or event names separated by commas. A name may have
an id and parameters: ``queue-presence:400000900``, ``calls:statusCode=Answered,direction=Inbound``, or
in the form of a URI, ``calls?statusCode=Answered&direction=Inbound``.
"""

import re
from urllib.parse import unquote

import msgspec

from rc_tail.events.kinds import Pair

# A piece after a comma that belongs to the name before it. One with a colon or question mark
# before its "=", such as calls:direction=Inbound, begins with a name of its own.
_PARAMETER = r"[^:?/=]*="
_HEAD = r"[^:?,&]*"
_SEPARATOR = r"[,&?]"


class EventWord(msgspec.Struct, frozen=True):
    """One event as it was typed.

    Attributes:
        typed: The whole word.
        name: Empty for a path.
        path: The path with its query; empty for a name.
        ids: What follows the name and is not a parameter.
        pairs: The parameters, in their order.
        incomplete: Whether nothing follows a colon, comma or question mark.
    """

    typed: str
    name: str = ""
    path: str = ""
    ids: tuple[str, ...] = ()
    pairs: tuple[Pair, ...] = ()
    incomplete: bool = False


def split_events(value: str) -> list[str]:
    """Split a value at the commas that start a new event; a path keeps its commas.

    Blanks around a name are removed; blanks after a path are kept, and make it invalid.
    """
    found: list[str] = []
    rest: str | None = value
    while rest is not None:
        rest = rest.lstrip()
        if rest.startswith("/"):
            return [*found, rest]
        piece, comma, after = rest.partition(",")
        piece = piece.strip()
        if found and found[-1] and re.match(_PARAMETER, piece):
            found[-1] += f",{piece}"
        else:
            found.append(piece)
        rest = after if comma else None
    return found


def parse_event(piece: str) -> EventWord:
    """Parse one event."""
    if piece.startswith("/"):
        return EventWord(piece, path=piece)
    head = re.match(_HEAD, piece)
    name = head[0] if head else ""
    rest = piece[len(name) + 1 :]
    if len(name) == len(piece):
        return EventWord(piece, name=name.strip())
    parts = [part.strip() for part in re.split(_SEPARATOR, rest)]
    pairs = [part.partition("=") for part in parts if "=" in part]
    return EventWord(
        piece,
        name=name.strip(),
        ids=tuple(part for part in parts if part and "=" not in part),
        pairs=tuple((key.strip(), _decoded(value.strip())) for key, _, value in pairs),
        incomplete=not all(parts),
    )


def _decoded(value: str) -> str:
    # A filter has phone numbers with a raw "+"; users may have written it percent-encoded.
    return unquote(value)
