"""Lines of single messages: texts, voicemails and faxes.

The bodies of live events and the records of the message store have the same fields, so that what
comes from the history reads like what comes live.
"""

from rc_tail.events.families.fields import (
    count_text,
    duration_text,
    extension,
    first,
    join_nonempty,
    mapping,
    mappings,
    number,
    party_name,
    party_names,
    text,
    values,
)
from rc_tail.events.kinds import Body, EventLine, Tone

# TypeScript SDK, GetMessageInfoResponse.vmTranscriptionStatus.
_TRANSCRIPTION = {
    "Completed": "transcribed",
    "CompletedPartially": "partly transcribed",
    "InProgress": "transcription in progress",
    "NotAvailable": "no transcription",
    "Failed": "transcription failed",
    "TimedOut": "transcription timed out",
}
# What needs no word: it is how things should be.
_USUAL_STATUS = frozenset({"", "Received", "Sent", "Delivered"})


def describe_text(body: Body) -> EventLine:
    """Describe a text or picture message: the text is in ``subject``, or in v2 in ``text``."""
    words = first(body, "subject", "text")
    pictures = [a for a in mappings(body.get("attachments")) if not _is_text(a)]
    notes = join_nonempty((count_text(len(pictures) or None, "attachment"), *_notes(body)))
    said = words or ("" if pictures else "(no text)")
    return EventLine(
        who=party_name(body.get("from")),
        to=party_names(body.get("to")),
        what=join_nonempty((said, f"[{notes}]" if notes else ""), " "),
        text=words,
        direction=first(body, "direction"),
        tone=_tone(body),
    )


def describe_voicemail(body: Body) -> EventLine:
    """Describe a voicemail; the words of its transcription are never in the event."""
    lengths = (number(a.get("vmDuration")) for a in mappings(body.get("attachments")))
    length = next((seconds for seconds in lengths if seconds is not None), None)
    status = first(body, "vmTranscriptionStatus")
    said = _TRANSCRIPTION.get(status) or (f"transcription {status}" if status else "")
    return EventLine(
        who=party_name(body.get("from")),
        to=party_names(body.get("to")) or _owner(body),
        what=join_nonempty(("voicemail", duration_text(length), said, *_notes(body))),
        direction=first(body, "direction"),
        tone=_tone(body),
    )


def describe_fax(body: Body) -> EventLine:
    """Describe a fax; the sample of the developer guide has no ``to``."""
    resolution = first(body, "faxResolution")
    detail = f"{resolution.lower()} resolution" if resolution else ""
    pages = count_text(number(body.get("faxPageCount")), "page")
    return EventLine(
        who=party_name(body.get("from")),
        to=party_names(body.get("to")) or _owner(body),
        what=join_nonempty(("fax", pages, detail, *_notes(body))),
        direction=first(body, "direction"),
        tone=_tone(body),
    )


def describe_messages(body: Body) -> EventLine:
    """Describe a change of the message store, or a record of it.

    A change is a hint to go and fetch: it has counts and ids, but no text.
    """
    by_type = {"sms": describe_text, "pager": describe_text, "voicemail": describe_voicemail}
    type_ = first(body, "type").lower()
    if type_ == "fax":
        return describe_fax(body)
    if type_ in by_type:
        return by_type[type_](body)
    changes = join_nonempty(map(_change, mappings(body.get("changes"))), "; ")
    return EventLine(
        who=extension(first(body, "extensionId")),
        what=changes or "the message store changed",
        tone=Tone.PLAIN if changes else Tone.FAINT,
    )


def _change(change: Body) -> str:
    # A count is left out when it is zero.
    new, updated = number(change.get("newCount")), number(change.get("updatedCount"))
    ids = [text(i) for i in values(change.get("newMessageIds"))]
    counts = join_nonempty(
        (f"{new:.0f} new" if new else "", f"{updated:.0f} updated" if updated else "")
    )
    what = join_nonempty(
        (counts or "changed", f"[{join_nonempty(ids)}]" if join_nonempty(ids) else ""), " "
    )
    return f"{first(change, 'type') or 'messages'}: {what}"


def _is_text(attachment: Body) -> bool:
    return first(attachment, "contentType") == "text/plain" or first(attachment, "type") == "Text"


def _owner(body: Body) -> str:
    return party_name(mapping(body.get("owner")))


def _status(body: Body) -> str:
    status = first(body, "messageStatus")
    return "" if status in _USUAL_STATUS else status


def _notes(body: Body) -> tuple[str, ...]:
    failed = first(body, "errorCode", "smsDeliveryErrorCode", "faxErrorCode")
    urgent = "high priority" if first(body, "priority") == "High" else ""
    deleted = "deleted" if first(body, "availability") in ("Deleted", "Purged") else ""
    return (urgent, _status(body), failed, deleted)


def _tone(body: Body) -> Tone:
    return Tone.ALERT if "fail" in _status(body).lower() else Tone.PLAIN
