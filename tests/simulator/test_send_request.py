import pytest

from rc_tail.errors import UsageError
from rc_tail.simulator.send_request import find_kind, read_send_request
from rc_tail.simulator.service.company import ADA, BOB


def test_an_event_is_found_by_either_of_its_names():
    assert find_kind("voicemail")[0] is find_kind("Voicemails")[0]
    kind, id_ = find_kind("queue-presence:42")
    assert (kind.name, id_) == ("queue-presence", "42")


@pytest.mark.parametrize(
    ("word", "hint"),
    [("smss", "Did you mean sms"), ("qqqq", "rc-tail events"), ("sms:42", "--set")],
)
def test_words_that_are_no_event(word, hint):
    with pytest.raises(UsageError) as error_answer:
        find_kind(word)
    assert hint in error_answer.value.hint


def test_everything_that_can_be_asked_for():
    order = read_send_request(
        {
            "event": "sms",
            "text": "hi",
            "from": "+1",
            "to": 2,
            "extension": "102",
            "count": 3,
            "set": [["a.b", {"c": 1}]],
        }
    )
    overrides = order.overrides
    assert (order.kind.name, order.count) == ("sms", 3)
    assert (overrides.text, overrides.sender, overrides.receiver, overrides.person) == (
        "hi",
        "+1",
        "2",
        BOB,
    )
    assert overrides.changes == (("a.b", {"c": 1}),)


def test_nothing_but_an_event_need_be_said():
    order = read_send_request({"event": "sms", "text": None})
    assert (order.count, order.overrides.text, order.overrides.person) == (1, None, ADA)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "unknown event"),
        ({"event": "sms", "extension": "999"}, "unknown extension"),
        ({"event": "sms", "count": 0}, "between 1 and 1000"),
        ({"event": "sms", "count": 1001}, "between 1 and 1000"),
        ({"event": "sms", "count": "x"}, "between 1 and 1000"),
    ],
)
def test_what_cannot_be(given, words):
    with pytest.raises(UsageError, match=words):
        read_send_request(given)
