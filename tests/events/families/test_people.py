import pytest
from hypothesis import given

from rc_tail.events.catalogue import by_name
from rc_tail.events.families.people import CHAT, PERSON, Named, full_name, names_in
from tests.events.hostile import ANYTHING

ADA = Named(PERSON, "400000101", "Ada Example")


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("sms", [ADA]),
        ("voicemail", []),
        ("calls", [ADA]),
        ("directory", [Named(PERSON, "400000102", "Bob Sample")]),
        ("team-chats", [Named(CHAT, "47000000001", "Ops")]),
        ("team-posts", []),
        ("presence", []),
    ],
)
def test_the_samples(kind, names):
    found = by_name(kind)
    assert found is not None
    assert list(names_in(found.sample)) == names


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({"owner": {"extensionId": 101, "name": "Ada"}}, [Named(PERSON, "101", "Ada")]),
        ({"to": {"extensionId": "1", "name": "Bob"}}, [Named(PERSON, "1", "Bob")]),
        ({"from": {"phoneNumber": "+1", "name": "Bob"}}, []),
        ({"from": {"extensionId": "1"}}, []),
        ({"from": {"extensionId": "1", "name": " "}}, []),
        (
            {
                "mentions": [
                    {"id": "1", "type": "Person", "name": "Bob"},
                    {"id": "2", "type": "Team", "name": "Ops"},
                    {"id": "3", "type": "File", "name": "cat.jpg"},
                ]
            },
            [Named(PERSON, "1", "Bob"), Named(CHAT, "2", "Ops")],
        ),
        ({"id": "4", "name": "Ops", "eventType": "GroupJoined"}, [Named(CHAT, "4", "Ops")]),
        ({"id": "4", "name": None, "eventType": "GroupJoined"}, []),
        ({"contacts": [{"id": "5", "firstName": "Cleo"}]}, [Named(PERSON, "5", "Cleo")]),
        ({}, []),
    ],
)
def test_names_beside_ids(body, names):
    assert list(names_in(body)) == names


def test_a_name_in_two_fields():
    assert full_name({"firstName": "Ada", "lastName": "Example"}) == "Ada Example"
    assert full_name({"name": "Ada", "lastName": "Example"}) == "Ada"
    assert full_name({}) == ""


@given(ANYTHING)
def test_nothing_raises(value):
    if isinstance(value, dict):
        assert all(name.id for name in names_in(value))
