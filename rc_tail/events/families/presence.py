"""Presence: of an extension, of the account, of monitored lines, favourites and queues.

First the readable lines, then the kinds.
"""

from rc_tail.events.families.fields import (
    as_object,
    extension_label,
    extension_number_label,
    first_text,
    is_flag_set,
    join_nonempty,
    objects_in,
    party_name,
    texts_in,
)
from rc_tail.events.kinds import Body, EventKind, EventLine, Level, Parameter, Tone

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
    """Describe a presence status; fields that did not change may be absent."""
    status, chosen = first_text(body, "presenceStatus"), first_text(body, "userStatus")
    telephony, dnd = first_text(body, "telephonyStatus"), first_text(body, "dndStatus")
    shown = status or chosen
    # The usual is worth a word only where there is nothing else.
    unusual = [
        "" if shown and telephony == "NoCall" else _TELEPHONY.get(telephony, telephony),
        "in a meeting" if first_text(body, "meetingStatus") == "Connected" else "",
        "" if shown and dnd == "TakeAllCalls" else _DND.get(dnd, dnd),
        f"status set to {chosen}" if status and chosen not in ("", status) else "",
    ]
    details = join_nonempty(unusual, "; ")
    parts = f"{shown} ({details})" if shown and details else shown or details
    calls = join_nonempty(map(_active_call, objects_in(body.get("activeCalls"))))
    return EventLine(
        who=_subject(body),
        what=join_nonempty((parts or "presence changed", calls), "; "),
        tone=_tone(shown),
    )


def _subject(body: Body) -> str:
    return extension_label(first_text(body, "extensionId"))


def _active_call(call: Body) -> str:
    status = first_text(call, "telephonyStatus")
    caller = party_name({"name": call.get("fromName"), "phoneNumber": call.get("from")})
    called = party_name({"name": call.get("toName"), "phoneNumber": call.get("to")})
    parties = f"{caller} → {called}" if caller or called else first_text(call, "id")
    return join_nonempty((_TELEPHONY.get(status, status) or "call", parties.strip()), ": ")


def _tone(status: str) -> Tone:
    if status == "Available":
        return Tone.GOOD
    return Tone.FAINT if status == "Offline" else Tone.PLAIN


def describe_lines(body: Body) -> EventLine:
    """Describe the lines that an extension monitors; the key ``extension`` holds a list."""
    watched = join_nonempty(map(extension_label, texts_in(body.get("extension"))))
    return EventLine(
        what=f"monitors the lines of {watched}" if watched else "monitored lines changed"
    )


def describe_dnd(body: Body) -> EventLine:
    """Describe whether an extension takes calls."""
    status = first_text(body, "dndStatus")
    return EventLine(
        who=_subject(body),
        what=_DND.get(status, status) or "do not disturb changed",
        tone=Tone.ALERT if status == "DoNotAcceptAnyCalls" else Tone.PLAIN,
    )


def describe_queue(body: Body) -> EventLine:
    """Describe the members of a queue who accept its calls, or not.

    The developer guide has a list of records, the OpenAPI description one flat member.
    """
    if "acceptCalls" in body:
        queue = first_text(body, "callQueueId")
        return EventLine(
            who=_subject(body),
            to=f"queue {queue}" if queue else "",
            what=_takes(body.get("acceptCalls")),
        )
    members = join_nonempty(map(_member, objects_in(body.get("records"))))
    return EventLine(what=members or "members of the queue changed")


def _member(record: Body) -> str:
    member = as_object(record.get("member"))
    who = (
        extension_number_label(first_text(member, "extensionNumber"))
        or extension_label(first_text(member, "id"))
        or "a member"
    )
    return f"{who} {_takes(record.get('acceptCurrentQueueCalls'))}"


def _takes(accepts: object) -> str:
    return "takes calls" if is_flag_set(accepts) else "takes no calls"


# The kinds.

_X = "/restapi/v1.0/account/~/extension/~"
_A = "/restapi/v1.0/account/~"

_DETAILED = ("detailedTelephonyState", "true")
_SIP = ("sipData", "true")

_PARAMETERS = (
    Parameter("detailedTelephonyState", ("true",), summary="with the active calls"),
    # Alone it has no effect (developer guide, "Detailed extension presence with SIP").
    Parameter("sipData", ("true",), summary="with the SIP data of the calls", needs=_DETAILED),
)

_SIMPLE: Body = {
    "extensionId": "400000101",
    "telephonyStatus": "CallConnected",
    "sequence": 2698,
    "presenceStatus": "Busy",
    "userStatus": "Available",
    "meetingStatus": "Disconnected",
    "dndStatus": "TakeAllCalls",
    "dndStatusPersonal": "TakeAllCalls",
    "acceptCallQueueCalls": True,
    "aggregatedTelephonyStatus": "CallConnected",
    "cxTelephonyStatus": "NoCall",
    "allowSeeMyPresence": True,
    "ringOnMonitoredCall": False,
    "pickUpCallsOnHold": False,
}
_ACTIVE_CALL: Body = {
    "id": "s-0000000000000000000000000000aaaa",
    "direction": "Inbound",
    "queueCall": False,
    "fromName": "Bob Sample",
    "from": "+16505550199",
    "toName": "Ada Example",
    "to": "+16505550101",
    "telephonyStatus": "Ringing",
    "sessionId": "600000000001",
    "startTime": "2026-03-02T10:05:59.975Z",
    "partyId": "p-0000000000000000000000000000aaaa-2",
    "telephonySessionId": "s-0000000000000000000000000000aaaa",
}
_SIP_DATA: Body = {
    "toTag": "t1",
    "fromTag": "f1",
    "remoteUri": "sip:remote@example.test",
    "localUri": "sip:local@example.test",
}


def _with_calls(subject: str, *, sip: bool) -> Body:
    call = {**_ACTIVE_CALL, "sipData": _SIP_DATA} if sip else _ACTIVE_CALL
    return {
        **_SIMPLE,
        "extensionId": subject,
        "telephonyStatus": "Ringing",
        "aggregatedTelephonyStatus": "Ringing",
        "sequence": 2699,
        "activeCalls": [call],
        "totalActiveCalls": 1,
    }


def _three(name: str, path: str, summary: str, subject: str) -> tuple[EventKind, ...]:
    """Return three kinds: plain presence, with active calls, and with their SIP data as well.

    Args:
        name: Of the plain kind; the others have a suffix.
        subject: The extension id in the samples.
    """
    variants = (
        ("", (), "", {**_SIMPLE, "extensionId": subject}),
        ("-detailed", (_DETAILED,), ", with active calls", _with_calls(subject, sip=False)),
        (
            "-sip",
            (_DETAILED, _SIP),
            ", with active calls and SIP data",
            _with_calls(subject, sip=True),
        ),
    )
    return tuple(
        EventKind(
            name=name + suffix,
            family="presence",
            path=path,
            fixed=fixed,
            parameters=tuple(p for p in _PARAMETERS if p.name not in dict(fixed)),
            level=Level.EXTENSION,
            permission="ReadPresence",
            summary=summary + more,
            describe=describe_presence,
            sample=sample,
        )
        for suffix, fixed, more, sample in variants
    )


KINDS: tuple[EventKind, ...] = (
    *_three("presence", f"{_X}/presence", "an extension's presence changed", "400000101"),
    EventKind(
        name="account-presence",
        family="presence",
        path=f"{_A}/presence",
        # As for calls, the event names the extension (developer guide, sample).
        arrives_at=f"{_X}/presence",
        parameters=_PARAMETERS[:1],
        level=Level.ACCOUNT,
        permission="ReadAccounts",
        summary="presence changes, account-wide",
        describe=describe_presence,
        sample=_SIMPLE,
    ),
    *_three(
        "line-presence",
        f"{_X}/presence/line/presence",
        "the presence of a monitored line changed",
        "400000102",
    ),
    *_three(
        "favorite-presence",
        f"{_X}/favorite/presence",
        "the presence of a favorite contact changed",
        "400000102",
    ),
    EventKind(
        name="lines",
        also="line",
        family="presence",
        path=f"{_X}/presence/line",
        level=Level.EXTENSION,
        permission="ReadPresence",
        summary="the list of monitored lines changed",
        describe=describe_lines,
        sample={"extension": [{"id": "400000102"}, {"id": "400000103"}], "sequence": 2700},
    ),
    EventKind(
        name="dnd",
        repeats=True,
        family="presence",
        path=f"{_X}/presence/dnd",
        level=Level.EXTENSION,
        permission="ReadAccounts",
        summary="an extension's do-not-disturb status changed",
        describe=describe_dnd,
        sample={"extensionId": "400000101", "dndStatus": "DoNotAcceptAnyCalls"},
    ),
    EventKind(
        name="queue-presence",
        repeats=True,
        family="presence",
        path=f"{_A}/call-queues/{{id}}/presence",
        id_name="call queue id",
        id_example="400000900",
        level=Level.ACCOUNT,
        permission="ReadPresence",
        summary="agents joined or left the call queue",
        describe=describe_queue,
        sample={
            "records": [
                {"member": {"id": "400000102"}, "acceptCurrentQueueCalls": True},
                {"member": {"id": "400000103"}, "acceptCurrentQueueCalls": False},
            ]
        },
    ),
)
