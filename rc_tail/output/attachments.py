"""What is attached to an event, and what its files are called: from ids and the date alone."""

import re
from datetime import UTC

import msgspec

from rc_tail.events.event_uri import parse_event_uri
from rc_tail.events.families.fields import (
    attachment_words,
    first_text,
    objects_in,
    sender_name,
)
from rc_tail.events.families.messages import is_text_part
from rc_tail.events.kinds import Body
from rc_tail.events.matching import kind_of
from rc_tail.gateway.messages import Notification
from rc_tail.output.payloads import payload_of
from rc_tail.text.timestamps import in_zone, parse_timestamp

# The type of message in bodies of events and in records, and what --attachments calls it.
CHOICES = {"voicemail": "voicemail", "fax": "fax", "sms": "mms"}
UNDATED = "undated"
# A text has ten at most (API reference, "Send MMS").
_MOST = 100
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
# Their bodies have no type.
_HIGH_VOLUME = frozenset({"sms2-in", "sms2-out", "a2p-messages"})
_GONE = frozenset({"Deleted", "Purged"})


class InvalidAttachmentError(ValueError):
    """An attachment without a usable id or address, with the reason in words."""


class Attachment(msgspec.Struct, frozen=True):
    """A file that is attached to an event.

    Attributes:
        uri: Where its content is, untrusted: absolute, or from the server's root.
        date: The day of the message in UTC, such as ``2026-11-26``.
        name: Such as ``sms-70001-1``: the name of its file without the extension.
        words: What it is and whose, such as ``image cat.jpg from Bob``; untrusted.
    """

    uri: str
    date: str
    name: str
    words: str


def attachments_of(event: Notification, choices: frozenset[str]) -> list[Attachment]:
    """Return what is attached to a message; texts are left out.

    Args:
        choices: Whose attachments are wanted: some of the values of `CHOICES`.

    Raises:
        InvalidAttachmentError: One has no usable id or address, or there are too many.
    """
    if b'"attachments"' not in event.payload:
        return []
    payload = payload_of(event.payload)
    body = payload.get("body") if isinstance(payload, dict) else None
    if not isinstance(body, dict) or first_text(body, "availability") in _GONE:
        return []
    name = _name_of(event, body)
    parts = [part for part in objects_in(body.get("attachments")) if not is_text_part(part)]
    if not parts or CHOICES.get(name.removesuffix("2")) not in choices:
        return []
    if len(parts) > _MOST:
        raise InvalidAttachmentError(f"{len(parts)} attachments; at most {_MOST} are saved")
    id_ = _id(first_text(body, "id"), "message")
    date = _date_of(first_text(body, "creationTime") or event.timestamp)
    return [
        Attachment(
            uri=first_text(part, "uri", "contentUri") or _address(event, id_, part),
            date=date,
            name=f"{name}-{id_}-{number}",
            words=_words(name, part, body),
        )
        for number, part in enumerate(parts, 1)
    ]


def brings_attachments(event_filter: str, choices: frozenset[str]) -> bool:
    """Whether the events of a filter can have attachments that are wanted."""
    kind = kind_of(event_filter)
    name = "" if kind is None else kind.name
    return CHOICES.get("sms" if name in _HIGH_VOLUME else name) in choices


def _name_of(event: Notification, body: Body) -> str:
    type_ = first_text(body, "type").lower()
    if type_:
        return type_
    kind = kind_of(event.event)
    return "sms2" if kind is not None and kind.name in _HIGH_VOLUME else ""


def _words(name: str, part: Body, body: Body) -> str:
    what = name if name in ("voicemail", "fax") else ", ".join(attachment_words([part]))
    sender = sender_name(body)
    return f"{what} from {sender}" if sender else what


def _id(text: str, what: str) -> str:
    if not _ID.fullmatch(text):
        raise InvalidAttachmentError(f"invalid {what} id {text[:40]!r}")
    return text


def _date_of(timestamp: str) -> str:
    moment = parse_timestamp(timestamp)
    moment = None if moment is None else in_zone(moment, UTC)
    return UNDATED if moment is None else moment.date().isoformat()


def _address(event: Notification, id_: str, part: Body) -> str:
    """Return the address that the message store gives to an attachment.

    The events of texts need not give it (TypeScript SDK, InstantMessageAttachmentInfo).
    """
    uri = parse_event_uri(event.event)
    account, extension = uri.account or "~", uri.extension or "~"
    part_id = _id(first_text(part, "id"), "attachment")
    return (
        f"/restapi/v1.0/account/{account}/extension/{extension}"
        f"/message-store/{id_}/content/{part_id}"
    )
