import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rc_tail.errors import UsageError
from rc_tail.events.catalogue import KINDS
from rc_tail.gateway.messages import Notification
from rc_tail.output.template import FILTERS, WARN_AFTER, Template

BODY = {
    "from": {"phoneNumber": "+16505550199", "name": "Bob"},
    "to": [{"name": "Ada"}],
    "subject": "hi\n\tthere \x1b[31m",
    "direction": "Inbound",
    "attachments": [],
    "n": "DIGITS",
}
EVENT = "/restapi/v1.0/account/1/extension/2/message-store/instant?type=SMS"


def sms(body: object = BODY) -> Notification:
    payload = json.dumps({"uuid": "7", "event": EVENT, "body": body}).encode()
    payload = payload.replace(b'"DIGITS"', b"1" * 5000)
    return Notification("7", EVENT, "2026-03-02T09:36:00.000Z", payload)


def line(template: str, body: object = BODY) -> str:
    made = Template(template, warn=lambda words: pytest.fail(words))(sms(body)).decode()
    assert made.endswith("\n")
    return made[:-1]


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{kind}: {from} -> {to}", "sms: Bob -> Ada"),
        ("{text}", "hi\\n\\tthere \\x1b[31m"),
        ("{text|oneline}", "hi there \\x1b[31m"),
        ("{ text | oneline | upper }", "HI THERE \\x1b[31M"),
        ("{body.subject|json}", '"hi\\n\\tthere \\u001b[31m"'),
        ("{body.from.phoneNumber}", "+16505550199"),
        ("{body.to.0.name} {body.attachments}", "Ada []"),
        ("{uuid}{{x}}", "7{x}"),
        ("{time|utc}", "2026-03-02 09:36:00Z"),
        ("{body.n}", "1" * 5000),
        ("{time}", "2026-03-02T09:36:00.000Z"),
        ("{direction|lower}", "inbound"),
        ("a\\tb", "a\tb"),
        ("{body.missing}!", "!"),
    ],
)
def test_names_are_filled_in(template: str, text: str):
    assert line(template) == text


def test_local_times_are_this_machines(monkeypatch):
    monkeypatch.setenv("TZ", "XST-3")
    time.tzset()
    try:
        assert line("{time|local}") == "2026-03-02 12:36:00"
        assert line("{body.subject|local}", {"subject": "soon"}) == "soon"
        assert line("{body.subject|utc}", {"subject": "soon"}) == "soon"
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_long_text_can_be_cut():
    assert len(line("{body.subject|short}", {"subject": "x" * 100})) <= 60


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("", "empty"),
        ("{", "unmatched '{' at column 1"),
        ("a } b", "unmatched '}' at column 3"),
        ("{}", "is not a name"),
        ("{0}", "is not a name"),
        ("{a.__class__()}", "is not a name"),
        ("{a..b}", "is not a name"),
        ("{text|shout}", "unknown filter 'shout'"),
        ("{text!r}", "is not a name"),
    ],
)
def test_invalid_templates_are_rejected(template: str, words: str):
    with pytest.raises(UsageError) as refused:
        Template(template, warn=print)
    assert words in refused.value.message


def test_impossible_names_are_warned_of_at_once_and_print_empty():
    told: list[str] = []
    template = Template("[{form}]", told.append)
    assert template(sms()) == b"[]\n"
    assert len(told) == 1
    assert "{form}" in told[0]


def test_unknown_paths_are_warned_of_once():
    told: list[str] = []
    template = Template("{body.subjct} {body.subject} {text}", told.append)
    for _ in range(2 * WARN_AFTER):
        template(sms())
    assert told == [f"--template: none of the first {WARN_AFTER} events has {{body.subjct}}"]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_kind_fills_a_template(kind):
    event = kind.event_of("400000001", "400000101", kind.id_example or "1")
    payload = json.dumps({"event": event, "body": kind.sample}).encode()
    made = Template("{kind}|{what}", warn=pytest.fail)(Notification("1", event, "", payload))
    assert made.decode().partition("|")[2].strip()


@given(st.text(), st.sampled_from(sorted(FILTERS)), st.dictionaries(st.text(), st.text()))
def test_one_event_is_one_harmless_line(text: str, name: str, more: dict[str, str]):
    made = line(f"{{text|{name}}}{{body.subject|{name}}}", {**more, "subject": text})
    assert not any(ord(char) < 32 or 127 <= ord(char) < 160 for char in made)


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
@pytest.mark.parametrize("name", ["local", "utc"])
@pytest.mark.parametrize(
    "sent",
    [
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59-12:00",
    ],
)
def test_times_that_a_zone_does_not_have_are_shown_as_they_are(monkeypatch, zone, name, sent):
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        shown = line(f"{{body.subject|{name}}}", {"subject": sent})
    finally:
        monkeypatch.undo()
        time.tzset()
    assert shown == sent or shown[:4] in (sent[:4], "0001", "9999")


def test_no_depth_is_too_much():
    template = Template("e {body.a}", warn=pytest.fail)
    for depth in range(900, 1000):
        payload = f'{{"body":{{"a":{"[" * depth}{"]" * depth}}}}}'.encode()
        assert template(Notification("7", EVENT, "", payload)).startswith(b"e ")
