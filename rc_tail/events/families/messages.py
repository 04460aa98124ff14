"""Messages: texts, voicemails, faxes and the message store.

First the readable lines, then the kinds. The bodies of live events and the records of the message
store have the same fields, so that past events read like live ones.
"""

from rc_tail.events.families.fields import (
    as_list,
    as_number,
    as_object,
    as_text,
    attachment_words,
    content_type_of,
    extension_label,
    first_text,
    join_nonempty,
    objects_in,
    optional_count,
    optional_duration,
    party_name,
    party_names,
    sender_name,
)
from rc_tail.events.kinds import (
    Body,
    EventKind,
    EventLine,
    HistorySource,
    HistoryStore,
    Level,
    Parameter,
    Tone,
)

# TypeScript SDK, GetMessageInfoResponse.vmTranscriptionStatus.
_TRANSCRIPTION = {
    "Completed": "transcribed",
    "CompletedPartially": "partly transcribed",
    "InProgress": "transcription in progress",
    "NotAvailable": "no transcription",
    "Failed": "transcription failed",
    "TimedOut": "transcription timed out",
}
# The usual names of a fax's resolutions. TypeScript SDK, GetMessageInfoResponse.faxResolution.
_RESOLUTIONS = {"High": "fine", "Low": "standard"}
# Statuses that are not worth mentioning.
_USUAL_STATUS = frozenset({"", "Received", "Sent", "Delivered"})


def describe_text(body: Body) -> EventLine:
    """Describe a text or picture message. The text is in ``subject``, in v2 in ``text``."""
    words = first_text(body, "subject", "text")
    pictures = [a for a in objects_in(body.get("attachments")) if not is_text_part(a)]
    notes = join_nonempty((*attachment_words(pictures), *_notes(body)))
    said = words or ("" if pictures else "(no text)")
    return EventLine(
        who=sender_name(body),
        to=party_names(body.get("to")),
        what=join_nonempty((said, f"[{notes}]" if notes else ""), " "),
        text=words,
        direction=first_text(body, "direction"),
        tone=_tone(body),
    )


def describe_voicemail(body: Body) -> EventLine:
    """Describe a voicemail. The event never contains the transcription."""
    lengths = (as_number(a.get("vmDuration")) for a in objects_in(body.get("attachments")))
    length = next((seconds for seconds in lengths if seconds is not None), None)
    status = first_text(body, "vmTranscriptionStatus")
    said = _TRANSCRIPTION.get(status) or (f"transcription {status}" if status else "")
    return EventLine(
        who=sender_name(body),
        to=party_names(body.get("to")) or _owner(body),
        what=join_nonempty(("voicemail", optional_duration(length), said, *_notes(body))),
        direction=first_text(body, "direction"),
        tone=_tone(body),
    )


def describe_fax(body: Body) -> EventLine:
    """Describe a fax. The sample of the developer guide has no ``to``."""
    resolution = first_text(body, "faxResolution")
    detail = _RESOLUTIONS.get(resolution, resolution)
    pages = optional_count(as_number(body.get("faxPageCount")), "page")
    return EventLine(
        who=sender_name(body),
        to=party_names(body.get("to")) or _owner(body),
        what=join_nonempty(("fax", pages, detail, *_notes(body))),
        direction=first_text(body, "direction"),
        tone=_tone(body),
    )


def describe_messages(body: Body) -> EventLine:
    """Describe a change of the message store, or one of its records.

    A change has counts and ids, but no text: that must be fetched.
    """
    by_type = {"sms": describe_text, "pager": describe_text, "voicemail": describe_voicemail}
    type_ = first_text(body, "type").lower()
    if type_ == "fax":
        return describe_fax(body)
    if type_ in by_type:
        return by_type[type_](body)
    changes = join_nonempty(map(_change, objects_in(body.get("changes"))), "; ")
    return EventLine(
        who=extension_label(first_text(body, "extensionId")),
        what=changes or "the message store changed",
        tone=Tone.PLAIN if changes else Tone.FAINT,
    )


def _change(change: Body) -> str:
    # Counts of zero are absent.
    new, updated = as_number(change.get("newCount")), as_number(change.get("updatedCount"))
    ids = join_nonempty(map(as_text, as_list(change.get("newMessageIds"))))
    counts = join_nonempty(
        (f"{new:.0f} new" if new else "", f"{updated:.0f} updated" if updated else "")
    )
    what = join_nonempty((counts or "changed", f"[{ids}]" if ids else ""), " ")
    return f"{first_text(change, 'type') or 'messages'}: {what}"


def is_text_part(attachment: Body) -> bool:
    """Whether an attachment is the text, or how a phone is to lay it out."""
    return first_text(attachment, "type") == "Text" or content_type_of(attachment) in (
        "text/plain",
        "application/smil",
    )


def _owner(body: Body) -> str:
    return party_name(as_object(body.get("owner")))


def _status(body: Body) -> str:
    status = first_text(body, "messageStatus")
    return "" if status in _USUAL_STATUS else status


def _notes(body: Body) -> tuple[str, ...]:
    failed = first_text(body, "errorCode", "smsDeliveryErrorCode", "faxErrorCode")
    urgent = "high priority" if first_text(body, "priority") == "High" else ""
    deleted = "deleted" if first_text(body, "availability") in ("Deleted", "Purged") else ""
    return (urgent, _status(body), failed, deleted)


def _tone(body: Body) -> Tone:
    return Tone.ALERT if "fail" in _status(body).lower() else Tone.PLAIN


# The kinds.

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
    # The developer guide names none; permission to read messages suffices.
    permission="ReadMessages",
    summary="incoming text or picture message, with its text",
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
        # The parts of the number are in a payload of 2025-07-30 (developer guide, "Receiving SMS
        # and MMS messages").
        "from": {
            "phoneNumber": "+16505550199",
            "location": "Oakland, CA",
            "phoneNumberInfo": {
                "countryCode": "1",
                "nationalDestinationCode": "650",
                "subscriberNumber": "5550199",
            },
        },
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
    summary="new voicemail",
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
    summary="incoming fax",
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
    """Return a kind of the message store, narrowed to a type of message and a direction.

    Args:
        type_: The type in the filter; empty for all.
        direction: ``Inbound``, ``Outbound``, or empty for both.
        noted: The type in the notification.
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
        history=HistorySource("messages", HistoryStore.MESSAGES, lacks="changes of messages"),
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
