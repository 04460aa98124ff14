import json
from typing import Any

import pytest

from rc_tail.events.families.messages import FAX, SMS, VOICEMAIL
from rc_tail.gateway.messages import Notification
from rc_tail.output.attachments import CHOICES, InvalidAttachmentError, attachments_of
from rc_tail.sinks.table import ATTACHMENTS

ALL = frozenset(ATTACHMENTS)
INSTANT = "/restapi/v1.0/account/400000001/extension/400000101/message-store/instant?type=SMS"
PICTURE = {"id": "9", "type": "MmsAttachment", "contentType": "image/jpeg", "fileName": "cat.jpg"}
TEXT = {"id": "8", "type": "Text", "contentType": "text/plain"}


def event(
    body: Any, path: str = INSTANT, timestamp: str = "2026-03-02T09:40:00.000Z"
) -> Notification:
    return Notification("u", path, timestamp, json.dumps({"body": body}).encode())


def message(**body: Any) -> Notification:
    return event({"id": "70001", "type": "SMS", "attachments": [TEXT, PICTURE], **body})


def test_the_choices_are_those_of_the_option():
    assert tuple(CHOICES.values()) == ATTACHMENTS


@pytest.mark.parametrize(
    ("sample", "name", "words"),
    [
        (VOICEMAIL.sample, "voicemail-7000000003-1", "voicemail from Bob Sample"),
        (FAX.sample, "fax-7000000004-1", "fax from +16505550177"),
    ],
)
def test_samples_of_the_developer_guide(sample, name, words):
    (found,) = attachments_of(event(sample), ALL)
    assert (found.date, found.name, found.words) == ("2026-03-02", name, words)
    assert found.uri == sample["attachments"][0]["uri"]


def test_a_text_has_none():
    assert attachments_of(event(SMS.sample), ALL) == []


def test_events_of_texts_need_not_say_where_a_picture_is():
    (found,) = attachments_of(message(), ALL)
    assert found.uri == (
        "/restapi/v1.0/account/400000001/extension/400000101/message-store/70001/content/9"
    )
    assert (found.name, found.words) == ("sms-70001-1", "image cat.jpg")


def test_texts_and_layouts_are_not_counted():
    smil = {"id": "7", "contentType": "application/smil"}
    found = attachments_of(message(attachments=[smil, PICTURE, TEXT, PICTURE]), ALL)
    assert [each.name for each in found] == ["sms-70001-1", "sms-70001-2"]


@pytest.mark.parametrize(
    ("type_", "choices", "count"),
    [
        ("SMS", {"mms"}, 1),
        ("SMS", {"fax", "voicemail"}, 0),
        ("VoiceMail", {"voicemail"}, 1),
        ("Voicemail", {"voicemail"}, 1),
        ("Fax", {"mms"}, 0),
        ("Pager", ALL, 0),
        ("TextMessage", ALL, 0),
    ],
)
def test_only_what_is_wanted(type_, choices, count):
    assert len(attachments_of(message(type=type_), frozenset(choices))) == count


@pytest.mark.parametrize("availability", ["Deleted", "Purged"])
def test_what_was_deleted_is_not_there(availability):
    assert attachments_of(message(availability=availability), ALL) == []


def test_texts_of_the_second_version():
    path = "/restapi/v2/accounts/400000001/extensions/400000101/sms/messages?direction=Inbound"
    uri = "/restapi/v2/accounts/400000001/extensions/400000101/sms/messages/2/content/3"
    part = {"id": "3", "contentType": "image/png", "contentUri": uri}
    (found,) = attachments_of(event({"id": "2", "attachments": [part]}, path), ALL)
    assert (found.name, found.uri) == ("sms2-2-1", uri)


@pytest.mark.parametrize(
    ("created", "date"),
    [
        ("2026-11-26T23:30:00-05:00", "2026-11-27"),
        ("2026-11-26T23:30:00.123456789Z", "2026-11-26"),
        ("yesterday", "undated"),
        ("0001-01-01T00:00:00+14:00", "undated"),
        ("", "2026-03-02"),
        (None, "2026-03-02"),
    ],
)
def test_the_day_is_the_message_s_in_utc(created, date):
    (found,) = attachments_of(message(creationTime=created), ALL)
    assert found.date == date


@pytest.mark.parametrize("id_", ["../x", "a/b", "", "7" * 65, "a\0", "é", None, {}, "7\n"])
def test_odd_ids_are_refused(id_):
    with pytest.raises(InvalidAttachmentError, match="invalid message id"):
        attachments_of(message(id=id_), ALL)
    part = {**PICTURE, "id": id_}
    with pytest.raises(InvalidAttachmentError, match="invalid attachment id"):
        attachments_of(message(attachments=[part]), ALL)


def test_a_hundred_are_saved_and_no_more():
    assert len(attachments_of(message(attachments=[PICTURE] * 100), ALL)) == 100
    with pytest.raises(InvalidAttachmentError, match="at most 100"):
        attachments_of(message(attachments=[PICTURE] * 101), ALL)


@pytest.mark.parametrize(
    "body", [None, [], 3, {"attachments": 3}, {"attachments": [3, None]}, {"attachments": {}}]
)
def test_odd_bodies_have_none(body):
    assert attachments_of(event(body), ALL) == []
    assert attachments_of(Notification("", "", "", b'"attachments"'), ALL) == []
