from collections import deque
from typing import cast

from rc_tail.simulator.service.gateway_session import GatewaySession
from rc_tail.simulator.service.sessions import OAuthSession


def session(size: int = 3) -> GatewaySession:
    return GatewaySession(cast(OAuthSession, None), deque(maxlen=size), wsc="WSC-1")


def uuids(kept: GatewaySession) -> list[str]:
    return [uuid for uuid, _ in kept.take_missed()]


def test_the_sequence_rises_with_each_message():
    kept = session()
    assert kept.next_wsc() == b'{"token":"WSC-1","sequence":1}'
    assert kept.next_wsc() == b'{"token":"WSC-1","sequence":2}'


def test_only_what_was_missed_is_owed_and_only_once():
    kept = session()
    kept.buffer("1", b"", missed=False)
    kept.buffer("2", b"", missed=True)
    kept.buffer("3", b"", missed=True)
    assert uuids(kept) == ["2", "3"]
    assert uuids(kept) == []


def test_the_newest_win():
    kept = session(size=2)
    for number in range(5):
        kept.buffer(str(number), b"", missed=True)
    assert uuids(kept) == ["3", "4"]


def test_what_was_sent_in_vain_is_owed_too():
    kept = session()
    for number in range(3):
        kept.buffer(str(number), b"", missed=False)
    kept.add_missed(2)
    kept.add_missed(7)
    assert uuids(kept) == ["0", "1", "2"]
