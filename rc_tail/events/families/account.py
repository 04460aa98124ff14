"""Account and directory: extensions, contacts, grants, numbers, addresses."""

from rc_tail.events.families.fields import (
    as_object,
    extension_label,
    extension_number_label,
    first_text,
    join_nonempty,
    objects_in,
    texts_in,
)
from rc_tail.events.kinds import Body, EventKind, EventLine, Level, Tone

_X = "/restapi/v1.0/account/~/extension/~"
_A = "/restapi/v1.0/account/~"

_EVENTS = {
    "Create": "created",
    "Created": "created",
    "Update": "changed",
    "Updated": "changed",
    "Delete": "deleted",
    "Deleted": "deleted",
}


def describe_directory(body: Body) -> EventLine:
    """Describe changed entries of the company directory."""
    entries = objects_in(body.get("contacts"))
    subject = _entry_name(entries[0]) if len(entries) == 1 else ""
    said = join_nonempty((_entry(e, named=not subject) for e in entries), "; ")
    return EventLine(who=subject, what=said or "the directory changed")


def _entry_name(entry: Body) -> str:
    name = first_text(entry, "name") or join_nonempty(
        (first_text(entry, "firstName"), first_text(entry, "lastName")), " "
    )
    return (
        name
        or extension_number_label(first_text(entry, "extensionNumber"))
        or extension_label(first_text(entry, "id"))
    )


def _entry(entry: Body, *, named: bool) -> str:
    number_ = extension_number_label(first_text(entry, "extensionNumber"))
    what = join_nonempty(
        (
            _happened(entry),
            number_,
            first_text(entry, "type"),
            first_text(entry, "status"),
            first_text(entry, "department"),
        )
    )
    name = _entry_name(entry) if named else ""
    return join_nonempty((name, what), ": ")


def _happened(body: Body) -> str:
    event = first_text(body, "eventType")
    return _EVENTS.get(event, event) or "changed"


def describe_extension(body: Body) -> EventLine:
    """Describe a change of an extension."""
    hints = join_nonempty(texts_in(body.get("hints")))
    return EventLine(
        who=extension_label(first_text(body, "extensionId")),
        what=join_nonempty((f"extension {_happened(body)}", hints), ": "),
        tone=Tone.ALERT if _happened(body) == "deleted" else Tone.PLAIN,
    )


def describe_extensions(body: Body) -> EventLine:
    """Describe extensions of the account that were created, changed or deleted.

    The body has a list of them, or is one itself (TypeScript SDK, ExtensionListEventBody).
    """
    if "extensions" not in body and first_text(body, "extensionId"):
        return describe_extension(body)
    changed = [describe_extension(e) for e in objects_in(body.get("extensions"))]
    if len(changed) == 1:
        return changed[0]
    said = join_nonempty((f"{e.who} {e.what.removeprefix('extension ')}" for e in changed), "; ")
    return EventLine(what=said or "the extensions of the account changed")


def describe_favorites(body: Body) -> EventLine:
    """Describe a change of favorites; the event does not say which."""
    return EventLine(
        who=extension_label(first_text(body, "extensionId")), what="favorite contacts changed"
    )


def describe_grants(body: Body) -> EventLine:
    """Describe a change of grants; the event does not say which."""
    return EventLine(
        who=extension_label(first_text(body, "extensionId")),
        what="access to other extensions changed",
    )


def describe_address(body: Body) -> EventLine:
    """Describe a new emergency address of a device."""
    device = first_text(body, "deviceId")
    return EventLine(
        who=extension_label(first_text(body, "extensionId")),
        what=join_nonempty(("emergency address changed", f"device {device}" if device else "")),
    )


def describe_number(body: Body) -> EventLine:
    """Describe a contact center number that was created, changed or deleted."""
    info = as_object(body.get("phoneNumberInfo"))
    return EventLine(
        who=first_text(info, "phoneNumber"),
        what=join_nonempty(
            (
                f"number {_happened(body)}",
                first_text(info, "location"),
                first_text(info, "type"),
                first_text(as_object(info.get("contactCenterProvider")), "name"),
            )
        ),
    )


_SUBJECT = {"extensionId": "400000101"}

KINDS: tuple[EventKind, ...] = (
    EventKind(
        name="directory",
        repeats=True,
        family="account",
        path=f"{_A}/directory/entries",
        # In answers of the live service in 2021.
        other_paths=(f"{_A}/directory/contacts",),
        level=Level.ACCOUNT,
        permission="ReadAccounts",
        summary="entries of the company directory changed",
        describe=describe_directory,
        sample={
            "contacts": [
                {
                    "eventType": "Update",
                    "id": "400000102",
                    "type": "User",
                    "status": "Enabled",
                    "name": "Bob Sample",
                    "firstName": "Bob",
                    "lastName": "Sample",
                    "department": "Sales",
                    "email": "bob@example.com",
                    "extensionNumber": "102",
                    "account": {"id": "400000001"},
                    "phoneNumbers": [
                        {
                            "phoneNumber": "+16505550102",
                            "usageType": "DirectNumber",
                            "type": "VoiceFax",
                        }
                    ],
                    "profileImage": {"etag": "0123456789abcdef"},
                    "site": {"id": "400000800", "name": "West branch"},
                }
            ]
        },
    ),
    EventKind(
        name="extension",
        repeats=True,
        family="account",
        path=_X,
        level=Level.EXTENSION,
        permission="ReadAccounts",
        summary="the settings of an extension changed",
        describe=describe_extension,
        sample={
            **_SUBJECT,
            "eventType": "Update",
            "hints": ["ExtensionInfo", "CompanyNumbers"],
        },
    ),
    EventKind(
        name="extensions",
        repeats=True,
        family="account",
        path=f"{_A}/extension",
        level=Level.ACCOUNT,
        permission="ReadAccounts",
        summary="extensions of the account were created, changed or deleted",
        describe=describe_extensions,
        sample={
            "extensions": [
                {"extensionId": "400000104", "eventType": "Create"},
                {"extensionId": "400000103", "eventType": "Delete"},
                {"extensionId": "400000102", "eventType": "Update", "hints": ["Features"]},
            ]
        },
    ),
    EventKind(
        name="favorites",
        repeats=True,
        also="favorite",
        family="account",
        path=f"{_X}/favorite",
        level=Level.EXTENSION,
        permission="ReadContacts",
        summary="the favorite contacts of an extension changed",
        describe=describe_favorites,
        sample=_SUBJECT,
    ),
    EventKind(
        name="grants",
        repeats=True,
        also="grant",
        family="account",
        path=f"{_X}/grant",
        level=Level.EXTENSION,
        permission="ReadAccounts",
        summary="an extension's access to other extensions changed",
        describe=describe_grants,
        sample=_SUBJECT,
    ),
    EventKind(
        name="emergency-address",
        repeats=True,
        also="emergency-addresses",
        family="account",
        path=f"{_A}/device/{{id}}/emergency-address",
        id_name="device id",
        id_example="400000700",
        level=Level.ACCOUNT,
        permission="ReadAccounts",
        summary="the emergency address of a device changed",
        describe=describe_address,
        sample={**_SUBJECT, "deviceId": "400000700"},
    ),
    EventKind(
        name="cc-numbers",
        repeats=True,
        also="cc-number",
        family="account",
        path=f"{_A}/phone-number",
        fixed=(("usageType", "ContactCenterNumber"),),
        level=Level.ACCOUNT,
        permission="ReadAccounts",
        summary="a contact center number was created, changed or deleted",
        describe=describe_number,
        sample={
            "eventType": "Created",
            "phoneNumberInfo": {
                "uri": "https://platform.ringcentral.com/restapi/v1.0/account/400000001/phone-number/400000600",
                "id": "400000600",
                "phoneNumber": "+16505550160",
                "paymentType": "Local",
                "location": "Washington, DC",
                "type": "VoiceFax",
                "usageType": "ContactCenterNumber",
                "status": "Normal",
                "contactCenterProvider": {"id": "12345", "name": "Example Provider"},
            },
        },
    ),
)
