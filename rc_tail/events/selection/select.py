"""Turn the event arguments of a command line into the filters of one subscription."""

from collections.abc import Iterable, Sequence

import msgspec

from rc_tail.errors import UsageError
from rc_tail.events.catalogue import by_group, by_name
from rc_tail.events.event_uri import has_my_extension, parse_event_uri, with_extension
from rc_tail.events.kinds import EventKind
from rc_tail.events.matching import kind_of
from rc_tail.events.selection import parameters, paths
from rc_tail.events.selection.grammar import EventWord, parse_event, split_events
from rc_tail.events.selection.suggestions import did_you_mean, quote_word, unknown_event_message

_HINT = "All events: rc-tail events"


class Selection(msgspec.Struct, frozen=True):
    """The events of one subscription.

    Attributes:
        filters: The event filters, in the order of the command line, without duplicates.
        names: The events as users type them.
    """

    filters: tuple[str, ...]
    names: tuple[str, ...]

    def for_extensions(self, ids: Sequence[str]) -> "Selection":
        """Return the same events of other extensions instead of the user's own.

        Args:
            ids: Extension ids; an empty sequence leaves the selection as it is.

        Raises:
            UsageError: An event does not belong to an extension, or an id is invalid.
        """
        invalid = [id_ for id_ in ids if not (id_.isascii() and id_.isdigit())]
        if invalid:
            raise UsageError(f"invalid extension id {', '.join(map(quote_word, invalid))}")
        without = [f for f in self.filters if not has_my_extension(f)]
        if ids and without:
            names = ", ".join(dict.fromkeys(map(_name_of, without)))
            raise UsageError(
                f"--extension does not apply to: {names}",
                hint="Leave them out, or tail them in a second rc-tail.",
            )
        filters = [with_extension(f, id_) for f in self.filters for id_ in ids]
        return Selection(tuple(dict.fromkeys(filters)) or self.filters, self.names)


def _name_of(event_filter: str) -> str:
    kind = kind_of(event_filter)
    return kind.name if kind is not None else event_filter


def select(words: Sequence[str], filters: Sequence[str] = ()) -> Selection:
    """Merge all events of a command line into one selection.

    Args:
        words: The event arguments; each may name several, separated by commas.
        filters: The values of ``--filter``, in the same form.

    Raises:
        UsageError: There are no events, or some are invalid: the message names all of them.
    """
    if not words and not filters:
        raise UsageError("name at least one event, e.g. rc-tail sms", hint=_HINT)
    builder = _SelectionBuilder()
    for value in (*words, *filters):
        builder.add(value)
    if builder.problems:
        raise UsageError("; ".join(dict.fromkeys(builder.problems)), hint=_HINT)
    return Selection(tuple(builder.filters.values()), tuple(builder.names))


class _SelectionBuilder(msgspec.Struct):
    """Collects filters, names and error messages from one word after the other."""

    filters: dict[object, str] = {}
    names: list[str] = []
    problems: list[str] = []
    last: EventKind | None = None

    def add(self, value: str) -> None:
        self.last = None
        for piece in split_events(value):
            self._add(parse_event(piece))

    def _add(self, word: EventWord) -> None:
        if word.path:
            found, problem = paths.normalize_path(word.path)
            self._take(found, [found] if found else [], [problem] if problem else [])
        elif group := by_group(word.name):
            self._take_group(word, group)
        elif kind := by_name(word.name):
            self.last = kind
            self._take(*_of_kind(kind, word))
        else:
            self.problems.append(self._unknown(word))

    def _take_group(self, word: EventWord, group: tuple[EventKind, ...]) -> None:
        alone = word.typed.lower() == word.name.lower()
        name = word.name.lower()
        problems = (
            []
            if alone
            else [f"{name} stands for {len(group)} events and takes no id or parameters"]
        )
        self._take(name, [kind.filter for kind in group], problems)

    def _take(self, name: str, filters: Iterable[str], problems: Iterable[str]) -> None:
        self.problems += [p for p in problems if p]
        before = len(self.filters)
        for event_filter in filters:
            # The same filter may have its query in another order.
            self.filters.setdefault(parse_event_uri(event_filter), event_filter)
        if len(self.filters) > before:
            self.names.append(name)

    def _unknown(self, word: EventWord) -> str:
        if not word.typed:
            return "empty event name (stray comma?)"
        if paths.looks_like_path(word.typed):
            return paths.not_a_path_message(word.typed)
        for parameter in self.last.parameters if self.last is not None else ():
            if word.name.lower() in map(str.lower, parameter.values):
                # As in calls:statusCode=Answered,Gone.
                meant = did_you_mean([f"{parameter.name}={word.name}"])
                return f"no event is called {quote_word(word.name)}{meant}"
        return unknown_event_message(word.name)


def _of_kind(kind: EventKind, word: EventWord) -> tuple[str, list[str], list[str]]:
    """Return the name of a word for messages, its filters, and error messages."""
    id_, problems = _id_of(kind, word)
    chosen, wrong = parameters.check_parameters(kind, word.pairs)
    problems += wrong
    if word.incomplete:
        problems.append(f"{quote_word(word.typed)} is incomplete")
    if problems:
        return kind.name, [], problems
    extra = [f"{name}={value}" for name, values in chosen.items() for value in values]
    tail = ",".join([id_, *extra] if id_ else extra)
    path = kind.path.replace("{id}", id_)
    return kind.name + ":" * bool(tail) + tail, parameters.make_filters(kind, path, chosen), []


def _id_of(kind: EventKind, word: EventWord) -> tuple[str, list[str]]:
    if not kind.id_name:
        return "", [_no_id(kind, word)] if word.ids else []
    example = f"{kind.name}:{kind.id_example}"
    if len(word.ids) != 1:
        return "", [f"{kind.name} needs one {kind.id_name}, as in {example}"]
    if not parameters.has_form(kind.id_form, word.ids[0]):
        form = parameters.form_words(kind.id_form)
        return "", [
            f"{kind.name}: the {kind.id_name} must be {form}, not {quote_word(word.ids[0])}"
        ]
    return word.ids[0], []


def _no_id(kind: EventKind, word: EventWord) -> str:
    extra = word.ids[0]
    meant = [
        f"{kind.name}:{parameter.name}={value}"
        for parameter in kind.parameters
        for value in parameter.values
        if extra.lower() in (value.lower(), parameter.name.lower())
    ]
    return f"{kind.name} takes no id, so {quote_word(extra)} is too much{did_you_mean(meant[:3])}"
