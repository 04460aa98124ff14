import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rc_tail.cli import recorded_events
from rc_tail.cli.recorded_events import events_in, parse_recorded_line
from rc_tail.errors import MalformedMessageError
from rc_tail.gateway.messages import decode
from rc_tail.text.lenient_json import loads_object

SMS = "/restapi/v1.0/account/1/extension/2/message-store/instant?type=SMS"


def event(number, **body):
    return {"uuid": str(number), "event": SMS, "body": {"subject": f"text {number}", **body}}


def frame(number):
    return [{"type": "ServerNotification", "messageId": f"m{number}"}, event(number)]


def pretty(*values, **options):
    return "".join(json.dumps(value, indent=2, **options) + "\n" for value in values).encode()


def read(text):
    """Return the uuids of the events in a text, and the lines reported, by number."""
    results = results_of(text, ahead=0)
    assert results_of(text, ahead=1 << 16) == results
    events = [each for each in results if isinstance(each, str)]
    return events, [each for each in results if not isinstance(each, str)]


def results_of(text, *, ahead):
    """Return the uuids of the events in a text, and the lines reported, in their order."""
    results: list[object] = []
    found = events_in(io.BytesIO(text), lambda *report: results.append(report), ahead=ahead)
    results.extend(notification.uuid for notification in found)
    return results


THREE = [
    event(1, note='a "}" and a \\', parts=[{}, [], {"a": [1, -2.5e3, None, True]}]),
    event(2),
    event(3),
]
LINES = "".join(json.dumps(each) + "\n" for each in THREE).encode()


_BAD_PARTS = [
    "\x00", "\\", "\\q", "\\u12", "\\ud800", '"', "{", "}", "[", "]", ",", ":", "01", "-", "1.", ".5", "1e",
    "NaN", "nul", " ", "1e999", "9" * 40, "ü", "\x85", ',"event":1', ',"uuid":7', ',"timestamp":null',
]  # fmt: skip


@given(part=st.sampled_from(_BAD_PARTS), at=st.integers(1, 150), cut=st.integers(0, 3))
def test_a_line_with_a_fault_is_an_event_only_where_it_is_json_with_an_event(part, at, cut):
    line = json.dumps(event(1, note="a", n=[1, -2.5, {"x": None}]), ensure_ascii=False)
    line = f"{line[:at]}{part}{line[at + cut :]}"
    value = loads_object(line)
    names_event = value is not None and isinstance(value.get("event"), str)
    try:
        found = parse_recorded_line(line.encode())
    except MalformedMessageError:
        assert not names_event
    else:
        assert names_event
        assert found == decode(found.frame.decode()).content
        assert found.payload == line.encode()


@pytest.mark.parametrize(
    "text",
    [
        LINES,
        pretty(*THREE),
        pretty(THREE),
        pretty(*THREE).replace(b"}\n{", b"}{"),
        pretty(*THREE).replace(b"}\n{", b"},\n{"),
        pretty(THREE[0]) + LINES[LINES.index(b"\n") + 1 :],
        json.dumps(THREE).encode(),
        b"[\n" + LINES.rstrip().replace(b"}\n{", b"},\n{") + b"\n]\n",
        pretty([THREE[:1], THREE[1:]]),
        json.dumps(THREE, indent="\t").encode(),
        json.dumps(THREE, indent=0).encode(),
        pretty(*map(frame, (1, 2, 3))),
        pretty([frame(1), frame(2), frame(3)]),
        json.dumps([frame(1), frame(2), frame(3)]).encode(),
        b"".join(
            b"[\n%b,\n%b\n]\n" % tuple(json.dumps(p).encode() for p in frame(n)) for n in "123"
        ),
        pretty(frame(1), event(2)) + json.dumps(frame(3)).encode(),
    ],
    ids=lambda text: text[:24].decode(),
)
@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf", b"\n\n"])
def test_lines_and_documents_are_read_alike(text, newline, start):
    assert read(start + text.replace(b"\n", newline)) == (["1", "2", "3"], [])


def test_the_payload_of_a_document_is_the_same_as_in_a_line():
    [in_line] = events_in(io.BytesIO(json.dumps(THREE[0]).encode()), print)
    [in_document] = events_in(io.BytesIO(pretty(THREE[0])), print)
    assert json.loads(in_document.payload) == json.loads(in_line.payload) == THREE[0]
    [whole] = events_in(io.BytesIO(pretty(frame(7))), print)
    assert json.loads(whole.frame) == frame(7)


@pytest.mark.parametrize(
    ("text", "uuids", "lines"),
    [
        # Cut off in the middle, and continued by another document or by lines.
        (pretty(event(1))[:40] + b"\n" + pretty(event(2), event(3)), ["2", "3"], [1]),
        (pretty(event(1))[:40] + b"\n" + LINES, ["1", "2", "3"], [1]),
        (LINES[:30] + b"\n" + LINES, ["1", "2", "3"], [1]),
        (pretty(THREE)[:-2], ["1", "2", "3"], [1]),
        (pretty(event(1)) + pretty(event(2))[:-3], ["1"], [8]),
        (pretty(event(1)) + b"{\n", ["1"], [8]),
        (LINES + b'{"uuid": "4', ["1", "2", "3"], [4]),
        # Other things between them.
        (b"hello\n" + pretty(event(1)) + b"world\n", ["1"], [1, 9]),
        (pretty({"a": 1}, event(1), [5], event(2)), ["1", "2"], [1, 12, 13]),
        (pretty(event(1)) + b"]\n" + LINES, ["1", "1", "2", "3"], [8]),
        (pretty([{"type": "Heartbeat"}, {}]), [], [2, 5]),
        (pretty([{"type": "ServerNotification"}]), [], [2]),
        (b"[]\n", [], [1]),
        (b"[\n]\n" + LINES, ["1", "2", "3"], [2]),
        (b'{\n  "event": 7\n}\n', [], [1]),
        (b'{\n  "event": tru\n}\n', [], [1]),
        (b'{\n  "event": "\x01"\n}\n', [], [1, 3]),
        (b'"{"\n' + LINES, ["1", "2", "3"], [1]),
    ],
)
def test_what_is_not_an_event_is_reported_and_the_rest_is_read(text, uuids, lines):
    found, reports = read(text)
    assert found == uuids
    assert [number for number, _ in reports] == lines


class BrokenFile(io.BytesIO):
    """A file of which only some lines can be read."""

    def __init__(self, text, lines):
        super().__init__(text)
        self.left = lines

    def readline(self, size=-1):
        if not self.left:
            raise OSError("broken")
        self.left -= 1
        return super().readline(size)


@pytest.mark.parametrize("ahead", [0, 1 << 16])
def test_what_precedes_an_error_of_the_disk_is_yielded(ahead):
    found = events_in(BrokenFile(LINES, 2), refuse, ahead=ahead)
    assert [next(found).uuid, next(found).uuid] == ["1", "2"]
    with pytest.raises(OSError, match="broken"):
        next(found)


@pytest.mark.parametrize(("ahead", "at"), [(0, 1), (len(LINES) // 2, 2), (1 << 16, 3)])
def test_only_so_many_bytes_are_read_ahead(ahead, at):
    file = io.BytesIO(LINES)
    assert next(events_in(file, refuse, ahead=ahead)).uuid == "1"
    assert file.tell() == sum(map(len, LINES.splitlines(keepends=True)[:at]))


def refuse(number, why):
    pytest.fail(f"line {number}: {why}")


def test_an_array_in_one_line_may_be_longer_than_any_line(monkeypatch):
    monkeypatch.setattr(recorded_events, "_LONGEST", 300)
    many = [event(number, n=number) for number in range(500)]
    for text in (
        json.dumps(many),
        json.dumps(many, separators=(",", ":")),
        json.dumps(many) + "\n",
    ):
        found, reports = read(text.encode() + b"\n" + LINES)
        assert (found, reports) == ([*map(str, range(500)), "1", "2", "3"], [])


@pytest.mark.parametrize(
    "text", [b"[" + b"9" * 2000, b"[{" + b'"a' * 900, b'[{"a": "' + b"x" * 2000, b"[x" + b"{" * 900]
)
def test_a_long_line_that_is_not_an_array_of_events_is_left_out(text, monkeypatch):
    monkeypatch.setattr(recorded_events, "_LONGEST", 300)
    found, reports = read(text + b"\n" + LINES)
    assert found == ["1", "2", "3"]
    assert [number for number, _ in reports] == [1]


def test_an_object_without_end_is_given_up(monkeypatch):
    monkeypatch.setattr(recorded_events, "_LONGEST", 1000)
    found, reports = read(b'{\n  "a": [\n' + b"    1,\n" * 500 + LINES)
    assert found == ["1", "2", "3"]
    assert reports[0] == (1, "the JSON document is not complete")
    # Once it is longer than an event can be, its lines are read by themselves again.
    assert 1000 / 7 < reports[1][0] < 1000 / 7 + 5


@given(st.binary())
def test_any_line_is_an_event_or_malformed(line):
    try:
        event = parse_recorded_line(line)
    except MalformedMessageError:
        return
    assert event.payload


PIECES = st.lists(
    st.sampled_from(
        [
            b"{",
            b"}",
            b"[",
            b"]",
            b",",
            b":",
            b'"',
            b"\n",
            b" ",
            b"1",
            b"\\",
            b'"event"',
            b'"/e"',
            LINES,
        ]
    )
)


@given(PIECES)
def test_any_text_is_read_to_its_end(pieces):
    text = b"".join(pieces)
    found, _ = read(text + b"\n" + b'"' + b"\n" + b"}\n" + LINES)
    assert found[-3:] == ["1", "2", "3"]


@given(st.lists(st.sampled_from([event(1), event(2), frame(3), [event(4)], [frame(5), frame(6)]])))
def test_documents_of_any_order_give_their_events(documents):
    def uuids(value):
        if isinstance(value, dict):
            return [value["uuid"]] if "event" in value else []
        return [uuid for each in value for uuid in uuids(each)]

    assert read(pretty(*documents)) == (uuids(documents), [])
