"""The data of the completion scripts, as tables that every shell can read.

A table maps words to entries. An entry is a pair: what the script works with, without a blank at
its ends, and a description for people. Several words can share their entries.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from rc_tail.cli.completion.command_tree import CommandNode, command_nodes
from rc_tail.events.catalogue import GROUPS, KINDS
from rc_tail.events.kinds import EventKind, Parameter

Entry = tuple[str, str]
Entries = tuple[Entry, ...]
Table = Mapping[tuple[str, ...], Entries]

# Marks what is repeatable; no option, argument or parameter begins with it.
_REPEATABLE = "*"


def tables() -> dict[str, Table]:
    """Return all tables by name.

    ``commands``, ``options`` and ``arguments`` are keyed by the words of a command, ``parameters``
    by the name of an event; ``events`` and ``spellings`` have one key, the empty word.
    """
    nodes = command_nodes()
    return {
        "commands": _by_command(nodes, _commands),
        "options": _by_command(nodes, _options),
        "arguments": _by_command(nodes, _arguments),
        "parameters": _shared({name: _parameters(k) for k in KINDS for name in _names(k)}),
        "events": {("",): (*_groups(), *((_typed_name(kind), kind.summary) for kind in KINDS))},
        "spellings": {("",): tuple(_second_spellings())},
    }


def _by_command(
    nodes: Mapping[str, CommandNode], entries_of: Callable[[CommandNode], Iterator[Entry]]
) -> Table:
    return _shared({words: tuple(entries_of(node)) for words, node in nodes.items()})


def _shared(entries: Mapping[str, Entries]) -> Table:
    """Group words with the same entries; leave out those that have none."""
    grouped: dict[Entries, list[str]] = {}
    for word, own in entries.items():
        if own:
            grouped.setdefault(own, []).append(word)
    return {tuple(words): shared for shared, words in grouped.items()}


def _commands(node: CommandNode) -> Iterator[Entry]:
    yield from node.commands.items()


def _options(node: CommandNode) -> Iterator[Entry]:
    """Yield ``*--filter,-f @events``: the spellings, then what the option takes."""
    for option in node.options:
        mark = _REPEATABLE * option.repeatable
        yield f"{mark}{','.join(option.spellings)} {option.takes}", option.help


def _arguments(node: CommandNode) -> Iterator[Entry]:
    for argument in node.arguments:
        yield f"{_REPEATABLE * argument.repeatable}{argument.takes}", ""


def _parameters(kind: EventKind) -> Entries:
    """Return ``*statusCode=Answered,Gone``: the name, then its values if there is a list."""
    return tuple((_parameter(p), p.summary) for p in kind.parameters)


def _parameter(parameter: Parameter) -> str:
    return f"{_REPEATABLE * parameter.several}{parameter.name}={','.join(parameter.values)}"


def _names(kind: EventKind) -> Sequence[str]:
    return [kind.name, kind.also] if kind.also else [kind.name]


def _typed_name(kind: EventKind, name: str = "") -> str:
    # After the colon an id must follow.
    return f"{name or kind.name}{':' if kind.id_name else ''}"


def _groups() -> Iterator[Entry]:
    seen: set[tuple[EventKind, ...]] = set()
    for name, kinds in GROUPS.items():
        if kinds not in seen:
            seen.add(kinds)
            yield name, _members(kinds)


def _second_spellings() -> Iterator[Entry]:
    """Yield the names that are offered only if no other matches what was typed."""
    first = {name for name, _ in _groups()}
    yield from ((name, _members(kinds)) for name, kinds in GROUPS.items() if name not in first)
    yield from ((_typed_name(kind, kind.also), kind.summary) for kind in KINDS if kind.also)


def _members(kinds: Sequence[EventKind]) -> str:
    return f"all of {', '.join(kind.name for kind in kinds)}"
