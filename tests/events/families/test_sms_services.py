import pytest

from rc_tail.events.families.sms_services import (
    KINDS,
    describe_batch,
    describe_consents,
    describe_optout,
)
from rc_tail.events.kinds import EventLine, Tone

NAMED = {kind.name: kind for kind in KINDS}


@pytest.mark.parametrize(
    ("body", "what", "tone"),
    [
        (
            {"status": "Processing", "batchSize": 25, "processedCount": 10, "cost": 0.07},
            "batch Processing, 10 of 25 processed, cost 0.07",
            Tone.PLAIN,
        ),
        (
            {"status": "Completed", "batchSize": 2, "processedCount": 2, "rejectedCount": 1},
            "batch Completed, 2 of 2 processed, 1 rejected",
            Tone.ALERT,
        ),
        ({"batchSize": 5}, "batch changed, 0 of 5 processed", Tone.PLAIN),
        ({}, "batch changed", Tone.PLAIN),
    ],
)
@pytest.mark.parametrize("sender", ["+1650", {"phoneNumber": "+1650"}])
def test_a_batch(body, what, tone, sender):
    assert describe_batch({"from": sender, **body}) == EventLine(
        who="+1650", what=what, direction="Outbound", tone=tone
    )


@pytest.mark.parametrize(
    ("body", "what", "tone"),
    [
        ({"active": True}, "opted out of texts", Tone.ALERT),
        ({"active": False}, "opted in again", Tone.GOOD),
        ({}, "opt-out changed", Tone.PLAIN),
    ],
)
def test_an_opt_out(body, what, tone):
    line = describe_optout({"from": "+1", "to": "+2", **body})
    assert line == EventLine(who="+1", to="+2", what=what, tone=tone)


@pytest.mark.parametrize(
    ("record", "line"),
    [
        (
            {"from": "+1", "to": "+2", "optStatus": "OptOut", "source": "Recipient"},
            EventLine(who="+1", to="+2", what="opted out of texts", tone=Tone.ALERT),
        ),
        (
            {"from": "*", "to": "+2", "optStatus": "OptIn", "source": "Api"},
            EventLine(who="all numbers", to="+2", what="opted in again, by an app", tone=Tone.GOOD),
        ),
        ({"optStatus": "Asked", "source": "Fax"}, EventLine(what="Asked")),
        ({}, EventLine(what="consent changed")),
    ],
)
def test_a_consent(record, line):
    assert describe_consents({"records": [record]}) == line


def test_several_consents():
    records = [{"to": "+1", "optStatus": "OptOut"}, {"to": "+2", "optStatus": "OptIn"}]
    assert describe_consents({"records": records}) == EventLine(
        what="+1: opted out of texts; +2: opted in again"
    )
    assert describe_consents({}) == EventLine(what="consents to texts changed")


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("threads", "a message thread was opened, assigned, resolved or answered"),
        ("thread-entries", "a message thread has a new entry"),
    ],
)
def test_a_thread_event_says_only_that_it_changed(name, what):
    assert NAMED[name].describe(NAMED[name].sample) == EventLine(what=what)


@pytest.mark.parametrize(
    ("name", "who", "to", "text"),
    [
        ("sms2-in", "+16505550199", "+16505550101", "Thanks"),
        ("sms2-out", "+16505550101", "+16505550199", "Thanks"),
        ("a2p-messages", "+16505550199", "+16505550101", "STOP"),
    ],
)
def test_texts_of_these_services(name, who, to, text):
    line = NAMED[name].describe(NAMED[name].sample)
    assert (line.who, line.to, line.text, line.what) == (who, to, text, text)
    assert line.direction == NAMED[name].sample["direction"]
