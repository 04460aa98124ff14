"""Scenario files: faults with their times, and options of the sessions that meet them.

10s reset
50events close code=1001 count=2
--idle-timeout 60s
--wsc-everywhere
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from rc_tail.errors import UsageError
from rc_tail.simulator.faults.schedule import FaultPlan, read_pairs, read_plan
from rc_tail.simulator.service.options import SESSION_OPTIONS, Options
from rc_tail.text.durations import parse_duration
from rc_tail.text.escape import visible


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a scenario file says.

    Attributes:
        faults: Faults whose times count from the first request of a client.
        options: Values of `Options` by name.
    """

    faults: Sequence[FaultPlan] = ()
    options: Mapping[str, Any] | None = None

    def applied_to(self, options: Options) -> Options:
        """Return `options` with those of the file in place of defaults."""
        defaults = {field.name: field.default for field in fields(Options)}
        changed = self.options or {}
        return replace(
            options,
            **{n: v for n, v in changed.items() if getattr(options, n) == defaults[n]},
        )


def read_scenario(path: Path) -> Scenario:
    """Read a scenario file: lines of ``TIME FAULT [NAME=VALUE]...`` or ``--OPTION [VALUE]``.

    A fault can have ``count=N``; ``#`` starts a comment.

    Raises:
        UsageError: The file cannot be read, or a line is invalid.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        words = getattr(error, "strerror", None) or "not text"
        raise UsageError(f"{visible(str(path))} cannot be read: {words}") from error
    faults: list[FaultPlan] = []
    options: dict[str, Any] = {}
    for number, line in enumerate(lines, 1):
        words = line.partition("#")[0].split()
        try:
            if words and words[0].startswith("--"):
                options |= _read_option(words)
            elif words:
                faults.append(_read_fault(words))
        except UsageError as error:
            place = visible(f"{path}:{number}")
            raise UsageError(f"{place}: {error.message}", hint=error.hint) from error
    return Scenario(faults, options)


def _read_fault(words: Sequence[str]) -> FaultPlan:
    if len(words) < 2:
        hint = "Examples: 10s reset, or 50events close code=1001 count=2"
        raise UsageError("a time or a fault is missing", hint=hint)
    after, name, *rest = words
    values = read_pairs(rest)
    count = values.pop("count", "1")
    return read_plan(name, values, after=after, count=int(count) if count.isdigit() else 0)


def _read_option(words: Sequence[str]) -> dict[str, Any]:
    spelling, *values = words[0].split("=", 1) + list(words[1:])
    name = spelling[2:].replace("-", "_")
    if name not in SESSION_OPTIONS:
        known = ", ".join(f"--{each.replace('_', '-')}" for each in SESSION_OPTIONS)
        raise UsageError(f"unknown option {visible(spelling)}", hint=f"Known options: {known}")
    default = getattr(Options(), name)
    if len(values) != (0 if default is False else 1):
        raise UsageError(f"{spelling} takes {'no' if default is False else 'one'} value")
    if default is False:
        return {name: True}
    if isinstance(default, float):
        return {name: parse_duration(values[0], spelling)}
    if not values[0].isascii() or not values[0].isdigit():
        raise UsageError(f"{spelling}: {visible(values[0])!r} is not a whole number")
    return {name: int(values[0])}
