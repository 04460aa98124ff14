"""What the doctor finds, step by step."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from rc_tail.errors import ExitStatus, RcTailError

Mask = Callable[[str], str]


class Outcome(StrEnum):
    """How a step went."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a step found. Texts may be the network's: none is escaped.

    Attributes:
        words: What was found, in a sentence.
        hint: What to do now; empty when nothing need be done.
        status: The exit status of a step that failed.
    """

    outcome: Outcome
    words: str
    hint: str = ""
    details: tuple[str, ...] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)
    status: ExitStatus = ExitStatus.OK

    @property
    def failed(self) -> bool:
        """Whether nothing further makes sense."""
        return self.outcome is Outcome.FAILED


def ok(words: str, *details: str, **fields: Any) -> Finding:
    """Return that all is well."""
    return Finding(Outcome.OK, words, details=details, fields=fields)


def warning(words: str, *details: str, hint: str = "", **fields: Any) -> Finding:
    """Return that something should be looked at, and does not stop the tail."""
    return Finding(Outcome.WARNING, words, hint, details, fields)


def skipped(words: str, **fields: Any) -> Finding:
    """Return that there was nothing to find out."""
    return Finding(Outcome.SKIPPED, words, fields=fields)


def failed(error: RcTailError, *details: str, **fields: Any) -> Finding:
    """Return what would end the tail."""
    if error.code:
        fields = {"code": error.code, **fields}
    return Finding(Outcome.FAILED, error.message, error.hint, details, fields, error.exit_status)


@dataclass(frozen=True, slots=True)
class StepReport:
    """A step that is done."""

    step: str
    finding: Finding
    seconds: float

    def as_json(self, mask: Mask) -> dict[str, Any]:
        """Return it as one JSON object."""
        finding = self.finding
        record = {
            "step": self.step,
            "outcome": finding.outcome.value,
            "seconds": round(self.seconds, 3),
            "words": finding.words,
            "hint": finding.hint,
            "fields": finding.fields,
        }
        if finding.failed:
            record["status"] = int(finding.status)
        masked: dict[str, Any] = _masked(record, mask)
        return masked


def _masked(value: Any, mask: Mask) -> Any:
    # Before it is encoded: behind the backslashes of JSON no secret would be found.
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, Mapping):
        return {name: _masked(inner, mask) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(inner, mask) for inner in value]
    return value
