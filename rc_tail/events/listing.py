"""Search the catalogue and describe its kinds, for ``rc-tail events``."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rc_tail.errors import UsageError
from rc_tail.events.catalogue import FAMILIES, KINDS, NAMES, by_group, by_name
from rc_tail.events.kinds import EventKind, Parameter, ValueForm
from rc_tail.events.selection.suggestions import did_you_mean, quote_word, similar

_EXAMPLE_VALUES = {
    ValueForm.NUMBER: "400000102",
    ValueForm.ID: "0b000000-0000-4000-8000-000000000002",
    ValueForm.PHONE: "+16505550101",
}
_FORMS = {ValueForm.NUMBER: "NUMBER", ValueForm.ID: "ID", ValueForm.PHONE: "+NUMBER"}


def kinds_named(words: Sequence[str]) -> list[EventKind]:
    """Return the kinds with these names; an empty list where any word is not a name."""
    found = [by_name(word) for word in words]
    return [kind for kind in found if kind is not None] if all(found) else []


def search(words: Sequence[str]) -> list[EventKind]:
    """Return the kinds that contain all of the words, or the groups that the words name.

    Args:
        words: Parts of names, summaries, permissions, paths or headings; none means all kinds.

    Raises:
        UsageError: No kind matches.
    """
    grouped = [kind for word in words for kind in by_group(word)]
    found = grouped or [kind for kind in KINDS if _contains_all(kind, words)]
    if found:
        return found
    searched = " ".join(words)
    meant = did_you_mean(dict.fromkeys(name for word in words for name in similar(word, NAMES)))
    raise UsageError(
        f"no event matches {quote_word(searched)}{meant}", hint="All events: rc-tail events"
    )


def _contains_all(kind: EventKind, words: Iterable[str]) -> bool:
    searched = " ".join(
        (
            kind.name,
            kind.also,
            kind.summary,
            kind.permission,
            kind.user_permission,
            kind.filter,
            kind.level,
            FAMILIES[kind.family],
        )
    ).lower()
    return all(word.lower() in searched for word in words)


def typed_form(kind: EventKind) -> str:
    """Return what a user types for a kind, with ``ID`` where it needs one."""
    return f"{kind.name}:ID" if kind.id_name else kind.name


def allowed_values(parameter: Parameter) -> str:
    """Return the values that a parameter accepts, in words."""
    return " or ".join(parameter.values) or _FORMS[parameter.form]


def related_kinds(kind: EventKind) -> list[str]:
    """Return the other kinds on the same path."""
    return [typed_form(other) for other in KINDS if other.path == kind.path and other is not kind]


def example_commands(kind: EventKind) -> Iterator[str]:
    """Yield example arguments that tail a kind."""
    start = f"{kind.name}:{kind.id_example}" if kind.id_name else kind.name
    yield start
    chosen = [
        f"{p.name}={p.values[-1] if p.values else _EXAMPLE_VALUES[p.form]}" for p in kind.parameters
    ]
    if chosen:
        yield f"{start}{',' if kind.id_name else ':'}{','.join(chosen[:2])}"


def kind_as_json(kind: EventKind) -> dict[str, Any]:
    """Return a kind as a JSON object; null for what it does not have."""
    return {
        "name": kind.name,
        "also": kind.also or None,
        "family": kind.family,
        "summary": kind.summary,
        "filter": kind.filter,
        "level": kind.level.value,
        "permission": kind.permission or None,
        "user_permission": kind.user_permission or None,
        "id": kind.id_name or None,
        "parameters": [_parameter_json(p) for p in kind.parameters],
        "event": kind.event,
        "sample": kind.sample,
    }


def _parameter_json(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "values": list(parameter.values) or None,
        "form": None if parameter.values else parameter.form.value,
        "several": parameter.several,
        "summary": parameter.summary,
    }
