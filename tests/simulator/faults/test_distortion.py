import pytest

from rc_tail.simulator.faults.distortion import (
    HOLD_SECONDS,
    Distorter,
    MessageDistortion,
    ResponseDistortion,
    duplicate,
    fragment,
    place_of,
    reorder,
)
from rc_tail.simulator.service.effects import SendPing, SendRaw, SendText
from rc_tail.simulator.service.http_values import Answer


def event(name: str, connection: int = 1) -> SendText:
    return SendText(connection, b'[{"type":"ServerNotification"},"%b"]' % name.encode())


A, B, C = event("a"), event("b"), event("c")


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/restapi/oauth/token", "token"),
        ("/restapi/oauth/wstoken/", "wstoken"),
        ("/restapi/v1.0/subscription/", "subscription"),
        ("/restapi/v1.0/subscription/x", "subscription"),
        ("/restapi/v1.0/account/~/extension/~/message-store", "history"),
        ("/restapi/v1.0/account/~/extension/~/message-store/1/content/2", "content"),
        ("/restapi/v1.0/account/~/call-log", "history"),
        ("/restapi/v1.0/account/~/extension/~", "other"),
        ("/restapi/oauth/revoke", "other"),
    ],
)
def test_places(path, place):
    assert place_of(path) == place


def test_answers_are_bent_in_turn_and_so_often():
    first, second = (
        ResponseDistortion("token", 2, Answer(401)),
        ResponseDistortion("token", 1, Answer(503)),
    )
    distorter = Distorter([first, second])
    assert distorter.next_answer("/restapi/oauth/wstoken") is None
    found = [distorter.next_answer("/restapi/oauth/token") for _ in range(4)]
    assert found == [first, first, second, None]


def distort(distorter: Distorter, *effects, now: float = 0):
    return distorter.distort(effects, now)


def test_only_notifications_are_bent():
    distorter = Distorter(messages=[MessageDistortion(duplicate, 1)])
    other = SendText(1, b'[{"type":"Heartbeat"}]')
    assert distort(distorter, other, SendPing(1), A, B) == [other, SendPing(1), A, A, B]


def test_a_message_goes_behind_the_next_one():
    distorter = Distorter(messages=[MessageDistortion(reorder, 1)])
    assert distort(distorter, A) == []
    assert distorter.due() == HOLD_SECONDS
    assert distort(distorter, B, C) == [B, A, C]
    assert distorter.due() is None


def test_each_connection_has_its_own_order():
    distorter = Distorter(messages=[MessageDistortion(reorder, 1)])
    other = event("x", 2)
    assert distort(distorter, A, other, B) == [other, B, A]


def test_a_message_that_nothing_follows_goes_out_in_the_end():
    distorter = Distorter(messages=[MessageDistortion(reorder, 1)])
    assert distort(distorter, A) == []
    assert distort(distorter, now=HOLD_SECONDS / 2) == []
    assert distort(distorter, now=HOLD_SECONDS) == [A]


def test_a_message_in_pieces_is_the_same_message():
    (raw,) = distort(Distorter(messages=[MessageDistortion(fragment, 1)]), A)
    assert isinstance(raw, SendRaw)
    frames, data = [], raw.data
    while data:
        size = data[1]
        frames.append((data[0], data[2 : 2 + size]))
        data = data[2 + size :]
    assert [first for first, _ in frames] == [0x01, 0x89, 0x00, 0x80]
    assert b"".join(payload for first, payload in frames if first != 0x89) == A.text


def test_distortions_apply_one_after_the_other():
    distorter = Distorter(messages=[MessageDistortion(duplicate, 1), MessageDistortion(reorder, 1)])
    assert distort(distorter, A, B, C) == [A, A, C, B]
