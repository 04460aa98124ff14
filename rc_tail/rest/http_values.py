"""A request and its answer, as values."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import msgspec

from rc_tail.text.secret_struct import SecretStruct

Parameters = Mapping[str, str | Sequence[str]]


class HttpRequest(SecretStruct, frozen=True):
    """What is asked.

    Attributes:
        method: In capitals.
        url: Absolute, without query.
        headers: Beyond those that every request carries.
        params: The query.
        form: The fields of a form body; None for no body.
    """

    hidden: ClassVar[frozenset[str]] = frozenset({"headers", "form"})

    method: str
    url: str
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    params: Parameters = msgspec.field(default_factory=dict)
    form: Mapping[str, str] | None = None


class HttpResponse(SecretStruct, frozen=True):
    """What came back.

    Attributes:
        status: The HTTP status.
        headers: By name in lower case.
        body: The bytes as sent.
        seconds: How long it took.
    """

    hidden: ClassVar[frozenset[str]] = frozenset({"body"})

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float
