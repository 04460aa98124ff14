from typing import ClassVar

from rc_tail.text.secret_struct import SecretStruct


class Card(SecretStruct, frozen=True):
    hidden: ClassVar[frozenset[str]] = frozenset({"pin"})

    name: str
    pin: str = "0000"


def test_what_is_hidden_is_not_shown():
    assert repr(Card("ada", "1234")) == str(Card("ada", "1234")) == "Card(name='ada')"
    assert "1234" not in repr([Card("ada", "1234")])


def test_it_is_a_value_all_the_same():
    assert Card("ada", "1234") == Card("ada", "1234") != Card("ada", "4321")
    assert Card("ada").pin == "0000"
