import pytest

from rc_tail.events.families.account import (
    describe_address,
    describe_directory,
    describe_extension,
    describe_extensions,
    describe_favorites,
    describe_grants,
    describe_number,
)
from rc_tail.events.kinds import EventLine, Tone

BOB = {"eventType": "Update", "name": "Bob", "extensionNumber": "102", "department": "Sales"}


@pytest.mark.parametrize(
    ("contacts", "line"),
    [
        ([BOB], EventLine(who="Bob", what="changed, ext. 102, Sales")),
        ([{"firstName": "Cy", "lastName": "Doe"}], EventLine(who="Cy Doe", what="changed")),
        ([{"id": 7, "eventType": "Delete"}], EventLine(who="extension 7", what="deleted")),
        (
            [BOB, {"id": 7, "eventType": "Create"}],
            EventLine(what="Bob: changed, ext. 102, Sales; extension 7: created"),
        ),
        ([{}], EventLine(what="changed")),
        ([], EventLine(what="the directory changed")),
    ],
)
def test_the_directory(contacts, line):
    assert describe_directory({"contacts": contacts}) == line


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (
            {"extensionId": 5, "eventType": "Update", "hints": ["Features", "Limits"]},
            EventLine(who="extension 5", what="extension changed: Features, Limits"),
        ),
        (
            {"extensionId": 5, "eventType": "Delete"},
            EventLine(who="extension 5", what="extension deleted", tone=Tone.ALERT),
        ),
        ({"eventType": "Novel"}, EventLine(what="extension Novel")),
    ],
)
def test_an_extension(body, line):
    assert describe_extension(body) == line
    assert describe_extensions({"extensions": [body]}) == line


def test_several_extensions():
    changed: list[dict[str, object]] = [
        {"extensionId": "4", "eventType": "Create"},
        {"extensionId": "2", "eventType": "Update", "hints": ["Features"]},
    ]
    assert describe_extensions({"extensions": changed}) == EventLine(
        what="extension 4 created; extension 2 changed: Features"
    )
    # The other shape has one, without a list.
    assert describe_extensions({"ownerId": "9", **changed[1]}) == EventLine(
        who="extension 2", what="extension changed: Features"
    )
    assert describe_extensions({}) == EventLine(what="the extensions of the account changed")


@pytest.mark.parametrize(
    ("describe", "what"),
    [
        (describe_favorites, "favorite contacts changed"),
        (describe_grants, "access to other extensions changed"),
        (describe_address, "emergency address changed, device 7"),
    ],
)
def test_what_must_be_fetched(describe, what):
    assert describe({"extensionId": "5", "deviceId": 7}) == EventLine(who="extension 5", what=what)


def test_a_number():
    info = {
        "phoneNumber": "+1650",
        "location": "Washington, DC",
        "type": "VoiceFax",
        "contactCenterProvider": {"name": "Example"},
    }
    assert describe_number({"eventType": "Deleted", "phoneNumberInfo": info}) == EventLine(
        who="+1650", what="number deleted, Washington, DC, VoiceFax, Example"
    )
