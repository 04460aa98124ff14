import pytest

from rc_tail.events.families.people import CHAT, PERSON, Named
from rc_tail.output.names import NameBook


def owner(id_, name):
    return {"owner": {"extensionId": id_, "name": name}}


@pytest.fixture
def names():
    book = NameBook()
    book.learn(owner("400000101", "Ada Example"))
    book.learn({"id": "995", "name": "Ops", "eventType": "GroupJoined"})
    return book


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("extension 400000101", "Ada Example"),
        ("person 400000101", "Ada Example"),
        ("call queue 400000101", "Ada Example"),
        ("added person 400000101, person 7", "added Ada Example, person 7"),
        ("chat 995", "Ops"),
        ("chat 400000101", "chat 400000101"),
        ("person 995", "person 995"),
        ("extension 4000001012", "extension 4000001012"),
        ("ext. 101", "ext. 101"),
        ("+16505550101", "+16505550101"),
        ("", ""),
    ],
)
def test_ids_with_a_name(names, text, shown):
    assert names.named(text) == shown


def test_the_newest_name_counts(names):
    names.learn(owner("400000101", "Ada Married"))
    assert names.named("extension 400000101") == "Ada Married"


def test_what_was_found_out_is_taken_with_the_next_event(names):
    names.found.append(Named(PERSON, "102", "Bob Sample"))
    names.found.append(Named(CHAT, "996", "Sales"))
    names.learn({})
    assert names.named("person 102 in chat 996") == "Bob Sample in Sales"


def test_an_id_is_asked_for_once(names):
    asked = []
    names.ask = lambda label, id_: asked.append((label, id_))
    for _ in range(3):
        names.named("person 102, extension 103, chat 996, extension 400000101")
    names.named("extension 102")
    assert asked == [("person", "102"), ("extension", "103"), ("chat", "996")]


def test_only_a_few_are_asked_for(names):
    asked = []
    names.ask = lambda _label, id_: asked.append(id_)
    for number in range(1000):
        names.named(f"person {number}")
    assert len(asked) == 40


@pytest.mark.parametrize(("id_", "name"), [("7", "x" * 201), ("7" * 21, "Bob")])
def test_what_is_too_long_is_not_remembered(names, id_, name):
    names.learn(owner(id_, name))
    assert names.named(f"person {id_}") == f"person {id_}"
    names.learn(owner("7", "x" * 200))
    assert names.named("person 7") == "x" * 200


def test_it_is_bounded(names):
    for number in range(5000):
        names.learn(owner(str(number), "Bob"))
    assert names.named("extension 4999") == "Bob"
    assert names.named("extension 400000101") == "extension 400000101"
    assert names.named("extension 2999") == "extension 2999"
