"""A short soak: the installed command, troubles in a seeded order, and every event accounted for."""

import pytest

from rc_tail.simulator.faults.catalogue import FAULTS
from tests.soak.ledger import Gap, Ledger
from tests.soak.run import Orders, Soak
from tests.soak.troubles import TROUBLES

pytestmark = pytest.mark.slow

SHORT = Orders(
    events=5000, seed=934, rate=200, slow=False, between=(50, 100), token_life=20.0, most=13
)


def test_no_event_is_lost_in_silence(tmp_path):
    told: list[str] = []
    with Soak(SHORT, tmp_path, told.append) as soak:
        account = soak.run()
    assert account.lost == []
    assert account.twice == []
    assert account.unfilled == []
    assert account.sent >= 500
    assert account.live > account.sent / 2
    assert sum(soak.struck.values()) == SHORT.most


def test_every_fault_of_the_simulator_is_among_the_troubles():
    assert {kind.name for kind in FAULTS} <= {trouble.name for trouble in TROUBLES}


def sms(number: int, **more: str) -> dict[str, object]:
    return {"body": {"type": "SMS", "id": f"{number}"}, **more}


def gap(start: str, end: str, **differently: object) -> dict[str, object]:
    told = {"recovered": False, "overflow": False, "events": None, "replayed": 0}
    return {"event": "gap", "from": start, "to": end, **told, "kinds_without_history": []} | (
        differently
    )


def test_the_books_show_what_is_lost_and_what_is_twice():
    ledger = Ledger(kills=[1010.5])
    for number in range(1, 8):
        ledger.note_sent(f"SMS {number}", "sms", 1000.0 + 10 * number)
    ledger.note_line(sms(1), 1010.0, 1)
    ledger.note_line(sms(1), 1012.0, 2)  # a kill came between
    ledger.note_line(sms(2), 1020.0, 2)
    ledger.note_line(sms(2), 1021.0, 2)
    ledger.note_line(sms(3, source="history"), 1031.0, 2)
    ledger.note_line(sms(99), 1031.0, 2)
    for number in range(8, 11):
        ledger.note_sent(f"{number}", "presence" if number == 10 else "sms", 1000.0 + 10 * number)
    ledger.note_sent("undated", "sms", 1080.0, dated=False)
    inside = gap("1970-01-01T00:17:19Z", "1970-01-01T00:17:21Z")
    recovered = gap("1970-01-01T00:17:29Z", "1970-01-01T00:17:31Z", recovered=True, replayed=3)
    reconnect = {key: recovered[key] for key in ("from", "to", "replayed")} | {"event": "reconnect"}
    full = recovered | {"from": inside["to"], "to": inside["to"], "overflow": True}
    one = gap("1970-01-01T00:17:39Z", "1970-01-01T00:17:41Z", events=1, reason="too large")
    read = gap("1970-01-01T00:17:55Z", "1970-01-01T00:18:05Z", filled=3, failures=[])
    partly = gap("1970-01-01T00:18:06Z", "1970-01-01T00:18:15Z", filled=1, failures=["no calls"])
    without = gap("1970-01-01T00:18:16Z", "1970-01-01T00:18:25Z", filled=1, failures=[])
    account = ledger.account(
        [{"event": "ready"}, inside, recovered, reconnect, full, one, read, partly, without]
    )
    assert (account.sent, account.live, account.filled, account.gaps) == (11, 2, 1, 5)
    assert account.unfilled == ["8"]
    assert (account.repeated, account.twice, account.replayed) == (1, ["SMS 2"], 9)
    assert account.lost == ["SMS 5", "SMS 6", "SMS 7"]
    assert not account.is_good
    assert "| lost in silence                  |       3 |" in account.table()
    assert ledger.strangers.total() == 1
    assert Gap(1, 2).holds(2.5)
