import pytest

from rc_tail.events.families.telephony import KINDS, call_body, describe_call, describe_call_record
from rc_tail.events.kinds import EventLine, Level, Tone

NAMED = {kind.name: kind for kind in KINDS}


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("calls", ""),
        ("missed-calls", "?missedCall=true"),
        ("calls-in", "?direction=Inbound"),
        ("calls-out", "?direction=Outbound"),
        ("calls-sip", "?sipData=true"),
        ("recorded-calls", "?withRecordings=true"),
    ],
)
def test_calls_of_the_extension_and_of_the_account(name, query):
    mine, all_ = NAMED[name], NAMED[f"account-{name}"]
    assert mine.filter == f"/restapi/v1.0/account/~/extension/~/telephony/sessions{query}"
    assert all_.filter == f"/restapi/v1.0/account/~/telephony/sessions{query}"
    assert (mine.level, all_.level) == (Level.EXTENSION, Level.ACCOUNT)
    # The event of the account names the extension too.
    assert mine.event_of("1", "2") == all_.event_of("1", "2")
    assert mine.sample == all_.sample


def test_fixed_parameters_cannot_be_set():
    all_parameters = {p.name for p in NAMED["calls"].parameters}
    for kind in KINDS:
        assert {p.name for p in kind.parameters} == all_parameters - set(dict(kind.fixed))


def test_outbound_sample_calls_are_from_ada():
    party = call_body("Setup", direction="Outbound", party={"muted": True})["parties"][0]
    assert (party["from"]["name"], party["to"]["name"]) == ("Ada Example", "Bob Sample")
    assert (party["status"]["code"], party["muted"]) == ("Setup", True)


# Readable lines.

BOB = {"name": "Bob Sample", "phoneNumber": "+16505550199"}
ADA = {"name": "Ada Example"}


@pytest.mark.parametrize(
    ("code", "party", "what", "tone"),
    [
        ("Setup", {}, "dialing", Tone.PLAIN),
        ("Proceeding", {}, "ringing", Tone.PLAIN),
        ("Answered", {}, "answered", Tone.GOOD),
        ("Disconnected", {}, "ended", Tone.FAINT),
        ("Disconnected", {"missedCall": True}, "MISSED", Tone.ALERT),
        (
            "Disconnected",
            {"missedCall": True, "status": {"code": "Disconnected", "reason": "NoAnswer"}},
            "MISSED, no answer",
            Tone.ALERT,
        ),
        ("VoiceMail", {"missedCall": True}, "MISSED, sent to voicemail", Tone.ALERT),
        ("VMScreening", {}, "leaving a voicemail", Tone.PLAIN),
        ("Tds", {}, "Tds", Tone.PLAIN),
        (
            "Gone",
            {"status": {"code": "Gone", "reason": "BlindTransfer"}},
            "moved on, transferred",
            Tone.FAINT,
        ),
        (
            "Gone",
            {"status": {"code": "Gone", "reason": "Novel"}},
            "moved on, Novel",
            Tone.FAINT,
        ),
        (
            "Parked",
            {"status": {"code": "Parked", "parkData": "*801"}},
            "parked, at *801",
            Tone.PLAIN,
        ),
        (
            "Answered",
            {"queueCall": True, "muted": True, "conferenceRole": "Host"},
            "answered, queue call, muted, conference host",
            Tone.GOOD,
        ),
        ("Answered", {"recordings": [{"active": True}]}, "answered, recording", Tone.GOOD),
        ("Answered", {"recordings": [{"active": False}]}, "answered, recorded", Tone.GOOD),
    ],
)
def test_a_step_of_a_call(code, party, what, tone):
    assert describe_call(call_body(code, party=party)) == EventLine(
        who="Bob Sample", to="Ada Example", what=what, direction="Inbound", tone=tone
    )


def test_every_party_is_described():
    inbound = call_body("Answered")["parties"][0]
    outbound = {"from": ADA, "to": BOB, "status": {"code": "Disconnected"}, "missedCall": True}
    line = describe_call({"parties": [inbound, outbound]})
    assert line.what == "answered; Ada Example → Bob Sample MISSED"
    assert line.tone is Tone.ALERT


def test_the_called_extension_and_the_origin_are_described():
    party = {"extensionId": "400000101", "status": {"code": "Answered"}}
    line = describe_call({"parties": [party], "origin": {"type": "RingOut"}})
    assert (line.to, line.what) == ("extension 400000101", "answered (RingOut)")


@pytest.mark.parametrize(
    ("record", "what", "tone"),
    [
        (
            {"duration": 185, "result": "Missed", "action": "Phone Call"},
            "MISSED, 3 min 5 s",
            Tone.ALERT,
        ),
        (
            {"duration": 61, "result": "Accepted", "action": "Call Park", "recording": {"id": 1}},
            "1 min 1 s, Accepted, Call Park, recorded",
            Tone.PLAIN,
        ),
        (
            {"duration": 9, "result": "Call connected", "action": "VoiceChat Call"},
            "9 s, Call connected, VoiceChat Call",
            Tone.PLAIN,
        ),
        ({"type": "Fax", "result": "Sent"}, "fax call, Sent", Tone.PLAIN),
        ({}, "a call", Tone.PLAIN),
    ],
)
def test_a_record_of_the_call_log(record, what, tone):
    body = {"from": BOB, "to": ADA, "direction": "Inbound", "startTime": "x", **record}
    expected = EventLine(
        who="Bob Sample", to="Ada Example", what=what, direction="Inbound", tone=tone
    )
    assert describe_call_record(body) == expected
    assert describe_call(body) == expected


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ({}, "a call changed"),
        ({"telephonySessionId": "s-1"}, "a call changed [s-1]"),
        ({"parties": [{}]}, "changed"),
        ({"parties": "rubbish"}, "a call changed"),
    ],
)
def test_a_call_of_which_little_is_known(body, what):
    assert describe_call(body).what == what


@pytest.mark.parametrize("caller", [{}, None, {"phoneNumber": "anonymous", "name": "Anonymous"}])
def test_a_caller_who_withholds_the_number_is_anonymous(caller):
    live = describe_call(call_body("Proceeding", party={"from": caller}))
    assert (live.who, live.to) == ("anonymous", "Ada Example")
    record = {"startTime": "x", "from": caller, "to": ADA, "direction": "Inbound"}
    assert describe_call(record).who == "anonymous"
