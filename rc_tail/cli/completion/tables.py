"""What the scripts know, as tables that every shell can read.

A table gives the entries for a word. An entry is a pair: what the script works with, without a
blank at its ends, and a description for people. Several words may share their entries.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from rc_tail.cli.completion.command_tree import CommandNode, command_nodes
from rc_tail.events.catalogue import GROUPS, KINDS
from rc_tail.events.kinds import EventKind, Parameter

Entry = tuple[str, str]
Entries = tuple[Entry, ...]
Table = Mapping[tuple[str, ...], Entries]

# What may be given again is marked by this; it begins no option, argument or parameter.
_AGAIN = "*"


def tables() -> dict[str, Table]:
    """Return all tables by name.

    ``commands``, ``options`` and ``arguments`` go by the words of a command, ``parameters`` by the
    name of an event; ``events`` and ``spellings`` have one set of entries, for the empty word.
    """
    everywhere = command_nodes()
    return {
        "commands": _by_place(everywhere, _commands),
        "options": _by_place(everywhere, _options),
        "arguments": _by_place(everywhere, _arguments),
        "parameters": _shared({name: _parameters(k) for k in KINDS for name in _names(k)}),
        "events": {("",): (*_groups(), *((_typed(kind), kind.summary) for kind in KINDS))},
        "spellings": {("",): tuple(_second_spellings())},
    }


def _by_place(
    everywhere: Mapping[str, CommandNode], entries_of: Callable[[CommandNode], Iterator[Entry]]
) -> Table:
    return _shared({words: tuple(entries_of(place)) for words, place in everywhere.items()})


def _shared(entries: Mapping[str, Entries]) -> Table:
    """Put words with the same entries together; leave out those that have none."""
    found: dict[Entries, list[str]] = {}
    for word, those in entries.items():
        if those:
            found.setdefault(those, []).append(word)
    return {tuple(words): those for those, words in found.items()}


def _commands(place: CommandNode) -> Iterator[Entry]:
    yield from place.commands.items()


def _options(place: CommandNode) -> Iterator[Entry]:
    """Give ``*--filter,-f @events``: the spellings, then what it takes."""
    for option in place.options:
        again = _AGAIN * option.repeatable
        yield f"{again}{','.join(option.spellings)} {option.takes}", option.help


def _arguments(place: CommandNode) -> Iterator[Entry]:
    for argument in place.arguments:
        yield f"{_AGAIN * argument.repeatable}{argument.takes}", ""


def _parameters(kind: EventKind) -> Entries:
    """Give ``*statusCode=Answered,Gone``: the name, then its values where they can be listed."""
    return tuple((_parameter(p), p.summary) for p in kind.parameters)


def _parameter(parameter: Parameter) -> str:
    return f"{_AGAIN * parameter.several}{parameter.name}={','.join(parameter.values)}"


def _names(kind: EventKind) -> Sequence[str]:
    return [kind.name, kind.also] if kind.also else [kind.name]


def _typed(kind: EventKind, name: str = "") -> str:
    # The colon says that something must follow.
    return f"{name or kind.name}{':' if kind.id_name else ''}"


def _groups() -> Iterator[Entry]:
    seen: set[tuple[EventKind, ...]] = set()
    for name, kinds in GROUPS.items():
        if kinds not in seen:
            seen.add(kinds)
            yield name, _told(kinds)


def _second_spellings() -> Iterator[Entry]:
    """Give the names that are offered only where no other fits what was typed."""
    first = {name for name, _ in _groups()}
    yield from ((name, _told(kinds)) for name, kinds in GROUPS.items() if name not in first)
    yield from ((_typed(kind, kind.also), kind.summary) for kind in KINDS if kind.also)


def _told(kinds: Sequence[EventKind]) -> str:
    return f"all of {', '.join(kind.name for kind in kinds)}"
