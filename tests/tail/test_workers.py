"""What may block is done on threads of its own, and answered once."""

import threading

import pytest

from rc_tail.errors import AuthError, UnexpectedAnswerError, UnreachableError
from rc_tail.gateway.actions import Connect, FindStale, RenewToken
from rc_tail.gateway.connection_state import TokenLife
from rc_tail.gateway.messages import Notification
from rc_tail.history.gap_filler import ReadPastEvents
from rc_tail.system.clocks import clock, wall_of
from rc_tail.tail.dialer import DialedConnection
from rc_tail.tail.mailbox import (
    Crashed,
    HistoryCame,
    Item,
    Mailbox,
    Opened,
    OpenFailed,
    RenewalFailed,
    StaleFound,
    TokenRenewed,
)
from rc_tail.tail.workers import WhatWasRead, Workers

PATIENCE = 30.0
LIFE = TokenLife(ends=9.0, life=9.0, refreshable=True)
# Nobody looks into it here.
DIALED = DialedConnection(None, "oauth-1", used_wsc=False, token=LIFE)  # type: ignore[arg-type]
RECORD = Notification("history:sms:1", "/e", "", b"{}")


class Dials:
    """Opens what it was given, or raises it."""

    def __init__(self, *outcomes: DialedConnection | TokenLife | BaseException) -> None:
        self._outcomes = list(outcomes)
        self.asked: list[Connect | RenewToken] = []
        self.threads: list[str] = []

    def dial(self, request: Connect) -> DialedConnection:
        outcome = self._next(request)
        assert isinstance(outcome, DialedConnection)
        return outcome

    def renew(self, request: RenewToken) -> TokenLife:
        outcome = self._next(request)
        assert isinstance(outcome, TokenLife)
        return outcome

    def _next(self, request: Connect | RenewToken) -> DialedConnection | TokenLife:
        self.asked.append(request)
        self.threads.append(threading.current_thread().name)
        outcome = self._outcomes.pop(0)
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


def workers(mailbox: Mailbox, dialer: Dials, **how) -> Workers:
    def nothing(*_arguments: object) -> tuple[()]:
        return ()

    given = {"read_history": lambda _start, _end: ((), (), None), "find_stale": nothing, **how}
    return Workers(mailbox, dialer, **given)


def answer(mailbox: Mailbox) -> Item:
    item = mailbox.get(PATIENCE)
    assert item is not None, "nothing was answered"
    return item


UNREACHABLE, REFUSED, BUG = UnreachableError("no network"), AuthError("no"), ZeroDivisionError()


@pytest.mark.parametrize(
    ("action", "outcome", "item"),
    [
        (Connect(1, "wsc", "oauth"), DIALED, Opened(1, DIALED)),
        (Connect(2), UNREACHABLE, OpenFailed(2, UNREACHABLE)),
        (Connect(2), BUG, Crashed(BUG)),
        (RenewToken(3, "oauth", 5), LIFE, TokenRenewed(3, LIFE)),
        (RenewToken(4, "oauth", 5), REFUSED, RenewalFailed(4, REFUSED)),
        (RenewToken(4, "oauth", 5), BUG, Crashed(BUG)),
    ],
)
def test_what_the_session_asks_for_is_answered(mailbox, action, outcome, item):
    dialer = Dials(outcome)
    workers(mailbox, dialer).start(action)
    assert answer(mailbox) == item
    assert dialer.asked == [action]
    assert dialer.threads[0].startswith("rc-tail-")
    assert mailbox.get(0) is None


def test_stale_subscriptions_are_looked_for(mailbox):
    spared = []

    def find(spare: frozenset[str]) -> list[str]:
        spared.append(spare)
        return ["sub-9"]

    workers(mailbox, Dials(), find_stale=find).start(FindStale(5, frozenset({"sub-1"})))
    assert answer(mailbox) == StaleFound(5, ["sub-9"])
    assert spared == [frozenset({"sub-1"})]


def test_the_history_is_read_by_unix_time(mailbox):
    asked = []

    error = UnexpectedAnswerError("no calls")

    def read(start: float, end: float) -> WhatWasRead:
        asked.append((start, end))
        return [RECORD], ["no calls"], error

    now = clock()
    workers(mailbox, Dials(), read_history=read).read_history(ReadPastEvents(3, now - 60, now))
    assert answer(mailbox) == HistoryCame(3, [RECORD], ["no calls"], error)
    ((start, end),) = asked
    assert end == pytest.approx(wall_of(now), abs=1)
    assert end - start == pytest.approx(60, abs=1)


@pytest.mark.parametrize("bug", [ZeroDivisionError("bug"), SystemExit(3), KeyboardInterrupt()])
def test_whatever_goes_wrong_comes_to_the_main_thread(mailbox, bug):
    def work() -> None:
        raise bug

    thread = workers(mailbox, Dials()).spawn("a-name", work)
    assert (thread.name, thread.daemon) == ("a-name", True)
    assert answer(mailbox) == Crashed(bug)


def blocks(go_on: threading.Event) -> None:
    assert go_on.wait(PATIENCE)


def test_nothing_waits_for_work_that_blocks(mailbox):
    go_on = threading.Event()
    made = workers(mailbox, Dials(DIALED))
    thread = made.spawn("blocks", lambda: blocks(go_on))
    made.start(Connect(1))
    assert answer(mailbox) == Opened(1, DIALED)
    assert thread.is_alive()
    go_on.set()
    thread.join(PATIENCE)
    assert not thread.is_alive()
