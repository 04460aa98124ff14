"""Invented people outside the company, and their messages."""

import re
from random import Random  # noqa: TID251 - the type; traffic.py makes the one instance
from typing import NamedTuple


class Outsider(NamedTuple):
    """A person outside the company.

    Attributes:
        number: In the range that is reserved for fiction.
        name: Empty where the number is not in the address book.
        place: Where the number is from.
    """

    number: str
    name: str
    place: str


# As RingCentral's own web client knows it (ringcentral-js-widgets).
ANONYMOUS = Outsider("anonymous", "", "")
_WITHHELD = frozenset({"+16505550117", "+16505550135", "+16505550153"})
_NAMES = (
    "Grace Muster",
    "José Ejemplo",
    "Zoë Beispiel",
    "Мария Пример",
    "山田 太郎",
    "Priya Sample",
    "Olu Specimen",
    "",
    "",
)
_PLACES = ("Oakland, CA", "Moss Beach, CA", "Denver, CO", "Austin, TX", "Reno, NV")
_NORTH_AMERICAN = re.compile(r"\+1[2-9]\d{9}")
_TEXTS = (
    "Are we still on for noon?",
    "Running ten minutes late, sorry!",
    "Your order 4711 is ready for pick-up.",
    "Thanks, that worked 👍",
    "Could you call me back this afternoon?",
    "Invoice 2093 is attached. Payment is due on the 15th.",
    "¿Puedes confirmar la cita de mañana?",
    "明日の会議は10時からです",
    "Happy birthday!! 🎂🎉",
    "STOP",
    "The delivery is at the back door.\nPlease ring twice.",
    'He said "maybe" – I would not count on it.',
    "Reminder: appointment on Monday at 9:30. Reply C to confirm.",
    "👩‍💻 is the build green again?",
    "ok",
)
# What comes with a text: the type of its content, and the name of the file.
_ATTACHED = {
    "Invoice 2093 is attached. Payment is due on the 15th.": (
        "application/pdf",
        "invoice-2093.pdf",
    ),
    "Happy birthday!! 🎂🎉": ("image/jpeg", "cake.jpg"),
}
_POSTS = (
    "Deploy is done",
    "Who has the key to room 3?",
    "Standup in five minutes ☕",
    "The numbers for March are in, up 4 %",
    "Can anyone look at ticket 512?",
    "Lunch? 🍜",
)

# The posts that these answer.
_REPLIES = {"Deploy is done": "25999999999999"}


def random_outsider(random: Random) -> Outsider:
    """Return a random person; a number always has the same name and place."""
    index = random.randint(0, 44)
    number = f"+1650555{110 + index:04}"
    return Outsider(number, _NAMES[index % len(_NAMES)], _PLACES[index % len(_PLACES)])


def random_caller(random: Random) -> Outsider:
    """Return a random person, of whom some withhold their number when they call."""
    person = random_outsider(random)
    return ANONYMOUS if person.number in _WITHHELD else person


def number_parts(number: str) -> dict[str, str] | None:
    """Return the parts of a North American number as a text carries them; None for others."""
    if not _NORTH_AMERICAN.fullmatch(number):
        return None
    return {
        "countryCode": "1",
        "nationalDestinationCode": number[2:5],
        "subscriberNumber": number[5:],
    }


def attached_to(text: str) -> tuple[str, str] | None:
    """Return the type of the content and the file name of what comes with a text, or None."""
    return _ATTACHED.get(text)


def answered_by(post: str) -> str | None:
    """Return the id of the post that this one replies to, or None."""
    return _REPLIES.get(post)


def random_text(random: Random) -> str:
    """Return a random text of an outsider."""
    return random.choice(_TEXTS)


def random_post(random: Random) -> str:
    """Return a random post of a colleague."""
    return random.choice(_POSTS)
