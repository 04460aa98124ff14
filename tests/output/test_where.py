import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rc_tail.errors import UsageError
from rc_tail.output.where import WARN_AFTER, Where
from tests.output.events import notification

SMS = {
    "event": "/restapi/v1.0/account/1/extension/2/message-store/instant?type=SMS",
    "body": {
        "direction": "Inbound",
        "subject": "hello there",
        "to": [{"name": "Ada"}, {"name": "Bob"}],
        "count": 0,
        "read": False,
    },
}


def event(payload: object = SMS):
    return notification(payload=json.dumps(payload).encode())


def where(*expressions: str) -> Where:
    return Where(expressions, warn=lambda words: pytest.fail(words))


@pytest.mark.parametrize(
    ("expression", "passes"),
    [
        ("body.direction == 'Inbound'", True),
        ("body.direction == 'Outbound'", False),
        ("body.direction", True),
        ("body.nothing", False),
        ("body.count", True),
        ("body.read", False),
        ("!(body.read)", True),
        ("body.to[?name == 'Bob']", True),
        ("body.to[?name == 'Eve']", False),
        ("length(body.to) > `1`", True),
        ("contains(body.subject, 'there')", True),
        ("starts_with(body.nothing, 'x')", False),
        ("body.subject < `1`", False),
        ("body.to[?name > `1`]", False),
        ("!(body.subject > `1`)", True),
        ("body.subject >= `1` || body.direction == 'Inbound'", True),
        ("map(&(name > `1`), body.to)[0] == `null`", True),
        ("body.subject < 'i' && body.count < `1`", True),
        ("contains(body.subject, `1`)", False),
        ("body.to[::0]", False),
        ("ceil(to_number('1e999'))", False),
        ("contains(event, 'type=SMS') && body.direction != 'Outbound'", True),
    ],
)
def test_what_is_true_of_an_event_passes(expression: str, passes: bool):
    assert where(expression)(event()) is passes


def test_all_expressions_must_hold():
    assert where("body.direction", "body.subject")(event())
    assert not where("body.direction", "body.read")(event())


@pytest.mark.parametrize("payload", [[], "text", None, {"body": None}, {"body": [1]}])
def test_payloads_of_any_shape_are_tried(payload: object):
    assert not where("body.direction == 'Inbound'")(event(payload))


@pytest.mark.parametrize(
    ("expression", "message", "column"),
    [
        ("body.direction = 'x'", "Unknown token '='", 16),
        ("body.", "Expecting", 6),
        ("a == 'x", "Unclosed ' delimiter", 6),
        ("foo(", "Incomplete expression", 5),
    ],
)
def test_a_wrong_expression_is_refused_with_its_column(expression, message, column):
    with pytest.raises(UsageError) as refused:
        where(expression)
    assert message in refused.value.message
    assert f"at column {column}" in refused.value.message
    assert "\n" not in refused.value.message
    shown, mark, _ = refused.value.hint.split("\n")
    assert shown == expression
    assert mark == " " * (column - 1) + "^"


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("!" * 5000 + "a", "nested too deeply"),
        ("(" * 5000 + "a" + ")" * 5000, "nested too deeply"),
        ("a" + " || a" * 5000, "nested too deeply"),
        (f"a[{'1' * 5000}]", "a number has too many digits"),
    ],
)
def test_what_no_stack_and_no_number_holds_is_refused(expression, words):
    with pytest.raises(UsageError, match=words):
        where(expression)


def test_numbers_without_end_are_their_digits():
    digits = "1" * 5000
    odd = notification(payload=f'{{"body":{{"n":{digits},"direction":"Inbound"}}}}'.encode())
    assert where("body.direction == 'Inbound'", f"body.n == '{digits}'")(odd)


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "nosuch(body)",
        "length()",
        "length(a, b)",
        "body.a && nosuch(body)",
        "nosuch(length(body.a))",
        "body.a[?length(@, @) == `1`]",
        "map(&nosuch(@), body.a)",
    ],
)
def test_other_wrong_expressions_are_refused_in_one_sentence(expression):
    with pytest.raises(UsageError) as refused:
        where(expression)
    assert refused.value.message.startswith("--where: ")
    assert "\n" not in refused.value.message


# Of strings in backquotes without quotation marks, which jmespath still takes.
@pytest.mark.filterwarnings("ignore:deprecated string literal:PendingDeprecationWarning")
@given(st.text())
@example("``")
def test_any_text_is_an_expression_or_refused(text: str):
    told = ""
    try:
        Where([text], warn=lambda words: None)(event())
    except UsageError as error:
        told = error.message
    assert "\n" not in told


@pytest.mark.parametrize(
    ("expression", "missing"),
    [
        ("body.direcion == 'Inbound'", "body.direcion"),
        ("body.direction == Inbound", "Inbound"),
        ("a.b || body.subject || c", "a.b, c"),
        ("body.to[?nam == 'x']", ""),
        ("body.tu[?name == 'x'] | [0]", "body.tu"),
        ("body.tu[0].name", "body.tu"),
        ("length(nothing)", "nothing"),
        ("body.direction\t", ""),
    ],
)
def test_unknown_fields_are_warned_of_once(expression: str, missing: str):
    told: list[str] = []
    checked = Where([expression], told.append)
    for _ in range(WARN_AFTER - 1):
        checked(event())
    assert told == []
    for _ in range(WARN_AFTER):
        checked(event())
    assert told == (
        [f"--where: none of the first {WARN_AFTER} events has {missing}"] if missing else []
    )


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("kind == 'sms'", "rc-tail sms"),
        ("contains(text, 'x')", "use body.subject"),
        ("from.name == 'Bob'", "use body.from.phoneNumber"),
        ("time > `1` && time < `2`", "use timestamp"),
    ],
)
def test_words_of_templates_in_expressions_are_warned_of_at_once(expression: str, words: str):
    told: list[str] = []
    passes = Where([expression], told.append)
    assert len(told) == 1
    assert words in told[0]
    for _ in range(WARN_AFTER + 1):
        assert not passes(event())
    assert len(told) == 1
