"""Lines of calls: the steps of a live call, and the call log's record of one that is over."""

from rc_tail.events.families.fields import (
    duration_text,
    extension,
    first,
    is_true,
    join_nonempty,
    mapping,
    mappings,
    number,
    party_name,
    values,
)
from rc_tail.events.kinds import Body, EventLine, Tone

_STATUS = {
    "Setup": "setting up",
    "Proceeding": "ringing",
    "Answered": "answered",
    "Disconnected": "ended",
    "Gone": "moved on",
    "Parked": "parked",
    "Hold": "on hold",
    "VoiceMail": "sent to voicemail",
    "VoiceMailScreening": "leaving a voicemail",
    "FaxReceive": "receiving a fax",
    # Another page of the developer guide spells these two so.
    "Voicemail": "sent to voicemail",
    "VMScreening": "leaving a voicemail",
}
_REASON = {
    "Pickup": "picked up elsewhere",
    "TakeOver": "taken over",
    "Timeout": "timed out",
    "BlindTransfer": "transferred",
    "RccTransfer": "transferred",
    "AttendedTransfer": "transferred after a word",
    "CallerInputRedirect": "redirected by the caller's input",
    "CallFlip": "flipped to another device",
    "CallSwitch": "switched to another device",
    "ParkLocation": "at a park location",
    "CallPark": "parked",
    "DtmfTransfer": "transferred by keys",
    "AgentAnswered": "an agent answered",
    "AgentDropped": "the agent hung up",
    "Rejected": "rejected",
    "Cancelled": "cancelled",
    "InternalError": "internal error",
    "NoAnswer": "no answer",
    "TargetBusy": "busy",
    "InvalidNumber": "invalid number",
    "InternationalDisabled": "international calls are disabled",
    "DestinationBlocked": "destination blocked",
    "NotEnoughFunds": "not enough funds",
    "NoSuchUser": "no such user",
    "CallRedirected": "redirected",
    "CallReplied": "replied to",
    "CallFinished": "finished",
    "CallDropped": "dropped",
    "Voicemail": "voicemail",
}
_BAD_RESULTS = frozenset({"Missed", "Call Failed", "Rejected", "Busy", "No Answer", "Blocked"})


def describe_call(body: Body) -> EventLine:
    """Describe a step of a call, party by party, or a record of the call log."""
    parties = mappings(body.get("parties"))
    if not parties:
        return describe_record(body) if "result" in body or "startTime" in body else _bare(body)
    line = _party(parties[0])
    missed = any(is_true(p.get("missedCall")) for p in parties)
    others = [f"{o.who} → {o.to} {o.what}".strip() for o in map(_party, parties[1:])]
    origin = first(mapping(body.get("origin")), "type")
    kind = f"({origin})" if origin not in ("", "Call") else ""
    return EventLine(
        who=line.who,
        to=line.to,
        what=join_nonempty((join_nonempty((line.what, *others), "; "), kind), " "),
        direction=line.direction,
        tone=Tone.ALERT if missed else line.tone,
    )


def _bare(body: Body) -> EventLine:
    id_ = first(body, "telephonySessionId", "sessionId")
    return EventLine(
        what=join_nonempty(("a call changed", id_ and f"[{id_}]"), " "), tone=Tone.FAINT
    )


def _party(party: Body) -> EventLine:
    status = mapping(party.get("status"))
    code, reason = first(status, "code"), first(status, "reason")
    park = first(mapping(status.get("parkData")), "extensionNumber") or first(status, "parkData")
    return EventLine(
        who=party_name(party.get("from")),
        to=party_name(party.get("to")) or extension(first(party, "extensionId")),
        what=join_nonempty(
            (
                "MISSED" if is_true(party.get("missedCall")) else "",
                _STATUS.get(code, code) or "changed",
                _REASON.get(reason, reason),
                f"at {park}" if park else "",
                *_marks(party),
            )
        ),
        direction=first(party, "direction"),
        tone=_tone(code),
    )


def _marks(party: Body) -> tuple[str, ...]:
    role = first(party, "conferenceRole")
    recorded = any(is_true(r.get("active")) for r in mappings(party.get("recordings")))
    recordings = "recording" if recorded else "recorded" if values(party.get("recordings")) else ""
    return (
        "queue call" if is_true(party.get("queueCall")) else "",
        "muted" if is_true(party.get("muted")) else "",
        f"conference {role.lower()}" if role else "",
        recordings,
    )


def _tone(code: str) -> Tone:
    if code == "Answered":
        return Tone.GOOD
    return Tone.FAINT if code in ("Disconnected", "Gone") else Tone.PLAIN


def describe_record(body: Body) -> EventLine:
    """Describe a record of the call log: one a call, once it is over."""
    result, action = first(body, "result"), first(body, "action")
    type_ = first(body, "type")
    length = duration_text(number(body.get("duration")))
    return EventLine(
        who=party_name(body.get("from")),
        to=party_name(body.get("to")),
        what=join_nonempty(
            (
                "fax call" if type_ == "Fax" else "call",
                length,
                "MISSED" if result == "Missed" else result,
                "" if action in ("", "Phone Call", "VoIP Call") else action,
                "recorded" if mapping(body.get("recording")) else "",
            )
        ),
        direction=first(body, "direction"),
        tone=Tone.ALERT if result in _BAD_RESULTS else Tone.PLAIN,
    )
