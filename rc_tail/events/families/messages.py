"""The message store of an extension: texts, voicemails, faxes, pager messages."""

from rc_tail.events.families.message_records import (
    describe_fax,
    describe_messages,
    describe_text,
    describe_voicemail,
)
from rc_tail.events.kinds import EventKind, HistorySource, HistoryStore, Level, Parameter

_X = "/restapi/v1.0/account/~/extension/~"
_CONTENT = "https://platform.ringcentral.com/restapi/v1.0/account/400000001/extension/400000101/message-store"

_TYPE = Parameter("type", ("SMS", "Fax", "Voicemail", "Pager"), summary="one type of message only")
_DIRECTION = Parameter("direction", ("Inbound", "Outbound"), summary="one direction only")

SMS = EventKind(
    name="sms",
    family="messages",
    path=f"{_X}/message-store/instant",
    fixed=(("type", "SMS"),),
    level=Level.EXTENSION,
    history=HistorySource("sms", HistoryStore.MESSAGES, types=("SMS",), direction="Inbound"),
    # The developer guide prints none; whoever may read messages gets them.
    permission="ReadMessages",
    summary="a text or picture message came in, with its text",
    describe=describe_text,
    sample={
        "id": "7000000002",
        "to": [
            {
                "phoneNumber": "+16505550101",
                "name": "Ada Example",
                "location": "Moss Beach, CA",
                "target": True,
            }
        ],
        "from": {"phoneNumber": "+16505550199", "location": "Oakland, CA"},
        "type": "SMS",
        "creationTime": "2026-03-02T09:35:59.000Z",
        "lastModifiedTime": "2026-03-02T09:35:59.000Z",
        "readStatus": "Unread",
        "priority": "Normal",
        "attachments": [{"id": "7000000002", "type": "Text", "contentType": "text/plain"}],
        "direction": "Inbound",
        "availability": "Alive",
        "subject": "Are we still on for noon?",
        "messageStatus": "Received",
        "conversation": {"id": "5000000000000000001"},
        "eventType": "Create",
        "owner": {
            "extensionId": "400000101",
            "extensionType": "User",
            "name": "Ada Example",
        },
    },
)

VOICEMAIL = EventKind(
    name="voicemail",
    also="voicemails",
    family="messages",
    path=f"{_X}/voicemail",
    level=Level.EXTENSION,
    history=HistorySource(
        "voicemail", HistoryStore.MESSAGES, types=("VoiceMail",), direction="Inbound"
    ),
    permission="ReadMessages",
    summary="somebody left a voicemail",
    describe=describe_voicemail,
    sample={
        "id": "7000000003",
        "to": [{"name": "Ada Example"}],
        "from": {"phoneNumber": "+16505550199", "name": "Bob Sample"},
        "type": "VoiceMail",
        "creationTime": "2026-03-02T09:39:40.000Z",
        "readStatus": "Unread",
        "priority": "Normal",
        "attachments": [
            {
                "id": "7000000003",
                "uri": f"{_CONTENT}/7000000003/content/7000000003",
                "type": "AudioRecording",
                "contentType": "audio/x-wav",
                "vmDuration": 17,
            }
        ],
        "direction": "Inbound",
        "availability": "Alive",
        "messageStatus": "Received",
        "lastModifiedTime": "2026-03-02T09:39:58.000Z",
        "vmTranscriptionStatus": "Completed",
    },
)

FAX = EventKind(
    name="fax",
    also="faxes",
    family="messages",
    path=f"{_X}/fax",
    fixed=(("direction", "Inbound"),),
    level=Level.EXTENSION,
    history=HistorySource("fax", HistoryStore.MESSAGES, types=("Fax",), direction="Inbound"),
    permission="ReadMessages",
    summary="a fax came in",
    describe=describe_fax,
    sample={
        "id": "7000000004",
        "from": {"phoneNumber": "+16505550177"},
        "type": "Fax",
        "creationTime": "2026-03-02T09:44:30.000Z",
        "readStatus": "Unread",
        "priority": "Normal",
        "attachments": [
            {
                "id": "7000000004",
                "uri": f"{_CONTENT}/7000000004/content/7000000004",
                "type": "RenderedDocument",
                "contentType": "application/pdf",
            }
        ],
        "direction": "Inbound",
        "availability": "Alive",
        "subject": "+16505550177",
        "messageStatus": "Received",
        "faxResolution": "High",
        "faxPageCount": 2,
        "lastModifiedTime": "2026-03-02T09:44:55.000Z",
    },
)


def _store(
    name: str,
    also: str,
    summary: str,
    *,
    type_: str = "",
    direction: str = "",
    noted: str = "SMS",
) -> EventKind:
    """Return the message store, narrowed to a type of message and a direction.

    Args:
        name: What a user types.
        also: Its other number.
        summary: One line.
        type_: The type as it stands in the filter; empty for all.
        direction: ``Inbound``, ``Outbound``, or empty for both.
        noted: The type as it stands in the notification.
    """
    fixed = (("type", type_), ("direction", direction))
    change = {"type": noted, "newCount": 1, "updatedCount": 0, "newMessageIds": [7000000001]}
    return EventKind(
        name=name,
        also=also,
        family="messages",
        path=f"{_X}/message-store",
        fixed=tuple(pair for pair in fixed if pair[1]),
        parameters=tuple(p for p in (_TYPE, _DIRECTION) if not dict(fixed)[p.name]),
        level=Level.EXTENSION,
        history=HistorySource("messages", HistoryStore.MESSAGES),
        permission="ReadMessages",
        summary=summary,
        describe=describe_messages,
        sample={
            "accountId": 400000001,
            "extensionId": 400000101,
            "lastUpdated": "2026-03-02T09:34:59.900Z",
            "changes": [change],
        },
    )


def _narrowed(type_: str, words: str, noted: str) -> tuple[EventKind, ...]:
    name = type_.lower()
    counts = "counts and ids of what was added or changed"
    wide = (f"messages-{name}", f"message-{name}", f"{words}: {counts}")
    came = (f"messages-{name}-in", f"message-{name}-in", f"{words} received: {counts}")
    went = (f"messages-{name}-out", f"message-{name}-out", f"{words} sent: {counts}")
    return (
        _store(*wide, type_=type_, noted=noted),
        _store(*came, type_=type_, direction="Inbound", noted=noted),
        _store(*went, type_=type_, direction="Outbound", noted=noted),
    )


KINDS: tuple[EventKind, ...] = (
    SMS,
    VOICEMAIL,
    FAX,
    _store("messages", "message", "any message was added or changed: counts and ids, no text"),
    *_narrowed("SMS", "text messages", "SMS"),
    *_narrowed("Voicemail", "voicemails", "VoiceMail"),
    *_narrowed("Fax", "faxes", "Fax"),
    *_narrowed("Pager", "pager messages", "Pager"),
)
