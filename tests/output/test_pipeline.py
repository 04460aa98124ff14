import json
from datetime import UTC, datetime

import pytest

from rc_tail.config.tail_options import TailOptions
from rc_tail.errors import UsageError
from rc_tail.events.selection.select import select
from rc_tail.gateway.drops import DropCounter
from rc_tail.gateway.event_key import event_key
from rc_tail.gateway.messages import Notification
from rc_tail.output.mask import Mask
from rc_tail.output.pipeline import keyed, make_mask, make_predicate, make_renderer

SMS = "/restapi/v1.0/account/1/extension/2/message-store/instant?type=SMS"
FAX = "/restapi/v1.0/account/1/extension/2/fax?direction=Inbound"


def wanted(**given: object) -> TailOptions:
    return TailOptions(select(["sms"]), **given)  # type: ignore[arg-type]


def event(uri: str = SMS, **body: object) -> Notification:
    payload = json.dumps({"uuid": "1", "event": uri, "body": body}, ensure_ascii=False).encode()
    return Notification("1", uri, "", payload, b"[{}," + payload + b"]")


def now() -> datetime:
    return datetime(2026, 3, 2, tzinfo=UTC)


def line(options: TailOptions, shown: Notification, width: int | None = None) -> str:
    render = make_renderer(
        options,
        pytest.fail,
        width=None if width is None else lambda: width,
        now=now,
        mask=make_mask(options, b"a key of this test"),
    )
    return render(shown).decode()


def test_without_filters_there_is_no_predicate():
    assert make_predicate(wanted(), pytest.fail) is None


def test_excluded_kinds_are_dropped():
    keep = make_predicate(wanted(exclude=select(["fax"]).filters), pytest.fail)
    assert keep is not None
    assert keep(event(SMS))
    assert not keep(event(FAX))


def test_a_filter_that_asks_for_less_drops_only_what_says_so():
    keep = make_predicate(wanted(exclude=(FAX,)), pytest.fail)
    assert keep is not None
    assert keep(event(FAX.partition("?")[0]))


def test_what_is_not_excluded_must_hold_as_well():
    drops = DropCounter()
    keep = make_predicate(
        wanted(exclude=(FAX,), where=("body.n > `1`", "body.n < `5`")), pytest.fail, drops
    )
    assert keep is not None
    assert [keep(event(SMS, n=n)) for n in (1, 3, 5)] == [False, True, False]
    assert not keep(event(FAX, n=3))
    assert drops.by_reason() == {"where": 2, "exclude": 1}


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({}, '{"uuid": "1", "event": "/e", "body": {"subject": "hi\u202e"}}\n'),
        (
            {"output": "frame"},
            '[{},{"uuid": "1", "event": "/e", "body": {"subject": "hi\u202e"}}]\n',
        ),
        ({"template": "{body.subject}!"}, "hi\\u202e!\n"),
        ({"mask": True, "template": "{body.subject}"}, "xx\\u202e\n"),
    ],
)
def test_lines_for_programs(given: dict[str, object], shown: str):
    assert line(wanted(**given), event("/e", subject="hi\u202e")) == shown


def test_readable_lines():
    assert line(wanted(output="pretty", time="none"), event(subject="hello")).endswith("hello\n")


def test_on_a_terminal_nothing_can_be_executed_and_lines_fit():
    shown = line(wanted(), event(subject="hi\u202e"), 60)
    assert "\u202e" not in shown
    assert json.loads(shown)["body"]["subject"] == "hi\u202e"
    pretty = line(wanted(output="pretty", time="none", wrap=False), event(subject="x" * 200), 60)
    assert len(pretty) <= 61


def test_readable_lines_follow_the_terminal():
    width = 60
    options = wanted(output="pretty", time="none", wrap=False)
    render = make_renderer(options, pytest.fail, width=lambda: width, now=now)
    long = event(subject="x" * 200)
    assert len(render(long).decode()) <= 61
    width = 120
    assert 61 < len(render(long).decode()) <= 121


@pytest.mark.parametrize("given", [{"template": "{"}, {"template": ""}])
def test_an_invalid_template_is_rejected(given: dict[str, object]):
    with pytest.raises(UsageError):
        make_renderer(wanted(**given), pytest.fail, width=None, now=now)


def test_an_invalid_expression_is_rejected():
    with pytest.raises(UsageError):
        make_predicate(wanted(where=("a =",)), pytest.fail)


def test_the_key_of_a_masked_event_is_that_of_what_was_received():
    mask = Mask(b"0" * 16)
    payload = b'{"event":"/e","body":{"from":{"name":"Ada Example"}}}'
    received = Notification("1", "/e", "", payload)
    masked = keyed(mask)(received)
    assert b"Ada" not in masked.payload
    assert event_key(masked) == event_key(received)
    assert event_key(mask(received)) != event_key(received)
