import pytest

from rc_tail.events.families.presence import (
    KINDS,
    describe_dnd,
    describe_lines,
    describe_presence,
    describe_queue,
)
from rc_tail.events.kinds import EventLine, Tone

NAMED = {kind.name: kind for kind in KINDS}
DETAILED = "detailedTelephonyState=true"


@pytest.mark.parametrize("name", ["presence", "line-presence", "favorite-presence"])
def test_presence_comes_in_three_depths(name):
    path = NAMED[name].path
    assert NAMED[name].filter == path
    assert NAMED[f"{name}-detailed"].filter == f"{path}?{DETAILED}"
    assert NAMED[f"{name}-sip"].filter == f"{path}?{DETAILED}&sipData=true"
    simple, detailed, sip = (NAMED[name + suffix].sample for suffix in ("", "-detailed", "-sip"))
    assert "activeCalls" not in simple
    assert "sipData" not in detailed["activeCalls"][0]
    assert "sipData" in sip["activeCalls"][0]
    assert simple["extensionId"] == detailed["extensionId"] == sip["extensionId"]


def test_sip_data_need_detailed_telephony_state():
    parameter = NAMED["presence"].parameter("sipData")
    assert parameter is not None
    assert parameter.needs == ("detailedTelephonyState", "true")
    assert [p.name for p in NAMED["presence-detailed"].parameters] == ["sipData"]
    assert NAMED["presence-sip"].parameters == ()


def test_presence_of_the_account_names_the_extension():
    assert NAMED["account-presence"].event_of("1", "2") == NAMED["presence"].event_of("1", "2")
    assert NAMED["account-presence"].permission == "ReadAccounts"


# Readable lines.


@pytest.mark.parametrize(
    ("body", "what", "tone"),
    [
        ({"presenceStatus": "Available"}, "Available", Tone.GOOD),
        ({"userStatus": "Offline"}, "Offline", Tone.FAINT),
        ({"presenceStatus": "Busy", "userStatus": "Busy"}, "Busy", Tone.PLAIN),
        (
            {
                "presenceStatus": "Busy",
                "userStatus": "Available",
                "telephonyStatus": "CallConnected",
                "meetingStatus": "Connected",
                "dndStatus": "DoNotAcceptAnyCalls",
            },
            "Busy (on a call; in a meeting; takes no calls; status set to Available)",
            Tone.PLAIN,
        ),
        ({"telephonyStatus": "Novel", "dndStatus": "New"}, "Novel; New", Tone.PLAIN),
        (
            {
                "presenceStatus": "Available",
                "userStatus": "Available",
                "telephonyStatus": "NoCall",
                "dndStatus": "TakeAllCalls",
            },
            "Available",
            Tone.GOOD,
        ),
        ({"telephonyStatus": "NoCall"}, "no call", Tone.PLAIN),
        ({"dndStatus": "TakeAllCalls"}, "takes all calls", Tone.PLAIN),
        ({}, "presence changed", Tone.PLAIN),
    ],
)
def test_presence(body, what, tone):
    line = describe_presence({"extensionId": "5", **body})
    assert line == EventLine(who="extension 5", what=what, tone=tone)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            {"telephonyStatus": "Ringing", "fromName": "Bob", "from": "+1", "toName": "Ada"},
            "ringing: Bob → Ada",
        ),
        ({"telephonyStatus": "CallConnected", "from": "+1"}, "on a call: +1 →"),
        (
            {"telephonyStatus": "Ringing", "from": "anonymous", "toName": "Ada"},
            "ringing: anonymous → Ada",
        ),
        ({"id": "s-1"}, "call: s-1"),
    ],
)
def test_active_calls(call, words):
    line = describe_presence({"presenceStatus": "Busy", "activeCalls": [call, call]})
    assert line.what == f"Busy; {words}, {words}"


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (
            {"extension": [{"id": "102"}, {"id": 103}]},
            "monitors the lines of extension 102, extension 103",
        ),
        ({"extension": {"id": "102"}}, "monitored lines changed"),
    ],
)
def test_lines(body, what):
    assert describe_lines(body) == EventLine(what=what)


@pytest.mark.parametrize(
    ("status", "what", "tone"),
    [
        ("TakeAllCalls", "takes all calls", Tone.PLAIN),
        ("DoNotAcceptAnyCalls", "takes no calls", Tone.ALERT),
        ("DoNotAcceptDepartmentCalls", "takes no queue calls", Tone.PLAIN),
        ("TakeDepartmentCallsOnly", "takes queue calls only", Tone.PLAIN),
        ("Unknown", "Unknown", Tone.PLAIN),
        (None, "do not disturb changed", Tone.PLAIN),
    ],
)
def test_do_not_disturb(status, what, tone):
    line = describe_dnd({"extensionId": 5, "dndStatus": status})
    assert line == EventLine(who="extension 5", what=what, tone=tone)


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (
            {"records": [{"member": {"id": "2"}, "acceptCurrentQueueCalls": True}, {}]},
            EventLine(what="extension 2 takes calls, a member takes no calls"),
        ),
        (
            {"extensionId": "2", "callQueueId": "9", "acceptCalls": True},
            EventLine(who="extension 2", to="queue 9", what="takes calls"),
        ),
        ({"acceptCalls": False}, EventLine(what="takes no calls")),
        ({"records": []}, EventLine(what="members of the queue changed")),
    ],
)
def test_queue(body, line):
    assert describe_queue(body) == line
