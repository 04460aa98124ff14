"""The company that uses the simulated service: one account and its users, all of them invented."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ACCOUNT = "400000001"


@dataclass(frozen=True, slots=True)
class Person:
    """A user of the company.

    Attributes:
        id: The extension id.
        number: The extension number.
        phone: The direct number.
    """

    id: str
    number: str
    first: str
    last: str
    phone: str
    department: str

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first} {self.last}"

    @property
    def email(self) -> str:
        """The email address."""
        return f"{self.first.lower()}@example.com"


@dataclass(frozen=True, slots=True)
class Chat:
    """A team of the company; all its users are members."""

    id: str
    name: str


ADA = Person("400000101", "101", "Ada", "Example", "+16505550101", "Operations")
BOB = Person("400000102", "102", "Bob", "Sample", "+16505550102", "Sales")
CLEO = Person("400000103", "103", "Cleo", "Test", "+16505550103", "Support")
PEOPLE = (ADA, BOB, CLEO)
# Whose lines a user monitors.
_LINES = {ADA: (BOB, CLEO)}
CHATS = (Chat("995000000001", "Engineering"), Chat("47000000001", "Ops"))


def by_id(text: str) -> Person | None:
    """Return the user with this extension id, or None."""
    return next((person for person in PEOPLE if person.id == text), None)


def find_person(text: str) -> Person | None:
    """Return the user with this extension id or extension number, or None."""
    return by_id(text) or next((person for person in PEOPLE if person.number == text), None)


def watchers_of(person: Person) -> list[Person]:
    """Return the users who monitor the line of this one."""
    return [watcher for watcher, lines in _LINES.items() if person in lines]


def phone_number_record(person: Person, base: str) -> Mapping[str, Any]:
    """Return a user's number, as in ``GET .../extension/{id}/phone-number``."""
    id_ = 400000500 + int(person.number) % 100
    return {
        "uri": f"{base}/restapi/v1.0/account/{ACCOUNT}/phone-number/{id_}",
        "id": id_,
        "phoneNumber": person.phone,
        "paymentType": "Local",
        "type": "VoiceFax",
        "usageType": "DirectNumber",
        "status": "Normal",
        "features": ["CallerId", "SmsSender", "MmsSender"],
    }


def extension_record(person: Person, base: str) -> Mapping[str, Any]:
    """Return a user's representation, as in ``GET .../extension/{id}``."""
    account = f"{base}/restapi/v1.0/account/{ACCOUNT}"
    return {
        "uri": f"{account}/extension/{person.id}",
        "id": int(person.id),
        "extensionNumber": person.number,
        "name": person.name,
        "type": "User",
        "status": "Enabled",
        "account": {"uri": account, "id": ACCOUNT},
        "contact": {
            "firstName": person.first,
            "lastName": person.last,
            "email": person.email,
            "businessPhone": person.phone,
            "department": person.department,
        },
        "permissions": {"admin": {"enabled": person is ADA}},
        "hidden": False,
    }


def person_record(person: Person) -> Mapping[str, Any]:
    """Return a user's representation in team messaging (TypeScript SDK, TMPersonInfo)."""
    return {
        "id": person.id,
        "firstName": person.first,
        "lastName": person.last,
        "email": person.email,
        "companyId": ACCOUNT,
    }


def chat_record(chat: Chat) -> Mapping[str, Any]:
    """Return a team's representation (TypeScript SDK, TMChatInfo)."""
    return {
        "id": chat.id,
        "type": "Team",
        "public": False,
        "name": chat.name,
        "status": "Active",
        "members": [{"id": person.id, "email": person.email} for person in PEOPLE],
    }
