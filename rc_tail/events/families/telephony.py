"""Calls: telephony sessions of an extension and of the account.

First the readable lines of live calls and of call log records, then the kinds.
"""

from collections.abc import Mapping

from rc_tail.events.families.fields import (
    as_list,
    as_number,
    as_object,
    extension_label,
    first_text,
    is_flag_set,
    join_nonempty,
    objects_in,
    optional_duration,
    party_name,
    sender_name,
)
from rc_tail.events.kinds import (
    Body,
    EventKind,
    EventLine,
    HistorySource,
    HistoryStore,
    Level,
    Pair,
    Parameter,
    Tone,
    ValueForm,
)

_STATUS = {
    "Setup": "dialing",
    "Proceeding": "ringing",
    "Answered": "answered",
    "Disconnected": "ended",
    "Gone": "moved on",
    "Parked": "parked",
    "Hold": "on hold",
    "VoiceMail": "sent to voicemail",
    "VoiceMailScreening": "leaving a voicemail",
    "FaxReceive": "receiving a fax",
    # As another page of the developer guide spells these two.
    "Voicemail": "sent to voicemail",
    "VMScreening": "leaving a voicemail",
}
_REASON = {
    "Pickup": "picked up elsewhere",
    "TakeOver": "taken over",
    "Timeout": "timed out",
    "BlindTransfer": "transferred",
    "RccTransfer": "transferred",
    "AttendedTransfer": "transferred (attended)",
    "CallerInputRedirect": "redirected by the caller's input",
    "CallFlip": "flipped to another device",
    "CallSwitch": "switched to another device",
    "ParkLocation": "at a park location",
    "CallPark": "parked",
    "DtmfTransfer": "transferred by keypad",
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
# Stands out without colours too.
_MISSED = "MISSED"
_BAD_RESULTS = frozenset({"Missed", "Call Failed", "Rejected", "Busy", "No Answer", "Blocked"})


def describe_call(body: Body) -> EventLine:
    """Describe one step of a live call, party by party, or a call log record."""
    parties = objects_in(body.get("parties"))
    if not parties:
        return (
            describe_call_record(body)
            if "result" in body or "startTime" in body
            else _without_parties(body)
        )
    line = _party(parties[0])
    missed = any(is_flag_set(p.get("missedCall")) for p in parties)
    others = [f"{o.who} → {o.to} {o.what}".strip() for o in map(_party, parties[1:])]
    origin = first_text(as_object(body.get("origin")), "type")
    kind = f"({origin})" if origin not in ("", "Call") else ""
    return EventLine(
        who=line.who,
        to=line.to,
        what=join_nonempty((join_nonempty((line.what, *others), "; "), kind), " "),
        direction=line.direction,
        tone=Tone.ALERT if missed else line.tone,
    )


def _without_parties(body: Body) -> EventLine:
    id_ = first_text(body, "telephonySessionId", "sessionId")
    return EventLine(
        what=join_nonempty(("a call changed", id_ and f"[{id_}]"), " "), tone=Tone.FAINT
    )


def _party(party: Body) -> EventLine:
    status = as_object(party.get("status"))
    code, reason = first_text(status, "code"), first_text(status, "reason")
    park = first_text(as_object(status.get("parkData")), "extensionNumber") or first_text(
        status, "parkData"
    )
    missed = is_flag_set(party.get("missedCall"))
    ended = missed and code == "Disconnected"
    return EventLine(
        who=sender_name(party),
        to=party_name(party.get("to")) or extension_label(first_text(party, "extensionId")),
        what=join_nonempty(
            (
                _MISSED if missed else "",
                "" if ended else _STATUS.get(code, code) or "changed",
                _REASON.get(reason, reason),
                f"at {park}" if park else "",
                *_notes(party),
            )
        ),
        direction=first_text(party, "direction"),
        tone=_tone(code),
    )


def _notes(party: Body) -> tuple[str, ...]:
    role = first_text(party, "conferenceRole")
    recorded = any(is_flag_set(r.get("active")) for r in objects_in(party.get("recordings")))
    recordings = "recording" if recorded else "recorded" if as_list(party.get("recordings")) else ""
    return (
        "queue call" if is_flag_set(party.get("queueCall")) else "",
        "muted" if is_flag_set(party.get("muted")) else "",
        f"conference {role.lower()}" if role else "",
        recordings,
    )


def _tone(code: str) -> Tone:
    if code == "Answered":
        return Tone.GOOD
    return Tone.FAINT if code in ("Disconnected", "Gone") else Tone.PLAIN


def describe_call_record(body: Body) -> EventLine:
    """Describe a call log record, which stands for a whole call."""
    result, action = first_text(body, "result"), first_text(body, "action")
    type_ = first_text(body, "type")
    what = join_nonempty(
        (
            _MISSED if result == "Missed" else "",
            "fax call" if type_ == "Fax" else "",
            optional_duration(as_number(body.get("duration"))),
            "" if result == "Missed" else result,
            "" if action in ("", "Phone Call", "VoIP Call") else action,
            "recorded" if as_object(body.get("recording")) else "",
        )
    )
    return EventLine(
        who=sender_name(body),
        to=party_name(body.get("to")),
        what=what or "a call",
        direction=first_text(body, "direction"),
        tone=Tone.ALERT if result in _BAD_RESULTS else Tone.PLAIN,
    )


# The kinds.

_STATUS_CODES = (
    "Setup",
    "Proceeding",
    "Answered",
    "Disconnected",
    "Gone",
    "Parked",
    "Hold",
    "VoiceMail",
    "FaxReceive",
    "VoiceMailScreening",
)

PARAMETERS = (
    Parameter("direction", ("Inbound", "Outbound"), summary="one direction only"),
    Parameter("missedCall", ("true",), summary="missed calls only"),
    Parameter("phoneNumber", form=ValueForm.PHONE, summary="with this number only"),
    Parameter("sipData", ("true",), summary="with the SIP data of the call"),
    Parameter(
        "statusCode",
        _STATUS_CODES,
        summary="this status only; for several, name the event once for each",
        several=True,
    ),
    Parameter("withRecordings", ("true",), summary="recorded calls only"),
)

_EXTENSION_PATH = "/restapi/v1.0/account/~/extension/~/telephony/sessions"
_ACCOUNT_PATH = "/restapi/v1.0/account/~/telephony/sessions"

_ADA = {"phoneNumber": "+16505550101", "name": "Ada Example", "extensionId": "400000101"}
_BOB = {"phoneNumber": "+16505550199", "name": "Bob Sample"}


def call_body(
    code: str = "Proceeding",
    *,
    direction: str = "Inbound",
    party: Mapping[str, object] | None = None,
    sequence: int = 3,
) -> Body:
    """Return the body of one step of a call of extension 400000101.

    Args:
        code: The party's ``status.code``.
        party: Further fields of the party, which override the usual ones.
        sequence: The number of the step in the call.
    """
    caller, called = (_BOB, _ADA) if direction == "Inbound" else (_ADA, _BOB)
    return {
        "sequence": sequence,
        "sessionId": "600000000001",
        "telephonySessionId": "s-0000000000000000000000000000aaaa",
        "serverId": "10.0.0.1.SIM",
        "eventTime": "2026-03-02T10:00:00.340Z",
        "parties": [
            {
                "accountId": "400000001",
                "extensionId": "400000101",
                "id": "p-0000000000000000000000000000aaaa-2",
                "direction": direction,
                "to": called,
                "from": caller,
                "status": {"code": code, "rcc": False},
                "park": {},
                "missedCall": False,
                "standAlone": False,
                "muted": False,
                **(party or {}),
            }
        ],
        "origin": {"type": "Call"},
    }


# (name, name in the singular, fixed query, summary, sample)
_VARIANTS: tuple[tuple[str, str, tuple[Pair, ...], str, Body], ...] = (
    ("calls", "call", (), "call status changes", call_body()),
    (
        "missed-calls",
        "missed-call",
        (("missedCall", "true"),),
        "missed calls",
        call_body("Disconnected", party={"missedCall": True}, sequence=7),
    ),
    (
        "calls-in",
        "call-in",
        (("direction", "Inbound"),),
        "status changes of incoming calls",
        call_body(),
    ),
    (
        "calls-out",
        "call-out",
        (("direction", "Outbound"),),
        "status changes of outgoing calls",
        call_body(direction="Outbound"),
    ),
    (
        "calls-sip",
        "call-sip",
        (("sipData", "true"),),
        "call status changes, with SIP data",
        call_body(party={"sipData": {"callId": "c1", "toTag": "t1", "fromTag": "f1"}}),
    ),
    (
        "recorded-calls",
        "recorded-call",
        (("withRecordings", "true"),),
        "status changes of recorded calls",
        call_body(
            "Answered", party={"recordings": [{"id": "2700000009", "active": True}]}, sequence=5
        ),
    ),
)


def _kinds(level: Level) -> tuple[EventKind, ...]:
    account = level is Level.ACCOUNT
    prefix, where = ("account-", ", account-wide") if account else ("", "")
    return tuple(
        EventKind(
            name=prefix + name,
            also=prefix + also,
            family="telephony",
            path=_ACCOUNT_PATH if account else _EXTENSION_PATH,
            # Events of an account-level subscription name the extension as well
            # (developer guide, sample of account telephony sessions).
            arrives_at=_EXTENSION_PATH if account else "",
            fixed=fixed,
            parameters=tuple(p for p in PARAMETERS if p.name not in dict(fixed)),
            level=level,
            # One record for each ended call, instead of its steps.
            history=HistorySource("calls", HistoryStore.CALLS, lacks="call status changes"),
            permission="CallControl",
            summary=summary + where,
            describe=describe_call,
            sample=sample,
        )
        for name, also, fixed, summary, sample in _VARIANTS
    )


KINDS: tuple[EventKind, ...] = (*_kinds(Level.EXTENSION), *_kinds(Level.ACCOUNT))
