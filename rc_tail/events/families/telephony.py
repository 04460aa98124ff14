"""Calls: telephony sessions of an extension and of the account."""

from collections.abc import Mapping

from rc_tail.events.families.call_sessions import describe_call
from rc_tail.events.kinds import (
    Body,
    EventKind,
    HistorySource,
    HistoryStore,
    Level,
    Pair,
    Parameter,
    ValueForm,
)

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
        summary="this step only; several steps are several filters",
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
        direction: ``Inbound`` or ``Outbound``.
        party: Further fields of the party; they win.
        sequence: The step's place in the call.
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


# (name, second spelling, what makes it, summary, sample)
_VARIANTS: tuple[tuple[str, str, tuple[Pair, ...], str, Body], ...] = (
    ("calls", "call", (), "every step of every call", call_body()),
    (
        "missed-calls",
        "missed-call",
        (("missedCall", "true"),),
        "calls that nobody answered",
        call_body("Disconnected", party={"missedCall": True}, sequence=7),
    ),
    (
        "calls-in",
        "call-in",
        (("direction", "Inbound"),),
        "every step of calls that come in",
        call_body(),
    ),
    (
        "calls-out",
        "call-out",
        (("direction", "Outbound"),),
        "every step of calls that go out",
        call_body(direction="Outbound"),
    ),
    (
        "calls-sip",
        "call-sip",
        (("sipData", "true"),),
        "every step of every call, with SIP data",
        call_body(party={"sipData": {"callId": "c1", "toTag": "t1", "fromTag": "f1"}}),
    ),
    (
        "recorded-calls",
        "recorded-call",
        (("withRecordings", "true"),),
        "steps of calls that are recorded",
        call_body(
            "Answered", party={"recordings": [{"id": "2700000009", "active": True}]}, sequence=5
        ),
    ),
)


def _kinds(level: Level) -> tuple[EventKind, ...]:
    account = level is Level.ACCOUNT
    prefix, where = ("account-", ", of the whole account") if account else ("", "")
    return tuple(
        EventKind(
            name=prefix + name,
            also=prefix + also,
            family="telephony",
            path=_ACCOUNT_PATH if account else _EXTENSION_PATH,
            # An event of an account-level subscription names the extension all the same
            # (developer guide, sample of account telephony sessions).
            arrives_at=_EXTENSION_PATH if account else "",
            fixed=fixed,
            parameters=tuple(p for p in PARAMETERS if p.name not in dict(fixed)),
            level=level,
            # One record a call, once it is over, in place of its steps.
            history=HistorySource("calls", HistoryStore.CALLS),
            permission="CallControl",
            summary=summary + where,
            describe=describe_call,
            sample=sample,
        )
        for name, also, fixed, summary, sample in _VARIANTS
    )


KINDS: tuple[EventKind, ...] = (*_kinds(Level.EXTENSION), *_kinds(Level.ACCOUNT))
