"""Events in the company, before they become notifications."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rc_tail.simulator.service.company import ACCOUNT

Facts = Mapping[str, Collection[str]]
Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Occurrence:
    """An event in the company.

    Attributes:
        topic: The path under which it arrives, with ``~`` for account and user.
        extension: The user concerned; empty where there is none.
        body: The ``body`` of its notifications with every detail; `body_for` leaves out what a
            filter did not ask for.
        id: The value of ``{id}`` in the topic.
        known: Values that `body` does not contain, by the name of the filter parameter.
    """

    topic: str
    extension: str
    body: Body
    id: str = ""
    known: Facts | None = None

    def matches_parameter(self, name: str, value: str) -> bool:
        """Whether a filter with this parameter asks for it.

        A parameter that the body has no value for (``sipData``) asks for details and excludes nothing.
        """
        known = self.known.get(name) if self.known else None
        read = _READERS.get(name)
        values = known or (set(read(self.body)) if read else None)
        return not values or value.lower() in {v.lower() for v in values}

    def path(self) -> str:
        """Return the topic with the real ids in it."""
        parts = self.topic.split("/")
        for index, part in enumerate(parts[:-1]):
            if parts[index + 1] == "~":
                parts[index + 1] = ACCOUNT if part.startswith("account") else self.extension
        return "/".join(parts).replace("{id}", self.id)

    def body_for(self, query: Collection[tuple[str, str]]) -> Body:
        """Return the body with the details that a filter with this query asks for.

        Active calls come with ``detailedTelephonyState=true``, SIP data with ``sipData=true``
        (developer guide, "Detailed extension presence event with SIP").
        """
        sip = ("sipData", "true") in query
        body = self.body
        if "presence" in self.topic and "presenceStatus" in body:
            if ("detailedTelephonyState", "true") not in query:
                return {
                    k: v for k, v in body.items() if k not in ("activeCalls", "totalActiveCalls")
                }
            calls = body.get("activeCalls", [])
            return {
                **body,
                "activeCalls": calls if sip else _without_sip(calls),
                "totalActiveCalls": len(calls),
            }
        if "parties" in body and not sip:
            return {**body, "parties": _without_sip(body["parties"])}
        return body

    def depends_on_query(self) -> bool:
        """Whether `body_for` depends on the query."""
        return "parties" in self.body or "presenceStatus" in self.body


def _without_sip(items: Any) -> Any:
    if not isinstance(items, list):
        return items
    return [
        {k: v for k, v in item.items() if k != "sipData"} if isinstance(item, dict) else item
        for item in items
    ]


def _holders(body: Body) -> list[Body]:
    return [body, *_mappings(body.get("parties"))]


def _types(body: Body) -> Iterator[str]:
    for holder in (body, *_mappings(body.get("changes"))):
        if isinstance(type_ := holder.get("type"), str):
            yield type_


def _directions(body: Body) -> Iterator[str]:
    for holder in _holders(body):
        if isinstance(direction := holder.get("direction"), str):
            yield direction


def _codes(body: Body) -> Iterator[str]:
    for holder in _holders(body):
        if code := _mapping(holder.get("status")).get("code"):
            yield str(code)


def _missed(body: Body) -> Iterator[str]:
    for holder in _holders(body):
        if "missedCall" in holder:
            yield str(holder["missedCall"])


def _batches(body: Body) -> Iterator[str]:
    if "batchId" in body:
        yield str(body["batchId"])


def _senders(body: Body) -> Iterator[str]:
    for holder in _holders(body):
        yield from _numbers(holder.get("from"))


def _receivers(body: Body) -> Iterator[str]:
    for holder in _holders(body):
        yield from _numbers(holder.get("to"))


def _phones(body: Body) -> Iterator[str]:
    yield from _senders(body)
    yield from _receivers(body)


def _numbers(value: Any) -> Iterator[str]:
    for item in value if isinstance(value, list) else [value]:
        number = item.get("phoneNumber") if isinstance(item, dict) else item
        if isinstance(number, str):
            yield number


def _mapping(value: Any) -> Body:
    return value if isinstance(value, dict) else {}


def _mappings(value: Any) -> list[Body]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


_READERS: Mapping[str, Callable[[Body], Iterator[str]]] = {
    "type": _types,
    "direction": _directions,
    "statusCode": _codes,
    "missedCall": _missed,
    "batchId": _batches,
    "from": _senders,
    "to": _receivers,
    "phoneNumber": _phones,
}
