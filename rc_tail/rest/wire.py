"""A request and its answer, as values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Parameters = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked.

    Attributes:
        method: In capitals.
        url: Absolute, without query.
        headers: Beyond those that every request carries.
        params: The query.
        form: The fields of a form body; None for no body.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    params: Parameters = field(default_factory=dict)
    form: Mapping[str, str] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back.

    Attributes:
        status: The HTTP status.
        headers: By name in lower case.
        body: The bytes as sent.
        seconds: How long it took.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    seconds: float
