"""What came at once, read in one pass, is what each message is by itself."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rc_tail.errors import MalformedMessageError
from rc_tail.gateway.batch_decoder import Burst, Unreadable, decode_batch
from rc_tail.gateway.incoming import Dropped, Incoming, Pong
from rc_tail.gateway.messages import Heartbeat, Message, Notification, Wsc, decode

HEARTBEAT = b'[{"type":"Heartbeat","messageId":"h"}]'


def message(uuid: str, *, sequence: int | None = None, **more: Any) -> bytes:
    wsc = {} if sequence is None else {"wsc": {"token": "t", "sequence": sequence}}
    meta = {"type": "ServerNotification", "messageId": uuid, **wsc}
    payload = {"uuid": uuid, "event": "/e", "timestamp": "now", "subscriptionId": "s", **more}
    return json.dumps([meta, payload], separators=(",", ":"), ensure_ascii=False).encode()


def one_by_one(incoming: list[Incoming]) -> list[Message | Unreadable | Pong]:
    """What `decode_batch` is to say, a burst as the messages in it."""
    said: list[Message | Unreadable | Pong] = []
    for part in incoming:
        if isinstance(part, Pong):
            said.append(part)
        elif isinstance(part, Dropped):
            said.append(Unreadable(f"ignored an invalid message: {part.reason}, {part.size} bytes"))
        else:
            try:
                said.append(decode(part.decode()))
            except MalformedMessageError as error:
                said.append(Unreadable(error.message))
    return said


def flattened(said: list[Message | Burst | Unreadable | Pong]) -> list[Message | Unreadable | Pong]:
    flat: list[Message | Unreadable | Pong] = []
    for part in said:
        if isinstance(part, Burst):
            *before, last = part.notifications
            flat += [*map(Message, before), Message(last, part.wsc)]
        else:
            flat.append(part)
    return flat


def without_wsc(said: list[Message | Unreadable | Pong]) -> list[Any]:
    return [part.content if isinstance(part, Message) else part for part in said]


def test_notifications_in_a_row_are_one_burst():
    first, second = message("1", sequence=7), message("2", sequence=8, body={"text": "grüß"})
    (burst,) = decode_batch([first, second], whole=True)
    payloads = [m[m.index(b',{"uuid"') + 1 : -1] for m in (first, second)]
    assert burst == Burst(
        [
            Notification("1", "/e", "now", payloads[0], first, "s"),
            Notification("2", "/e", "now", payloads[1], second, "s"),
        ],
        Wsc("t", 8),
    )


def test_whole_messages_are_kept_only_where_they_are_wanted():
    (burst,) = decode_batch([message("1")])
    assert isinstance(burst, Burst)
    assert burst.notifications[0].frame == b""
    assert burst.wsc is None


def test_everything_comes_out_in_order():
    said = decode_batch(
        [
            message("1"),
            message("2"),
            HEARTBEAT,
            Pong(b"p"),
            message("3"),
            Dropped("too-large", 5),
            b"[",
            message("4"),
        ]
    )
    first, heartbeat, pong, third, dropped, malformed, last = said
    assert isinstance(first, Burst)
    assert isinstance(third, Burst)
    assert isinstance(last, Burst)
    assert [n.uuid for burst in (first, third, last) for n in burst.notifications] == list("1234")
    assert heartbeat == Message(Heartbeat("h"))
    assert pong == Pong(b"p")
    assert dropped == Unreadable("ignored an invalid message: too-large, 5 bytes")
    assert isinstance(malformed, Unreadable)
    assert "JSON" in malformed.why


@pytest.mark.parametrize(
    "unusual",
    [
        message("1")[:1] + b" " + message("1")[1:],
        message("1").replace(b"},{", b"}, {", 1),
        message("1").replace(b"},{", b"} ,{", 1),
        message("1")[:-1] + b" ]",
        message("1") + b"\n",
        message("1")[:-1] + b",3]",
        message("1", body={"text": "?"}).replace(b"?", b"\\ud800"),
        message("1").replace(b'"uuid":"1"', b'"uuid":1'),
        b'[{"type":"ServerNotification","messageId":"1"}]',
        b'[{"type":"ServerNotification","messageId":"1"},[1]]',
        b'[{"type":"ServerNotification","messageId":"1"},7]',
        b'[{"type":"ServerNotification","messageId":"1"},""]',
        b'[{"type":"ServerNotification","wsc":{"token":"N","sequence":"x"}},{"uuid":"1"}]',
        b'[{"type":"ServerNotification","wsc":7},{"uuid":"1"}]',
        b'[{"type":"ServerNotification",}]',
        b'[{"type":"ServerNotification","a":' + b"[" * 3000 + b"]" * 3000 + b'},{"uuid":"1"}]',
    ],
    ids=lambda text: text[-60:].decode(errors="replace"),
)
def test_what_is_unusual_is_read_as_it_is_alone(unusual: bytes):
    incoming: list[Incoming] = [message("0", sequence=1), unusual, message("2", sequence=3)]
    said = flattened(decode_batch(incoming, whole=True))
    assert without_wsc(said) == without_wsc(one_by_one(incoming))
    assert said[-1] == one_by_one(incoming)[-1]


def test_the_last_wsc_of_a_burst_counts_however_it_is_written():
    odd = b'[{"type":"ServerNotification","wsc":{"token":"N","sequence":"x"}},{"uuid":"1"}]'
    (burst,) = decode_batch([message("0", sequence=1), odd])
    assert isinstance(burst, Burst)
    assert burst.wsc == Wsc("N", 0)


_parts = st.one_of(
    st.builds(message, st.text(max_size=5), sequence=st.none() | st.integers(0, 9)),
    st.sampled_from([HEARTBEAT, b"[]", b"[{}]", b"", Pong(b""), Dropped("binary", 3)]),
    st.text(alphabet='[]{}",:\\ntype0').map(str.encode),
    st.text(alphabet='[]{}",: x1', max_size=30).map(
        lambda text: b'[{"type":"ServerNotification",' + text.encode()
    ),
)


@given(st.lists(_parts, max_size=8))
def test_any_messages_are_read_as_each_is_alone(incoming: list[Incoming]):
    said = flattened(decode_batch(incoming, whole=True))
    assert without_wsc(said) == without_wsc(one_by_one(incoming))


class Counted(Sequence[Incoming]):
    """What came, and how many parts of it were looked at."""

    def __init__(self, parts: list[Incoming]) -> None:
        self._parts = parts
        self.looked_at = 0

    def __len__(self) -> int:
        return len(self._parts)

    def __getitem__(self, at: Any) -> Any:
        found = self._parts[at]
        self.looked_at += len(found) if isinstance(at, slice) else 1
        return found


@pytest.mark.parametrize("parts", [[HEARTBEAT], [message("1"), HEARTBEAT], [Pong(b""), b"["]])
def test_each_part_is_looked_at_once_however_many_are_unusual(parts: list[Incoming]):
    incoming = Counted(parts * 1000)
    assert len(decode_batch(incoming)) == len(incoming)
    assert incoming.looked_at <= 2 * len(incoming)


def test_a_token_that_cannot_be_read_costs_no_event():
    event = message("1")
    for wsc in (b'"wsc":5,"x":' + b"[" * depth + b"]" * depth for depth in range(900, 1001, 5)):
        odd = event.replace(b'"type":"ServerNotification"', b'"type":"ServerNotification",' + wsc)
        assert odd != event
        for part in decode_batch([odd]):
            assert isinstance(part, Burst | Unreadable)
