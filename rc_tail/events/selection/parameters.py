"""Check the parameters of an event against the catalogue, and make filters of them."""

import re
from collections.abc import Iterable, Iterator
from itertools import product

from rc_tail.events.kinds import EventKind, Pair, Parameter, ValueForm, with_query
from rc_tail.events.selection.suggestions import did_you_mean, quote_word, similar

_FORMS = {
    ValueForm.NUMBER: (r"[0-9]{1,20}", "a number"),
    ValueForm.ID: (r"[A-Za-z0-9_-]{1,64}", "an id of letters, digits and dashes"),
    ValueForm.PHONE: (r"\+?[0-9]{3,15}", "a phone number such as +16505550101"),
}

Chosen = dict[str, list[str]]


def has_form(form: ValueForm, value: str) -> bool:
    """Whether `value` has a form."""
    return re.fullmatch(_FORMS[form][0], value) is not None


def form_words(form: ValueForm) -> str:
    """Return a form in words."""
    return _FORMS[form][1]


def check_parameters(kind: EventKind, pairs: Iterable[Pair]) -> tuple[Chosen, list[str]]:
    """Check parameters as they were typed.

    Returns:
        The values by parameter as RingCentral spells them, without those that are fixed anyway,
        and a message for each invalid one.
    """
    chosen: Chosen = {}
    problems: list[str] = []
    for name, value in pairs:
        parameter = _named(kind, name)
        if parameter is None:
            problems.append(_unknown(kind, name))
        elif (spelled := _spelled(parameter, value)) is None:
            problems.append(_refused(kind, parameter, value))
        elif (parameter.name, spelled) not in kind.fixed:
            values = chosen.setdefault(parameter.name, [])
            values += [spelled] if spelled not in values else []
    problems += _repeated(kind, chosen)
    return chosen, problems


def make_filters(kind: EventKind, path: str, chosen: Chosen) -> list[str]:
    """Return the event filters for parameters: one for each combination of values.

    Args:
        path: With its id filled in.
        chosen: As `check_parameters` returned it.
    """
    names = list(chosen)
    return [
        with_query(path, _complete(kind, tuple(zip(names, values, strict=True))))
        for values in product(*chosen.values())
    ]


def _complete(kind: EventKind, pairs: tuple[Pair, ...]) -> tuple[Pair, ...]:
    """Return the whole query: fixed parameters, those that others need, and the chosen ones."""
    query = dict(kind.fixed)
    for name, value in pairs:
        parameter = kind.parameter(name)
        if parameter is not None and parameter.needs is not None:
            query.setdefault(*parameter.needs)
        query[name] = value
    return tuple(query.items())


def _named(kind: EventKind, name: str) -> Parameter | None:
    exact = kind.parameter(name)
    if exact is not None:
        return exact
    return next(
        (kind.parameter(n) for n in parameter_names(kind) if n.lower() == name.lower()), None
    )


def parameter_names(kind: EventKind) -> tuple[str, ...]:
    """Return the names of all parameters that a user may type."""
    return (*(p.name for p in kind.parameters), *dict(kind.fixed))


def _spelled(parameter: Parameter, value: str) -> str | None:
    if parameter.values:
        return next((v for v in parameter.values if v.lower() == value.lower()), None)
    return value if has_form(parameter.form, value) else None


def _unknown(kind: EventKind, name: str) -> str:
    names = parameter_names(kind)
    if not names:
        return f"{kind.name} takes no parameters"
    guess = did_you_mean(similar(name, names)) or f" (it takes {', '.join(names)})"
    return f"{kind.name} has no parameter {quote_word(name)}{guess}"


def _refused(kind: EventKind, parameter: Parameter, value: str) -> str:
    where = f"{kind.name}:{parameter.name}"
    if not value:
        return f"{where} needs a value"
    if not parameter.values:
        return f"{where} must be {form_words(parameter.form)}, not {quote_word(value)}"
    guess = did_you_mean(similar(value, parameter.values))
    if not guess:
        return f"{where} must be {' or '.join(parameter.values)}, not {quote_word(value)}"
    return f"{where} cannot be {quote_word(value)}{guess}"


def _repeated(kind: EventKind, chosen: Chosen) -> Iterator[str]:
    for name, values in chosen.items():
        parameter = kind.parameter(name)
        if len(values) > 1 and not (parameter is not None and parameter.several):
            yield f"{kind.name}:{name} has {len(values)} values: name the event once for each"
