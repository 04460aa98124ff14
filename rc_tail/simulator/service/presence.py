"""The presence of the company's users, which clients read and set.

Shapes from the TypeScript SDK (`PresenceInfoRequest`, `PresenceInfoResponse`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rc_tail.simulator.service.company import ACCOUNT, Person, watchers_of
from rc_tail.simulator.service.http_values import Answer, ApiCall
from rc_tail.simulator.service.occurrence import Occurrence
from rc_tail.simulator.service.request_bodies import invalid, json_object, text_of

TOPIC = "/restapi/v1.0/account/~/extension/~/presence"
_WORDS: Mapping[str, tuple[str, ...]] = {
    "userStatus": ("Offline", "Busy", "Available"),
    "dndStatus": (
        "TakeAllCalls",
        "DoNotAcceptDepartmentCalls",
        "TakeDepartmentCallsOnly",
        "DoNotAcceptAnyCalls",
    ),
}
_FLAGS = (
    "allowSeeMyPresence",
    "ringOnMonitoredCall",
    "pickUpCallsOnHold",
    "acceptCallQueueCalls",
)
_LONGEST_MESSAGE = 100
_AT_FIRST: Mapping[str, Any] = {
    "presenceStatus": "Available",
    "telephonyStatus": "NoCall",
    "userStatus": "Available",
    "meetingStatus": "Disconnected",
    "dndStatus": "TakeAllCalls",
    "allowSeeMyPresence": True,
    "ringOnMonitoredCall": False,
    "pickUpCallsOnHold": False,
}
# What an event of presence has beside the settings.
_OF_EVENTS_ONLY = ("extensionId", "sequence", "activeCalls", "totalActiveCalls")


@dataclass(slots=True)
class Presences:
    """Knows the presence of every user.

    Attributes:
        publish: Sends an event to its subscriptions.
    """

    publish: Callable[[Occurrence, float], object]
    _current: dict[str, dict[str, Any]] = field(default_factory=dict)
    _sequence: int = 0

    def observe(self, occurrence: Occurrence) -> None:
        """Remember the presence in an event of the user's own."""
        if occurrence.topic != TOPIC or "presenceStatus" not in occurrence.body:
            return
        body = occurrence.body
        news = {name: value for name, value in body.items() if name not in _OF_EVENTS_ONLY}
        self._of(occurrence.extension).update(news)
        if isinstance(sequence := body.get("sequence"), int):
            self._sequence = max(self._sequence, sequence)

    def read(self, call: ApiCall, person: Person) -> Answer:
        """Answer ``GET .../presence``."""
        uri = f"{call.base}/restapi/v1.0/account/{ACCOUNT}/extension/{person.id}"
        extension = {"uri": uri, "id": int(person.id), "extensionNumber": person.number}
        body = {"uri": f"{uri}/presence", "extension": extension, **self._of(person.id)}
        return Answer(200, body)

    def write(self, call: ApiCall, person: Person, now: float) -> Answer:
        """Answer ``PUT .../presence``: events follow if something changed.

        Raises:
            RefusedRequestError: A value is invalid.
        """
        news = _settings(json_object(call))
        before = dict(self._of(person.id))
        current = self._of(person.id)
        current.update(news)
        if "userStatus" in news or "dndStatus" in news:
            current["presenceStatus"] = _status_of(current)
        if current != before:
            self._tell(person, now)
        if current["dndStatus"] != before["dndStatus"]:
            body = {"extensionId": person.id, "dndStatus": current["dndStatus"]}
            self.publish(Occurrence(f"{TOPIC}/dnd", person.id, body), now)
        return self.read(call, person)

    def _tell(self, person: Person, now: float) -> None:
        self._sequence += 1
        body = {
            "extensionId": person.id,
            "sequence": self._sequence,
            **self._of(person.id),
            "activeCalls": [],
            "totalActiveCalls": 0,
        }
        self.publish(Occurrence(TOPIC, person.id, body), now)
        for watcher in watchers_of(person):
            self.publish(Occurrence(f"{TOPIC}/line/presence", watcher.id, body), now)

    def _of(self, extension: str) -> dict[str, Any]:
        return self._current.setdefault(extension, dict(_AT_FIRST))


def _settings(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a request; unknown fields are ignored."""
    settings = {name: fields[name] for name in (*_WORDS, *_FLAGS) if name in fields}
    for name, value in settings.items():
        if not (isinstance(value, bool) if name in _FLAGS else value in _WORDS[name]):
            raise invalid(name)
    if "message" in fields:
        settings["message"] = text_of(fields, "message", _LONGEST_MESSAGE)
    return settings


def _status_of(presence: Mapping[str, Any]) -> Any:
    # Chosen: a user who takes no calls is shown as busy.
    chosen = presence["userStatus"]
    refuses = presence["dndStatus"] == "DoNotAcceptAnyCalls"
    return "Busy" if chosen == "Available" and refuses else chosen
