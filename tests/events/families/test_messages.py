import pytest

from rc_tail.events.families.messages import (
    KINDS,
    describe_fax,
    describe_messages,
    describe_text,
    describe_voicemail,
)
from rc_tail.events.kinds import EventLine, Tone

NAMED = {kind.name: kind for kind in KINDS}


@pytest.mark.parametrize(
    ("name", "query", "noted"),
    [
        ("messages", "", "SMS"),
        ("messages-sms", "?type=SMS", "SMS"),
        ("messages-fax-in", "?type=Fax&direction=Inbound", "Fax"),
        ("messages-voicemail-out", "?type=Voicemail&direction=Outbound", "VoiceMail"),
        ("messages-pager", "?type=Pager", "Pager"),
    ],
)
def test_the_message_store_is_narrowed_by_its_query(name, query, noted):
    kind = NAMED[name]
    assert kind.filter == f"/restapi/v1.0/account/~/extension/~/message-store{query}"
    assert kind.sample["changes"][0]["type"] == noted
    assert kind.describe(kind.sample).what == f"{noted}: 1 new [7000000001]"


def test_fixed_parameters_cannot_be_set():
    parameters = {name: [p.name for p in kind.parameters] for name, kind in NAMED.items()}
    assert parameters["messages"] == ["type", "direction"]
    assert parameters["messages-sms"] == ["direction"]
    assert parameters["messages-sms-in"] == []


def test_instant_texts_are_no_narrowed_message_store():
    assert NAMED["sms"].filter == (
        "/restapi/v1.0/account/~/extension/~/message-store/instant?type=SMS"
    )
    assert NAMED["fax"].filter.endswith("/fax?direction=Inbound")


# Readable lines.

PICTURE = {"contentType": "image/png"}
WORDS = {"contentType": "text/plain"}
CAT = {"contentType": "image/jpeg", "type": "MmsAttachment", "fileName": "cat.jpg", "size": 9}
CLIP = {"contentType": "video/mp4; codecs=avc1"}
CARD = {"contentType": "text/x-vcard"}
LAYOUT = {"contentType": "application/smil"}
BOB = {"phoneNumber": "+16505550199", "name": "Bob Sample"}


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ({"subject": "hi"}, "hi"),
        ({"text": "v2"}, "v2"),
        ({"subject": "hi", "attachments": [WORDS, PICTURE]}, "hi [image]"),
        ({"attachments": [PICTURE, PICTURE]}, "[2 images]"),
        ({"attachments": [CAT]}, "[image cat.jpg]"),
        ({"subject": "hi", "attachments": [CAT, CLIP, CARD]}, "hi [image cat.jpg, video, contact]"),
        ({"attachments": [CAT], "priority": "High"}, "[image cat.jpg, high priority]"),
        ({"attachments": [{"contentType": "application/pdf", "fileName": "a.pdf"}]}, "[pdf a.pdf]"),
        ({"attachments": [{"contentType": "application/x-novel"}, {}]}, "[2 attachments]"),
        ({"attachments": [{"contentType": "Text/Plain; charset=utf-8"}, LAYOUT]}, "(no text)"),
        ({"attachments": [{"type": "Text"}]}, "(no text)"),
        ({"subject": "hi", "priority": "High"}, "hi [high priority]"),
        ({"subject": "hi", "messageStatus": "Delivered"}, "hi"),
        ({"subject": "hi", "messageStatus": "Queued"}, "hi [Queued]"),
        (
            {"subject": "hi", "messageStatus": "SendingFailed", "errorCode": "SMS-UP-410"},
            "hi [SendingFailed, SMS-UP-410]",
        ),
        ({"subject": "hi", "availability": "Deleted"}, "hi [deleted]"),
    ],
)
def test_a_text(body, what):
    line = describe_text(body)
    assert line.what == what
    assert line.text == body.get("subject", body.get("text", ""))


def test_a_text_that_failed_alerts():
    assert describe_text({"messageStatus": "DeliveryFailed"}).tone is Tone.ALERT
    assert describe_text({"messageStatus": "Received"}).tone is Tone.PLAIN


def test_who_texts_whom():
    body = {"from": "+1650", "to": ["+1", {"name": "Ada"}], "text": "x", "direction": "Inbound"}
    assert describe_text(body) == EventLine(
        who="+1650", to="+1, Ada", what="x", text="x", direction="Inbound"
    )


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("Completed", "transcribed"),
        ("CompletedPartially", "partly transcribed"),
        ("NotAvailable", "no transcription"),
        ("InProgress", "transcription in progress"),
        ("Novel", "transcription Novel"),
    ],
)
def test_a_voicemail(status, words):
    body = {
        "from": BOB,
        "attachments": [{}, {"vmDuration": 185}],
        "vmTranscriptionStatus": status,
        "priority": "High",
        "owner": {"name": "Ada Example"},
    }
    assert describe_voicemail(body) == EventLine(
        who="Bob Sample", to="Ada Example", what=f"voicemail, 3 min 5 s, {words}, high priority"
    )


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ({"faxPageCount": 1}, "fax, 1 page"),
        ({"faxPageCount": "2", "faxResolution": "Low"}, "fax, 2 pages, standard"),
        ({"messageStatus": "SendingFailed"}, "fax, SendingFailed"),
    ],
)
def test_a_fax(body, what):
    assert describe_fax(body).what == what


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ([{"type": "SMS", "newCount": 1, "newMessageIds": [7, "8"]}], "SMS: 1 new [7, 8]"),
        ([{"type": "Fax", "updatedCount": 2}], "Fax: 2 updated"),
        ([{"type": "VoiceMail", "newCount": 1, "updatedCount": 3}], "VoiceMail: 1 new, 3 updated"),
        ([{"newCount": 0}], "messages: changed"),
        ([{"type": "SMS", "newCount": 1}, {"type": "Fax"}], "SMS: 1 new; Fax: changed"),
    ],
)
def test_a_change_of_the_store(changes, what):
    line = describe_messages({"extensionId": 400000101, "changes": changes})
    assert line == EventLine(who="extension 400000101", what=what)


@pytest.mark.parametrize(
    ("type_", "what"),
    [
        ("SMS", "hi"),
        ("Pager", "hi"),
        ("VoiceMail", "voicemail"),
        ("Voicemail", "voicemail"),
        ("Fax", "fax"),
    ],
)
def test_a_record_of_the_store_reads_like_the_event(type_, what):
    assert describe_messages({"type": type_, "subject": "hi"}).what == what


def test_a_change_without_content():
    assert describe_messages({"type": "Novel"}) == EventLine(
        what="the message store changed", tone=Tone.FAINT
    )


@pytest.mark.parametrize("describe", [describe_text, describe_voicemail, describe_fax])
@pytest.mark.parametrize(
    "sender",
    [
        {},
        None,
        {"phoneNumber": "anonymous"},
        {"name": "Anonymous"},
        {"name": " ", "phoneNumber": ""},
        {"name": "", "phoneNumber": "ANONYMOUS", "location": "Oakland, CA"},
    ],
)
def test_a_sender_who_is_not_named_is_anonymous(describe, sender):
    assert describe({"from": sender, "direction": "Inbound"}).who == "anonymous"


def test_an_outgoing_message_has_no_anonymous_sender():
    assert describe_fax({"to": [BOB], "direction": "Outbound"}).who == ""
