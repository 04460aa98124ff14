"""Lines of presence: who became available, busy, on the phone, not to be disturbed."""

from rc_tail.events.families.fields import (
    extension,
    first,
    is_true,
    join_nonempty,
    mapping,
    mappings,
    texts,
)
from rc_tail.events.kinds import Body, EventLine, Tone

_TELEPHONY = {
    "NoCall": "no call",
    "CallConnected": "on a call",
    "Ringing": "ringing",
    "OnHold": "call on hold",
    "ParkedCall": "call parked",
}
_DND = {
    "TakeAllCalls": "takes all calls",
    "DoNotAcceptAnyCalls": "takes no calls",
    "DoNotAcceptDepartmentCalls": "takes no queue calls",
    "TakeDepartmentCallsOnly": "takes queue calls only",
}


def describe_presence(body: Body) -> EventLine:
    """Describe who became what; fields that did not change may be absent."""
    status, chosen = first(body, "presenceStatus"), first(body, "userStatus")
    telephony, dnd = first(body, "telephonyStatus"), first(body, "dndStatus")
    parts = join_nonempty(
        (
            status or chosen,
            f"chose {chosen}" if status and chosen not in ("", status) else "",
            _TELEPHONY.get(telephony, telephony),
            "in a meeting" if first(body, "meetingStatus") == "Connected" else "",
            _DND.get(dnd, dnd),
        )
    )
    calls = join_nonempty(map(_active_call, mappings(body.get("activeCalls"))))
    return EventLine(
        who=_subject(body),
        what=join_nonempty((parts or "presence changed", calls), "; "),
        tone=_tone(status or chosen),
    )


def _subject(body: Body) -> str:
    return extension(first(body, "extensionId"))


def _active_call(call: Body) -> str:
    status = first(call, "telephonyStatus")
    caller, called = first(call, "fromName", "from"), first(call, "toName", "to")
    parties = f"{caller} → {called}" if caller or called else first(call, "id")
    return join_nonempty((_TELEPHONY.get(status, status) or "call", parties.strip()), ": ")


def _tone(status: str) -> Tone:
    if status == "Available":
        return Tone.GOOD
    return Tone.FAINT if status == "Offline" else Tone.PLAIN


def describe_lines(body: Body) -> EventLine:
    """Describe which lines an extension watches now; the key is in the singular."""
    watched = join_nonempty(texts(body.get("extension")))
    return EventLine(what=f"watches the lines of {watched}" if watched else "watched lines changed")


def describe_dnd(body: Body) -> EventLine:
    """Describe whether an extension takes calls."""
    status = first(body, "dndStatus")
    return EventLine(
        who=_subject(body),
        what=_DND.get(status, status) or "do not disturb changed",
        tone=Tone.ALERT if status == "DoNotAcceptAnyCalls" else Tone.PLAIN,
    )


def describe_queue(body: Body) -> EventLine:
    """Describe who takes calls of a queue.

    The developer guide has a list of records, the OpenAPI description one flat member.
    """
    if "acceptCalls" in body:
        queue = first(body, "callQueueId")
        return EventLine(
            who=_subject(body),
            to=f"queue {queue}" if queue else "",
            what=_takes(body.get("acceptCalls")),
        )
    members = join_nonempty(map(_member, mappings(body.get("records"))))
    return EventLine(what=members or "members of the queue changed")


def _member(record: Body) -> str:
    who = extension(first(mapping(record.get("member")), "extensionNumber", "id")) or "a member"
    return f"{who} {_takes(record.get('acceptCurrentQueueCalls'))}"


def _takes(accepts: object) -> str:
    return "takes calls" if is_true(accepts) else "takes no calls"
