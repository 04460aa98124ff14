import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rc_tail.events.catalogue import KINDS
from rc_tail.events.matching import kind_of
from rc_tail.gateway.messages import Notification
from rc_tail.output.json_lines import frame_line
from rc_tail.output.mask import Mask

KEY = b"0123456789abcdef"


def event(body: Any, uri: str = "/e") -> Notification:
    payload = json.dumps({"uuid": "1", "event": uri, "body": body}, ensure_ascii=False).encode()
    return Notification("1", uri, "t", payload, b'[{"type":"x"}, ' + payload + b"]")


def masked(body: Any, mask: Mask | None = None) -> Any:
    return json.loads((mask or Mask(KEY))(event(body)).payload)["body"]


def test_numbers_keep_their_shape_and_nothing_else():
    number = masked({"from": {"phoneNumber": "+1 (650) 555-0199"}})["from"]["phoneNumber"]
    assert number != "+1 (650) 555-0199"
    assert [c if not c.isdigit() else "9" for c in number] == list("+9 (999) 999-9999")


def test_the_parts_of_a_number_are_hidden_too():
    parts = {
        "countryCode": "1",
        "nationalDestinationCode": "650",
        "subscriberNumber": "5550199",
    }
    hidden = masked({"from": {"phoneNumberInfo": parts}})["from"]["phoneNumberInfo"]
    assert hidden["countryCode"] == "1"
    assert hidden["nationalDestinationCode"] != "650"
    assert hidden["subscriberNumber"] != "5550199"
    assert [len(value) for value in hidden.values()] == [1, 3, 7]


def test_names_keep_their_shape():
    name = masked({"name": "Ada O'Example 山田 Zoë"})["name"]
    assert name != "Ada O'Example 山田 Zoë"
    assert [c.isupper() for c in name[:13]] == [c.isupper() for c in "Ada O'Example"]
    assert (name[3], name[5]) == (" ", "'")
    assert name[14:16] == "＊＊"


def test_texts_are_blanked_out():
    body = masked({"subject": "Meet at 9, Bob! 🎉", "text": "Ünï 山"})
    assert body == {"subject": "Xxxx xx 0, Xxx! 🎉", "text": "Xxx ＊"}


def test_a_person_is_hidden_the_same_way_everywhere():
    mask = Mask(KEY)
    one = masked({"from": {"phoneNumber": "+16505550199", "name": "Bob"}}, mask)["from"]
    two = masked({"to": ["+1 650 555 0199"], "fromName": "BOB", "from": "+16505550199"}, mask)
    assert two["from"] == one["phoneNumber"]
    assert two["to"][0].replace(" ", "") == one["phoneNumber"]
    assert two["fromName"] == one["name"].upper()


def test_two_people_and_two_runs_are_hidden_differently():
    names = {masked({"name": name})["name"] for name in ("Bob", "Eve", "Ada", "Joe")}
    assert len(names) == 4
    assert masked({"name": "Elizabeth"}, Mask(b"another key")) != masked({"name": "Elizabeth"})


def test_what_is_not_private_stays():
    body = {"id": 7, "type": "SMS", "creationTime": "2026-03-02T09:36:00.000Z", "read": None}
    assert masked(body) == body


def test_file_names_are_hidden_and_a_withheld_number_stays_withheld():
    body = {"from": {"phoneNumber": "anonymous", "name": "Anonymous"}}
    assert masked(body) == body
    shown = masked({"attachments": [{"contentType": "image/jpeg", "fileName": "ada at home.jpg"}]})
    assert "ada" not in str(shown)
    assert shown["attachments"][0]["contentType"] == "image/jpeg"


def test_numbers_in_filters_are_hidden():
    uri = "/restapi/v1.0/account/1/a2p-sms/messages?direction=Inbound&to=+16505550101"
    hidden = Mask(KEY)(event({}, uri))
    assert "6505550101" not in hidden.event
    assert "6505550101" not in hidden.payload.decode()
    assert hidden.event.startswith("/restapi/v1.0/account/1/a2p-sms/messages?direction=Inbound&to=")
    assert kind_of(hidden.event) is kind_of(uri)


def test_the_whole_message_is_hidden_as_well():
    shown = frame_line(Mask(KEY)(event({"name": "Ada"})))
    assert b"Ada" not in shown
    assert json.loads(shown)[0] == {"type": "x"}


def _strings(value: Any, name: str = "") -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [pair for key, inner in value.items() for pair in _strings(inner, key)]
    if isinstance(value, list):
        return [pair for inner in value for pair in _strings(inner, name)]
    return [(name, value)] if isinstance(value, str) else []


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_no_sample_gives_its_people_away(kind):
    shown = json.dumps(masked(kind.sample), ensure_ascii=False)
    for name, value in _strings(kind.sample):
        private = name in ("name", "subject", "text", "phoneNumber", "email", "fromName", "toName")
        if private and any(char.isalnum() for char in value):
            assert value not in shown, (name, value)


@given(st.text(max_size=50))
def test_any_text_keeps_its_length_and_the_same_way(text: str):
    try:
        first, second = masked({"name": text})["name"], masked({"name": text})["name"]
    except UnicodeEncodeError:
        return
    assert first == second
    assert len(first) == len(text)
    for shown, char in zip(first, text, strict=True):
        if not char.isalnum():
            assert shown == char
        assert not unicodedata.category(shown).startswith("Cc") or shown == char


DIGITS = "1" * 5000


def odd(inner: str) -> Notification:
    payload = f'{{"uuid":"1","event":"/e","body":{{"name":"Ada","x":{inner}}}}}'.encode()
    return Notification("1", "/e", "t", payload, b'[{"type":"x"}, ' + payload + b"]", "s")


@pytest.mark.parametrize(
    ("inner", "shown"), [(DIGITS, DIGITS), ("1e999", "1e999"), ("1.5", 1.5), ("-7", -7)]
)
def test_numbers_without_end_are_their_digits(inner: str, shown: object):
    body = json.loads(Mask(KEY)(odd(inner)).payload)["body"]
    assert body["x"] == shown
    assert body["name"] != "Ada"


@pytest.mark.parametrize("depth", [99, 900, 975, 985, 5000])
@pytest.mark.parametrize("brackets", ["[]", ('{"a":', "}")])
def test_what_is_nested_deeply_is_hidden_as_a_whole(depth: int, brackets: tuple[str, str]):
    event = odd(brackets[0] * depth + '"secret"' + brackets[1] * depth)
    hidden = Mask(KEY)(event)
    shown = json.loads(hidden.payload)
    assert (shown["uuid"], shown["event"]) == ("1", "/e")
    assert "…" in hidden.payload.decode()
    assert b"secret" not in hidden.frame
    assert json.loads(hidden.frame)[1] == shown


_NAMES = st.sampled_from(["name", "text", "from", "a", "ü", "body"])
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12) | st.sampled_from(["+16505550199", "a%2B16505550199", "1e999", "Anonymous"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(body=_VALUES)
def test_all_else_is_written_as_it_always_was(body):
    payload = Mask(KEY)(event(body)).payload
    plain = json.dumps(json.loads(payload), separators=(",", ":"), ensure_ascii=False)
    assert payload.decode() == plain


def test_a_surrogate_in_one_field_changes_nothing_in_the_others():
    # msgspec refuses such events: they take another way.
    body = {"n": [1.50, 1e22, -0.0, 10**30], "text": "Hé\x7f\x1f", "from": "+16505550199"}
    payload = json.dumps({"body": {**body, "other": "\ud800"}}).encode()
    unusual = json.loads(Mask(KEY)(Notification("1", "/e", "t", payload)).payload)["body"]
    assert unusual == {**masked(body), "other": "\ud800"}
