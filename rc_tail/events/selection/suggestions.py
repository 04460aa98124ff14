"""Suggestions for mistyped words."""

from collections.abc import Iterable

from rc_tail.events.catalogue import NAMES, by_group, by_name

_MOST = 3
_SHOWN = 60  # characters of an unknown word that are quoted


def similar(word: str, choices: Iterable[str], most: int = _MOST) -> list[str]:
    """Return the choices similar to `word`, the most similar first, ignoring case."""
    # Imported here, since most command lines have no typing error.
    import difflib

    spelled = {choice.lower(): choice for choice in choices}
    lowered = word.lower()
    close = difflib.get_close_matches(lowered, spelled, n=most, cutoff=0.65)
    if len(lowered) >= 3:
        close += [name for name in spelled if lowered in name and name not in close]
    return [spelled[name] for name in close[:most]]


def did_you_mean(found: Iterable[str]) -> str:
    """Return `` (did you mean a, b or c?)``; empty without suggestions."""
    *head, last = [*found] or [""]
    if not last:
        return ""
    return f" (did you mean {' or '.join(filter(None, (', '.join(head), last)))}?)"


def quote_word(word: str) -> str:
    """Return `word` in quotes, shortened if it is long, with invisible characters escaped."""
    return repr(word if len(word) <= _SHOWN else f"{word[: _SHOWN - 1]}…")


def unknown_event_message(word: str) -> str:
    """Return the error message for an event that is not in the catalogue."""
    found: dict[object, str] = {}
    for name in similar(word, NAMES, most=2 * _MOST):
        # Of two names of one kind the more similar one is enough.
        found.setdefault(by_name(name) or by_group(name), name)
    return f"no event is called {quote_word(word)}{did_you_mean([*found.values()][:_MOST])}"
