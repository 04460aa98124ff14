"""Calls step by step: the notification bodies of one party, the user of the company.

Order and fields after the developer guide, "Call session notifications".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random  # noqa: TID251 - the type; traffic.py makes the one instance
from typing import Any

from rc_tail.simulator.service.company import ACCOUNT, Person
from rc_tail.simulator.service.ids import Ids
from rc_tail.simulator.service.timestamps import iso_timestamp
from rc_tail.simulator.traffic.outsiders import Outsider, random_caller, random_outsider

_ANSWERED = ("Setup", "Proceeding", "Answered", "Disconnected")
_ANSWERED_WITH_HOLD = ("Setup", "Proceeding", "Answered", "Hold", "Answered", "Disconnected")
_MISSED = ("Setup", "Proceeding", "Disconnected")
_TO_VOICEMAIL = ("Setup", "Proceeding", "VoiceMail", "Disconnected")


@dataclass(slots=True)
class SimulatedCall:
    """A call in progress.

    Attributes:
        person: The user of the company.
        other: The other party.
        direction: ``Inbound`` or ``Outbound``.
        steps: The status codes still to come.
        common: The common part of the telephony session id and the party id.
        is_recorded: Whether it is recorded once it is answered.
        sequence: Counts the steps.
    """

    person: Person
    other: Outsider
    direction: str
    steps: list[str]
    is_missed: bool
    session_id: str
    common: str
    is_recorded: bool = False
    sequence: int = field(default=0)

    @property
    def is_over(self) -> bool:
        """Whether all steps are done."""
        return not self.steps

    def next_step(self, now: float) -> dict[str, Any]:
        """Go to the next step; return the body of its notification."""
        code = self.steps.pop(0)
        self.sequence += 1
        return {
            "sequence": self.sequence,
            "sessionId": self.session_id,
            "telephonySessionId": f"s-{self.common}",
            "serverId": "10.0.0.1.SIM",
            "eventTime": iso_timestamp(now),
            "parties": [self._party(code)],
            "origin": {"type": "Call"},
        }

    def _party(self, code: str) -> dict[str, Any]:
        caller, callee = self._outside_party(), self._company_party()
        if self.direction == "Outbound":
            caller, callee = callee, caller
        status: dict[str, Any] = {"code": code, "rcc": False}
        if self.is_over and self.is_missed:
            status["reason"] = "NoAnswer"
        party = {
            "accountId": ACCOUNT,
            "extensionId": self.person.id,
            "id": f"p-{self.common}-2",
            "direction": self.direction,
            "to": callee,
            "from": caller,
            "status": status,
            "park": {},
            "missedCall": self.is_missed and self.is_over,
            "standAlone": False,
            "muted": False,
            "sipData": {"callId": self.common[:16], "toTag": "t1", "fromTag": "f1"},
        }
        if self.direction == "Inbound" and self.other.name:
            shown = {"type": "CallerIdName", "value": self.other.name}
            party["uiCallInfo"] = {"primary": shown}
        if self.is_recorded and self.sequence > 2:
            party["recordings"] = [{"id": self.session_id, "active": not self.is_over}]
        return party

    def _company_party(self) -> dict[str, Any]:
        person = self.person
        return {"phoneNumber": person.phone, "name": person.name, "extensionId": person.id}

    def _outside_party(self) -> dict[str, Any]:
        party = {"phoneNumber": self.other.number}
        return {**party, "name": self.other.name} if self.other.name else party


def plan_call(
    ids: Ids, random: Random, person: Person, parameters: Mapping[str, str]
) -> SimulatedCall:
    """Return a new call.

    Args:
        parameters: Query parameters of the filter that it must match.
    """
    direction = parameters.get("direction") or random.choice(("Inbound", "Inbound", "Outbound"))
    is_missed = "missedCall" in parameters or (direction == "Inbound" and random.random() < 1 / 4)
    scripts = (_MISSED, _TO_VOICEMAIL) if is_missed else (_ANSWERED, _ANSWERED, _ANSWERED_WITH_HOLD)
    return SimulatedCall(
        person,
        random_caller(random) if direction == "Inbound" else random_outsider(random),
        direction,
        list(random.choice(scripts)),
        is_missed,
        ids.call(),
        ids.telephony(),
        is_recorded="withRecordings" in parameters or random.random() < 1 / 5,
    )
