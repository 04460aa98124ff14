"""Read fields of untrusted JSON bodies; nothing here raises.

Ids are numbers in some bodies and strings in others, fields are missing or null in live events,
and a party is an object, a plain number or a list of either.
"""

from collections.abc import Iterable
from typing import Any

from rc_tail.events.kinds import Body
from rc_tail.text.wording import count_words, duration_words

# Longer integers are not ids, and converting them to text takes quadratic time.
_LONGEST = 10**40
ANONYMOUS = "anonymous"
_MEDIA = frozenset({"image", "video", "audio"})
_OF_POSTS = frozenset({"file", "note", "event", "card"})
_CONTENT_TYPES = {
    "application/pdf": "pdf",
    "text/vcard": "contact",
    "text/x-vcard": "contact",
    "text/directory": "contact",
    "text/calendar": "calendar entry",
}


def as_text(value: object) -> str:
    """Return a string or a number as text; empty for anything else."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return str(value) if isinstance(value, float) or abs(value) < _LONGEST else ""


def first_text(body: Body, *names: str) -> str:
    """Return the first of these fields that is a non-empty text or a number; empty for none."""
    for name in names:
        value = body.get(name)
        # Nearly always a text or missing. An event has about ten of these, and calling `as_text` for
        # each would take longer than the rest of this function.
        if value is not None and (found := value if isinstance(value, str) else as_text(value)):
            return found
    return ""


def as_object(value: object) -> Body:
    """Return a JSON object as it is; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[Any]:
    """Return a list as it is; an empty one for anything else."""
    return value if isinstance(value, list) else []


def objects_in(value: object) -> list[Body]:
    """Return the objects of a list."""
    if not isinstance(value, list):
        return []
    return [item for item in value if isinstance(item, dict)]


def texts_in(value: object) -> list[str]:
    """Return the texts in a list; for an object in it, its ``id`` or name."""
    found = (
        first_text(item, "id", "name") if isinstance(item, dict) else as_text(item)
        for item in as_list(value)
    )
    return [item for item in found if item]


def as_number(value: object) -> float | None:
    """Return a number below 10**15, also one written as text; None for anything else."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 15:
        return float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < 1e15 else None


def is_flag_set(value: object) -> bool:
    """Whether a value is true, or the text ``true``."""
    return value is True or value == "true"


def party_name(value: object) -> str:
    """Return the name of a party, else its number, else its extension.

    The number of a caller who withholds it is ``anonymous`` (RingCentral's own web client,
    ringcentral-js-widgets).
    """
    party = as_object(value)
    name = (
        first_text(party, "name").strip()
        or first_text(party, "phoneNumber").strip()
        or as_text(value).strip()
    )
    if name:
        return ANONYMOUS if name.casefold() == ANONYMOUS else name
    return extension_number_label(first_text(party, "extensionNumber")) or extension_label(
        first_text(party, "extensionId")
    )


def sender_name(body: Body) -> str:
    """Return who calls or writes; ``anonymous`` where an incoming event does not say."""
    named = party_name(body.get("from"))
    return named or (ANONYMOUS if first_text(body, "direction") == "Inbound" else "")


def party_names(value: object) -> str:
    """Return the names of one party or of a list of them, separated by commas."""
    return join_nonempty(map(party_name, value if isinstance(value, list) else [value]))


def extension_label(id_: str) -> str:
    """Return ``extension 400000101`` for an id; empty without one."""
    return f"extension {id_}" if id_ else ""


def extension_number_label(number: str) -> str:
    """Return ``ext. 101`` for an extension number; empty without one."""
    return f"ext. {number}" if number else ""


def attachment_words(attachments: Iterable[object]) -> list[str]:
    """Return what is attached, such as ``image cat.jpg``, or ``2 images`` without file names."""
    words: dict[str, int] = {}
    for each in attachments:
        word = _attachment(as_object(each))
        words[word] = words.get(word, 0) + 1
    return [word if count == 1 else count_words(count, word) for word, count in words.items()]


def content_type_of(attachment: Body) -> str:
    """Return the type of the content, such as ``image/jpeg``, without parameters."""
    return first_text(attachment, "contentType").partition(";")[0].strip().lower()


def _attachment(attachment: Body) -> str:
    content_type = content_type_of(attachment)
    type_ = content_type.partition("/")[0]
    if content_type in _CONTENT_TYPES:
        type_ = _CONTENT_TYPES[content_type]
    elif type_ not in _MEDIA:
        # A post says only its type: File, Note, Event or Card (TypeScript SDK, TMAttachmentInfo).
        of_post = first_text(attachment, "type").lower()
        type_ = of_post if of_post in _OF_POSTS else "attachment"
    return join_nonempty((type_, first_text(attachment, "fileName", "name")), " ")


def optional_duration(seconds: float | None) -> str:
    """Return a duration in whole seconds, such as ``3 min 5 s``; empty when it is not known."""
    return "" if seconds is None or seconds < 0 else duration_words(round(seconds))


def optional_count(count: float | None, noun: str) -> str:
    """Return ``1 page`` or ``2 pages``; empty when the number is not known."""
    if count is None:
        return ""
    return count_words(int(count) if count == int(count) else count, noun)


def join_nonempty(parts: Iterable[str], separator: str = ", ") -> str:
    """Join the parts that are not empty."""
    return separator.join(filter(None, parts))
