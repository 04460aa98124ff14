"""What may block is done on threads of its own, and answered once."""

import threading

import pytest

from rc_tail.errors import AuthError, UnexpectedAnswerError, UnreachableError
from rc_tail.gateway.commands import Connect, FindStale, RenewToken
from rc_tail.gateway.connection_state import TokenLife
from rc_tail.gateway.messages import Notification
from rc_tail.history.gap_filler import ReadPastEvents
from rc_tail.system.clocks import clock, wall_of
from rc_tail.tail.dialer import DialedConnection, Dialer
from rc_tail.tail.loop_events import (
    LoopEvent,
    Opened,
    OpenFailed,
    PastEventsRead,
    RenewalFailed,
    StaleFound,
    TokenRenewed,
    WorkerCrashed,
)
from rc_tail.tail.mailbox import Mailbox
from rc_tail.tail.workers import PastEvents, Workers

PATIENCE = 60.0
LIFE = TokenLife(ends=9.0, life=9.0, refreshable=True)
# Nobody looks into it here.
DIALED = DialedConnection(None, "oauth-1", used_wsc=False, token=LIFE)  # type: ignore[arg-type]
RECORD = Notification("history:sms:1", "/e", "", b"{}")


class FakeDialer(Dialer):
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


def workers(mailbox: Mailbox, dialer: FakeDialer, **how) -> Workers:
    def nothing(*_arguments: object) -> tuple[()]:
        return ()

    given = {"read_history": lambda _start, _end: ((), (), None), "find_stale": nothing, **how}
    return Workers(mailbox, dialer, **given)


def answer(mailbox: Mailbox) -> LoopEvent:
    item = mailbox.get(PATIENCE)
    assert item is not None, "nothing was answered"
    return item


UNREACHABLE, REFUSED, BUG = UnreachableError("no network"), AuthError("no"), ZeroDivisionError()


@pytest.mark.parametrize(
    ("action", "outcome", "item"),
    [
        (Connect(1, "wsc", "oauth"), DIALED, Opened(1, DIALED)),
        (Connect(2), UNREACHABLE, OpenFailed(2, UNREACHABLE)),
        (Connect(2), BUG, WorkerCrashed(BUG)),
        (RenewToken(3, "oauth", 5), LIFE, TokenRenewed(3, LIFE)),
        (RenewToken(4, "oauth", 5), REFUSED, RenewalFailed(4, REFUSED)),
        (RenewToken(4, "oauth", 5), BUG, WorkerCrashed(BUG)),
    ],
)
def test_what_the_session_asks_for_is_answered(mailbox, action, outcome, item):
    dialer = FakeDialer(outcome)
    made = workers(mailbox, dialer)
    made.connect(action) if isinstance(action, Connect) else made.renew_token(action)
    assert answer(mailbox) == item
    assert dialer.asked == [action]
    assert dialer.threads[0].startswith("rc-tail-")
    assert mailbox.get(0) is None


def test_stale_subscriptions_are_looked_for(mailbox):
    spared = []

    def find(spare: frozenset[str]) -> list[str]:
        spared.append(spare)
        return ["sub-9"]

    workers(mailbox, FakeDialer(), find_stale=find).find_stale(FindStale(5, frozenset({"sub-1"})))
    assert answer(mailbox) == StaleFound(5, ["sub-9"])
    assert spared == [frozenset({"sub-1"})]


def test_the_history_is_read_by_unix_time(mailbox):
    asked = []

    error = UnexpectedAnswerError("no calls")

    def read(start: float, end: float) -> PastEvents:
        asked.append((start, end))
        return [RECORD], ["no calls"], error

    now = clock()
    workers(mailbox, FakeDialer(), read_history=read).read_past_events(
        ReadPastEvents(3, now - 60, now)
    )
    assert answer(mailbox) == PastEventsRead(3, [RECORD], ["no calls"], error)
    ((start, end),) = asked
    assert end == pytest.approx(wall_of(now), abs=1)
    assert end - start == pytest.approx(60, abs=1)


@pytest.mark.parametrize("bug", [ZeroDivisionError("bug"), SystemExit(3), KeyboardInterrupt()])
def test_whatever_goes_wrong_comes_to_the_main_thread(mailbox, bug):
    def work() -> None:
        raise bug

    thread = workers(mailbox, FakeDialer()).spawn("a-name", work)
    assert (thread.name, thread.daemon) == ("a-name", True)
    assert answer(mailbox) == WorkerCrashed(bug)


def blocks(go_on: threading.Event) -> None:
    assert go_on.wait(PATIENCE)


def test_nothing_waits_for_work_that_blocks(mailbox):
    go_on = threading.Event()
    made = workers(mailbox, FakeDialer(DIALED))
    thread = made.spawn("blocks", lambda: blocks(go_on))
    made.connect(Connect(1))
    assert answer(mailbox) == Opened(1, DIALED)
    assert thread.is_alive()
    go_on.set()
    thread.join(PATIENCE)
    assert not thread.is_alive()
