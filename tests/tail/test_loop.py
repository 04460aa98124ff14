"""The loop, with real connections to a gateway that a test makes speak."""

import io
import json
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, get_args

import pytest

from rc_tail.errors import AuthError, RcTailError, SinkError, TimedOutError
from rc_tail.gateway.commands import Connect, Gap, RenewToken
from rc_tail.gateway.connection_state import TokenLife
from rc_tail.gateway.drops import DropCounter
from rc_tail.gateway.messages import Notification
from rc_tail.gateway.retry import RetryPolicy
from rc_tail.gateway.seen_uuids import SeenUuids
from rc_tail.gateway.session import Session
from rc_tail.history.gap_filler import GapFiller
from rc_tail.reporter import Reporter, Verbosity
from rc_tail.sinks.reports import EventsLost, WriteFailed, Written
from rc_tail.sinks.writer import Writer
from rc_tail.state.no_resume import NoResume
from rc_tail.status.snapshot import Condition, SinkState, Snapshot
from rc_tail.system.clocks import clock, wall_of
from rc_tail.tail import loop as tail_module
from rc_tail.tail.delivery import Delivery
from rc_tail.tail.dialer import DialedConnection, Dialer
from rc_tail.tail.executor import Limits
from rc_tail.tail.fan_out import FanOut
from rc_tail.tail.loop import Tail
from rc_tail.tail.loop_events import LoopEvent, Opened, SignalReceived, WorkerCrashed
from rc_tail.tail.mailbox import Mailbox
from rc_tail.tail.narrator import Narrator
from rc_tail.tail.parts import Parts, TailEnding
from rc_tail.tail.workers import PastEvents, Workers
from rc_tail.transport.websocket import TransportOptions, open_connection
from tests.gateway.transcript import FILTERS, RESOLVED
from tests.transport.peer import CLOSE, PING, PONG, TEXT, Peer, frame, serving, text

PATIENCE = 60.0
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Gateway:
    """Greets, grants, deletes and echoes; a test says the rest.

    Attributes:
        recovers: What it answers to a `wsc`.
        refusals: Codes with which it refuses the next subscriptions.
        more: What it tells of a subscription besides.
        requests: What it was asked, in short.
    """

    def __init__(self) -> None:
        self.recovers = "Successful"
        self.more: dict[str, Any] = {}
        self.refusals: list[str] = []
        self.requests: list[str] = []
        self.listening: queue.SimpleQueue[Peer] = queue.SimpleQueue()
        self.pings: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self.grants = 0
        self.may_greet = threading.Event()
        self.may_greet.set()

    def __call__(self, peer: Peer) -> None:
        line = peer.read_head().line
        assert self.may_greet.wait(PATIENCE)
        peer.send(peer.switching())
        recovery = {"recoveryState": self.recovers} if "wsc=" in line else {}
        body = {"recoveryTimeout": 180, "recoveryBufferSize": 100, **recovery}
        meta = {"type": "ConnectionDetails", "wsc": {"token": "wsc", "sequence": 1}}
        peer.send(text(json.dumps([meta, body])))
        while True:
            opcode, payload = peer.read()
            if opcode == CLOSE:
                peer.send(frame(CLOSE, payload))
                return
            if opcode == PING:
                self.pings.put(payload)
            if opcode == TEXT:
                self.answer(peer, json.loads(payload)[0])

    def answer(self, peer: Peer, meta: dict[str, Any]) -> None:
        if meta["type"] == "Heartbeat":
            peer.send(text(json.dumps([meta])))
            # Behind a recovery this is what the session waits for.
            self.listening.put(peer)
            return
        self.requests.append(f"{meta['method']} {meta['path'].removeprefix('/restapi/v1.0')}")
        told = {"type": "ClientRequest", "messageId": meta["messageId"]}
        if meta["method"] == "DELETE":
            peer.send(text(json.dumps([{**told, "status": 204}])))
            return
        if self.refusals:
            peer.send(
                text(json.dumps([{**told, "status": 403}, {"errorCode": self.refusals.pop()}]))
            )
            return
        self.grants += 1
        body = {"id": f"sub-{self.grants}", "eventFilters": RESOLVED, **self.more}
        peer.send(text(json.dumps([{**told, "status": 200}, body])))
        self.listening.put(peer)

    def peer(self) -> Peer:
        """The next connection that listens."""
        return self.listening.get(timeout=PATIENCE)


def cut(peer: Peer) -> None:
    # Closing alone would not wake whoever reads.
    peer.sock.shutdown(socket.SHUT_RDWR)


def event(uuid: str) -> bytes:
    payload = {"uuid": uuid, "event": RESOLVED[0], "body": {}}
    return text(json.dumps([{"type": "ServerNotification"}, payload]))


class FakeDialer(Dialer):
    """Opens connections to the gateway."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.failures: list[RcTailError] = []
        self.life = TokenLife(clock() + 3600, 3600, refreshable=True)
        self.renewed = threading.Event()
        self.renewals: list[RcTailError] = []
        self.may_open = threading.Event()
        self.may_open.set()

    def dial(self, request: Connect) -> DialedConnection:
        assert self.may_open.wait(PATIENCE)
        if self.failures:
            raise self.failures.pop(0)
        url = f"{self.url}&wsc={request.wsc}" if request.wsc else self.url
        connection = open_connection(url, TransportOptions(), ssl_context=NO_TLS)
        return DialedConnection(connection, "oauth", bool(request.wsc), self.life)

    def renew(self, request: RenewToken) -> TokenLife:
        self.renewed.set()
        if self.renewals:
            raise self.renewals.pop(0)
        return TokenLife(clock() + 3600, 3600, refreshable=True)


class Paper(Writer):
    """An output that takes everything at once, and tells so."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self.lines: list[str] = []
        self.left: list[Notification] = []
        self.takes = True
        self.at_the_end: Callable[[], object] = lambda: None

    def put(self, batch: Sequence[Notification]) -> int:
        if self.takes:
            self.lines += [n.uuid for n in batch]
            self._mailbox.put(Written(len(self.lines), batch))
        else:
            self.left += batch
        return 0

    def waiting(self) -> int:
        return 0

    def close(self, timeout: float) -> list[Notification]:
        self.at_the_end()
        return self.left


class Diary(NoResume):
    """A keeper that writes down what it is told."""

    records_events = True

    def __init__(self) -> None:
        self.resumes = False
        self.lost: Gap | None = None
        self.keeps_what_is_left = False
        self.told: list[str] = []
        self.saved = self.frames = 0
        self.due: float | None = None

    @property
    def keeps(self) -> bool:
        return self.resumes

    def subscription(self, subscription_id: str, *, active: bool) -> None:
        self.told.append(f"{'+' if active else '-'}{subscription_id}")

    def lost_before(self, now: float) -> Gap | None:
        return self.lost

    def frame_came(self, now: float) -> None:
        self.frames += 1

    def changed(self, session: Session, now: float) -> None: ...

    def taken(self, events: Sequence[Notification], now: float) -> None:
        self.told += [f"took {n.uuid}" for n in events]

    def written(self, events: Sequence[Notification]) -> None:
        self.told += [f"wrote {n.uuid}" for n in events]

    def dropped(self, events: int) -> None:
        self.told.append(f"dropped {events}")

    def gap_opened(self, gap: Gap) -> None:
        self.told.append(f"gap: {gap.reason}")

    def gap_closed(self, gap: Gap) -> None:
        self.told.append(f"closed: {gap.reason}")

    def deadline(self) -> float | None:
        return self.due

    def tick(self, now: float) -> None:
        if self.due is not None and now >= self.due:
            self.saved += 1
            self.due = None

    def end(self, session: Session, left: Sequence[Notification], now: float) -> int:
        self.told.append("end")
        return 0 if self.keeps_what_is_left else len(left)


class Others(FanOut):
    """Sinks beside standard output that take their time."""

    has_spool = False

    def __init__(self) -> None:
        self.did: list[str] = []
        self.waits = 0
        self.while_it_waits: Callable[[], object] = lambda: None
        self.printed = 0

    def start(self) -> None: ...

    def written(self, total: int) -> None:
        self.printed = total

    def delivered(self) -> int:
        return self.printed

    def waiting(self) -> int:
        return 0

    def sink_states(self) -> dict[str, SinkState]:
        return {}

    def spool_state(self) -> None:
        return None

    def put(self, events: Sequence[Notification], unprinted: int = 0) -> None:
        self.did += [n.uuid for n in events]

    def stop(self, *, run_queued: bool = True) -> None:
        self.did.append("closed" if run_queued else "closed, dropping what waits")

    def close(self, timeout: float) -> tuple[list[Notification], str]:
        return [], ""

    def waits_for(self) -> str:
        return "waiting for it"

    def abandon(self, *, all_of_them: bool) -> None:
        if all_of_them:
            self.did.append("hurried")

    def join(self, timeout: float, *, all_of_them: bool = True) -> bool:
        if not all_of_them:
            return True
        self.waits -= 1
        self.while_it_waits()
        return self.waits < 0


class Spectator:
    """Sees how the tail is."""

    def __init__(self) -> None:
        self.seen: list[Snapshot] = []
        self.is_ready = False

    def ready(self) -> None:
        self.is_ready = True

    def deadline(self) -> float | None:
        return None

    def look(self, snapshot: Snapshot, now: float) -> None:
        self.seen.append(snapshot)

    def end(self) -> None: ...


class Run:
    """A tail that runs on a thread of its own, and everything around it."""

    def __init__(self, url: str, gateway: Gateway) -> None:
        self.gateway = gateway
        self.mailbox = Mailbox()
        self.dials = FakeDialer(url)
        self.paper = Paper(self.mailbox)
        self.diary = Diary()
        self.told = io.StringIO()
        self.narrator = Narrator(
            Reporter(self.told, log_format="json", verbosity=Verbosity.VERBOSE),
            names=["presence"],
            wall=wall_of,
            place="here",
        )
        self.history: list[Notification] = []
        self.history_error: RcTailError | None = None
        self.read: list[tuple[float, float]] = []
        self.may_read = threading.Event()
        self.is_read = threading.Event()
        self.may_read.set()
        self.is_new: Callable[[Notification], bool] | None = None
        self.retry_for: float | None = None
        self.passes: Callable[[Notification], bool] | None = None
        self.others: Others | None = None
        self.spectators: list[Spectator] = []
        self.stale: list[str] = []
        self._thread: threading.Thread | None = None
        self._outcome: TailEnding | BaseException | None = None

    def start(self, limits: Limits | None = None, leftover: Sequence[Notification] = ()) -> None:
        drops = DropCounter()
        parts = Parts(
            session=Session(
                FILTERS,
                retry=RetryPolicy(lambda low, high: low, retry_for=self.retry_for),
                seen=SeenUuids(),
                drops=drops,
            ),
            gap_filler=GapFiller(self.is_new),
            workers=Workers(
                self.mailbox,
                self.dials,
                read_history=self._read,
                find_stale=lambda _spare: self.stale,
            ),
            mailbox=self.mailbox,
            narrator=self.narrator,
            recorder=self.diary,
            delivery=Delivery(
                self.paper,
                self.diary,
                drops,
                kind_name=lambda _event: "presence",
                passes=self.passes,
                fan_out=self.others,
                count=None if limits is None else limits.count,
            ),
            watchers=self.spectators,
        )
        left = [(leftover, len(leftover))]
        running = Tail(parts, limits or Limits(), leftover=left, continue_by="rc-tail again")
        assert running._handlers.keys() == set(get_args(LoopEvent)), "an event without a handler"
        self._thread = threading.Thread(target=self._run, args=(running,))
        self._thread.start()

    def _run(self, running: Tail) -> None:
        try:
            self._outcome = running.run()
        except BaseException as error:  # noqa: BLE001 - the test looks at it
            self._outcome = error

    def _read(self, start: float, end: float) -> PastEvents:
        self.is_read.set()
        assert self.may_read.wait(PATIENCE)
        self.read.append((start, end))
        error = self.history_error
        return self.history, [error.message] if error else [], error

    def outcome(self) -> TailEnding | BaseException:
        assert self._thread is not None
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive(), f"it does not end: {self.told.getvalue()}"
        assert self._outcome is not None
        return self._outcome

    def ending(self) -> TailEnding:
        outcome = self.outcome()
        assert isinstance(outcome, TailEnding), outcome
        return outcome

    def stop(self) -> TailEnding:
        self.mailbox.put(SignalReceived(15))
        return self.ending()

    def abandon(self) -> None:
        self.may_read.set()
        self.dials.may_open.set()
        if self._thread is not None and self._thread.is_alive():
            self.mailbox.put(SignalReceived(15))
            self._thread.join(PATIENCE)

    def records(self, kind: str) -> list[dict[str, Any]]:
        lines = self.told.getvalue().splitlines()
        return [r for r in map(json.loads, lines) if r["event"] == kind]


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


@pytest.fixture
def run(gateway: Gateway) -> Iterator[Run]:
    with serving(gateway) as server:
        made = Run(server.url, gateway)
        yield made
        made.abandon()


def notification(uuid: str) -> Notification:
    return Notification(uuid, RESOLVED[0], "", b"{}")


# Until there is enough.


def test_events_are_printed_until_there_are_enough(run, gateway):
    run.start(Limits(count=3))
    peer = gateway.peer()
    peer.send(event("a"), event("b"))
    peer.send(event("c"))
    assert run.ending() == TailEnding()
    assert run.paper.lines == ["a", "b", "c"]
    assert gateway.requests == ["POST /subscription/", "DELETE /subscription/sub-1"]
    (summary,) = run.records("summary")
    assert (summary["printed"], summary["kinds"]) == (3, {"presence": 3})
    assert "continue with" not in summary["message"]
    assert run.diary.told[0] == "+sub-1"
    assert run.diary.told[-2:] == ["-sub-1", "end"]


def test_what_an_earlier_run_left_counts_and_comes_first(run, gateway):
    run.start(Limits(count=2), leftover=[notification("left")])
    gateway.peer().send(event("new"))
    assert run.ending() == TailEnding()
    assert run.paper.lines == ["left", "new"]
    # It was taken by the run that received it.
    assert "took left" not in run.diary.told
    assert {"wrote left", "took new", "wrote new"} <= set(run.diary.told)


def test_the_time_is_over(run):
    run.start(Limits(seconds=0.05))
    assert run.ending() == TailEnding()
    assert len(run.records("ready")) == 1


def test_the_summary_counts_from_ready(run, gateway):
    gateway.may_greet.clear()
    run.start()
    threading.Event().wait(0.5)
    gateway.may_greet.set()
    gateway.peer()
    wait_until(lambda: run.records("ready"))
    run.stop()
    (ready,), (summary,) = run.records("ready"), run.records("summary")
    began, ended = (datetime.fromisoformat(each["time"]) for each in (ready, summary))
    assert summary["seconds"] <= (ended - began).total_seconds() + 0.3


def test_nothing_is_reported_of_what_is_only_left_to_end(run, gateway):
    run.is_new = lambda _event: True
    run.may_read.clear()
    run.start(Limits(since=clock() - 60))
    gateway.peer()
    assert run.is_read.wait(PATIENCE)
    run.stop()
    run.narrator.waiting(13.0, "a limit", True)
    run.narrator.step("logging in")
    assert run.records("wait") == run.records("connect") == []
    assert json.loads(run.told.getvalue().splitlines()[-1])["event"] == "summary"


def test_the_time_is_over_before_there_are_enough(run):
    run.start(Limits(count=3, seconds=0.05))
    error = run.ending().error
    assert isinstance(error, TimedOutError)
    assert error.message == "timed out after 0 of 3 events"


def test_only_what_is_wanted_is_printed(run, gateway):
    run.passes = lambda event: event.uuid != "b"
    run.start(Limits(count=2))
    gateway.peer().send(event("b"), event("a"), event("b"), event("c"))
    assert run.ending() == TailEnding()
    assert run.paper.lines == ["a", "c"]
    assert "took b" not in run.diary.told


def test_events_beyond_the_count_are_dropped_and_counted(run, gateway):
    run.paper.at_the_end = lambda: run.paper.left.extend([notification("b"), notification("c")])
    run.start(Limits(count=1))
    gateway.peer().send(event("a"), event("a"))
    assert run.ending() == TailEnding()
    (summary,) = run.records("summary")
    assert summary["dropped"] == {"seen_before": 1, "count": 2}
    assert summary["message"].endswith("3 dropped (over --count 2, duplicate 1)")
    assert run.records("gap") == []


def test_what_a_later_run_prints_is_not_dropped(run, gateway):
    run.diary.keeps_what_is_left = True
    run.paper.at_the_end = lambda: run.paper.left.append(notification("b"))
    run.start(Limits(count=1))
    gateway.peer().send(event("a"))
    assert run.ending() == TailEnding()
    (summary,) = run.records("summary")
    assert summary["dropped"] == {}


def test_something_is_done_about_every_event_and_waited_for(run, gateway):
    run.others = Others()
    run.others.waits = 2
    run.start(Limits(count=2))
    gateway.peer().send(event("a"), event("b"))
    assert run.ending() == TailEnding()
    assert run.others.did == ["a", "b", "closed"]
    assert run.others.waits < 0


def test_after_a_signal_what_is_done_has_to_hurry(run, gateway):
    run.others = Others()
    run.start()
    gateway.peer()
    run.stop()
    assert run.others.did == ["closed", "hurried"]


def test_when_the_time_is_over_no_further_command_is_started(run, gateway):
    run.others = Others()
    run.start(Limits(seconds=0.1))
    gateway.peer()
    run.ending()
    assert run.others.did == ["closed, dropping what waits"]


def test_a_signal_while_it_is_waited_for_hurries_too(run, gateway):
    run.others = Others()
    run.others.waits = 2
    run.others.while_it_waits = lambda: run.mailbox.put(SignalReceived(2))
    run.start(Limits(count=1))
    gateway.peer().send(event("a"))
    assert run.ending() == TailEnding(signal=2)
    assert run.others.did[:3] == ["a", "closed", "hurried"]


def test_whoever_wants_to_know_sees_how_it_is(run, gateway):
    spectator = Spectator()
    run.spectators = [spectator]
    run.start()
    cut(gateway.peer())
    gateway.peer().send(event("a"))
    wait_until(lambda: run.paper.lines)
    run.stop()
    assert spectator.is_ready
    seen = [snapshot.condition for snapshot in spectator.seen]
    # That it connects at first and again may be over before anybody looks.
    assert seen[0] in (Condition.CONNECTING, Condition.LIVE)
    assert {Condition.LIVE, Condition.RECONNECTING} <= set(seen)
    lost = next(s for s in spectator.seen if s.condition is Condition.RECONNECTING)
    assert lost.live_since is None
    assert lost.doing.startswith("reconnecting")
    assert lost.last_frame is not None


# Ends that nobody planned.


def test_a_signal_ends_it_and_is_passed_on(run, gateway):
    run.start()
    gateway.peer()
    run.mailbox.put(SignalReceived(2))
    assert run.ending() == TailEnding(signal=2)
    assert gateway.requests[-1] == "DELETE /subscription/sub-1"


def test_an_output_that_fails_ends_it(run, gateway):
    run.start()
    gateway.peer()
    full = SinkError("the disk is full")
    run.mailbox.put(WriteFailed(full))
    assert run.ending() == TailEnding(full)


def test_a_sign_that_cannot_be_given_ends_it_in_order(run, gateway):
    full = SinkError("the disk is full")

    class Speechless(Spectator):
        def ready(self) -> None:
            raise full

    run.spectators = [Speechless()]
    run.start()
    assert run.ending() == TailEnding(full)
    assert gateway.requests[-1] == "DELETE /subscription/sub-1"


def test_a_refused_login_ends_it(run):
    refused = AuthError("the JWT was refused")
    run.dials.failures = [refused]
    run.start()
    assert run.ending() == TailEnding(refused)


def test_a_bug_of_a_worker_is_raised(run, gateway):
    run.start()
    gateway.peer()
    bug = ZeroDivisionError("a bug")
    run.mailbox.put(WorkerCrashed(bug))
    # The connection is ended as well: its server waits for that.
    assert run.outcome() is bug


def test_a_connection_that_was_not_requested_is_closed(run, gateway):
    run.start()
    gateway.peer()
    unasked = run.dials.dial(Connect(99))
    run.mailbox.put(Opened(99, unasked))
    # A peer that is told goodbye ends; the server waits for that.
    run.stop()
    assert unasked.connection.fileno() == -1


def test_a_connection_that_opens_behind_the_end_is_closed(run):
    run.dials.may_open.clear()

    def at_the_end() -> None:
        run.dials.may_open.set()
        for thread in threading.enumerate():
            if thread.name.startswith("rc-tail-dial"):
                thread.join(PATIENCE)
        run.mailbox.put(Written(0))

    run.paper.at_the_end = at_the_end
    run.start()
    assert run.stop() == TailEnding(signal=15)


@pytest.mark.parametrize(
    ("kept", "limits", "gaps"),
    [(False, Limits(), [2]), (True, Limits(), []), (False, Limits(count=1), [])],
)
def test_what_the_output_did_not_take_is_reported(run, gateway, kept, limits, gaps):
    run.diary.keeps_what_is_left = kept
    run.start(limits)
    peer = gateway.peer()
    if limits.count:
        # More than enough came at once.
        run.paper.at_the_end = lambda: run.paper.left.extend([notification("b")])
        peer.send(event("a"))
        assert run.ending() == TailEnding()
    else:
        run.paper.takes = False
        peer.send(event("a"), event("b"))
        wait_until(lambda: len(run.paper.left) == 2)
        run.stop()
    assert [gap["events"] for gap in run.records("gap")] == gaps


def test_what_is_lost_on_the_way_out_is_reported(run, gateway):
    run.start()
    gateway.peer()
    run.mailbox.put(EventsLost(5, "the queue is full"))
    wait_until(lambda: run.records("gap"))
    # At the very end too.
    run.paper.at_the_end = lambda: run.mailbox.put(EventsLost(2, "the queue is full"))
    run.stop()
    assert [gap["events"] for gap in run.records("gap")] == [5, 7]
    assert [t for t in run.diary.told if t.startswith("dropped")] == ["dropped 5", "dropped 2"]


def wait_until(happened: Callable[[], object]) -> None:
    # Nobody tells a test what another thread has done.
    deadline = clock() + PATIENCE
    pause = threading.Event()
    while not happened():
        assert clock() < deadline, "it did not happen"
        pause.wait(0.005)


# Messages.


def test_one_message_that_cannot_be_read_costs_one_event(run, gateway):
    run.start()
    gateway.peer().send(event("a"), text("no JSON"), event("b"), frame(2, b"binary"), event("c"))
    wait_until(lambda: len(run.paper.lines) == 3)
    run.stop()
    assert run.paper.lines == ["a", "b", "c"]
    gaps = run.records("gap")
    # The second one is of the same cause: it makes the gap grow.
    assert [gap["events"] for gap in gaps] == [1, 2]
    assert "JSON" in gaps[0]["reason"]
    assert gaps[1]["reason"] == "ignored an invalid message"
    assert run.diary.told.count("closed: " + gaps[0]["reason"]) == 1


def test_what_is_odd_is_reported(run, gateway):
    run.start()
    gateway.peer().send(text('[{"type":"Riddle"}]'))
    wait_until(lambda: run.records("unknown_message"))
    run.stop()
    (record,) = run.records("unknown_message")
    assert "Riddle" in record["message"]


def test_silence_is_asked_about_and_a_pong_is_enough(run, gateway, monkeypatch):
    gone_by = Jump(monkeypatch)
    run.start()
    peer = gateway.peer()
    wait_until(lambda: run.records("ready"))
    for _ in range(2):
        # Half a minute and more, in steps that are no sleep of the machine.
        while gateway.pings.empty():
            gone_by.seconds += 5
            wake(run)
            # On its way a ping takes a moment, in which no further time may pass.
            time.sleep(0.02)
        gateway.pings.get()
        before = run.diary.frames
        peer.send(frame(PONG))
        wait_until(lambda: run.diary.frames > before)  # noqa: B023 - called at once
    run.stop()
    assert run.records("reconnecting") == []


def wake(run: Run) -> None:
    """Let the loop take one more item, and everything before it."""
    before = run.diary.told.count("wrote wake")
    run.mailbox.put(Written(0, [notification("wake")]))
    wait_until(lambda: run.diary.told.count("wrote wake") > before)


# Connections.


def test_a_lost_connection_is_recovered(run, gateway):
    run.start()
    cut(gateway.peer())
    gateway.peer().send(event("a"))
    wait_until(lambda: run.paper.lines)
    run.stop()
    assert len(run.records("reconnecting")) == len(run.records("ready")) == 1
    (gap,) = run.records("gap")
    assert (gap["recovered"], gap["unsure"]) == (True, True)
    assert gateway.requests == ["POST /subscription/", "DELETE /subscription/sub-1"]


def test_filters_that_are_refused_are_reported(run, gateway):
    disabled = [{"filter": "/fax", "reason": "SUB-412", "message": "missing"}]
    gateway.more = {"disabledFilters": disabled}
    run.start()
    wait_until(lambda: run.records("ready"))
    run.stop()
    (refused,) = run.records("filter_refused")
    assert refused["filter"] == "/fax"


def test_an_access_token_is_renewed_in_time(run, gateway):
    run.dials.life = TokenLife(clock() + 10, 100, refreshable=True)
    run.start()
    gateway.peer()
    assert run.dials.renewed.wait(PATIENCE)
    run.stop()


def test_another_connection_takes_over(run, gateway):
    run.dials.life = TokenLife(clock() + 10, 100, refreshable=False)
    run.start()
    gateway.peer()
    run.dials.life = TokenLife(clock() + 3600, 3600, refreshable=False)
    second = gateway.peer()
    second.send(event("a"))
    wait_until(lambda: run.records("takeover") and "DELETE /subscription/sub-1" in gateway.requests)
    wait_until(lambda: run.paper.lines)
    run.stop()
    assert run.records("gap") == run.records("reconnecting") == []


def test_an_oauth_session_that_cannot_continue_is_replaced(run, gateway):
    run.dials.life = TokenLife(clock() + 10, 100, refreshable=True)
    run.dials.renewals = [AuthError("it ended")]
    run.start()
    gateway.peer()
    run.dials.life = TokenLife(clock() + 3600, 3600, refreshable=True)
    gateway.peer()
    wait_until(lambda: run.records("takeover"))
    run.stop()
    assert run.records("gap") == []


def test_room_is_made_by_what_is_left_over(run, gateway):
    gateway.refusals = ["SUB-505"]
    run.stale = ["left-over"]
    run.start()
    gateway.peer()
    run.stop()
    assert gateway.requests[1:3] == ["DELETE /subscription/left-over", "POST /subscription/"]


class Jump:
    """Lets the loop's clock run ahead."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seconds = 0.0
        monkeypatch.setattr(tail_module, "clock", lambda: clock() + self.seconds)


def test_a_machine_that_slept_is_noticed(run, gateway, monkeypatch):
    slept = Jump(monkeypatch)
    run.start()
    peer = gateway.peer()
    wait_until(lambda: run.records("ready"))
    slept.seconds = 1000
    # Whatever wakes the loop.
    peer.send(event("a"))
    wait_until(lambda: run.records("reconnecting"))
    assert "the machine was suspended" in run.records("reconnecting")[0]["message"]
    gateway.peer()
    run.stop()
    (gap,) = run.records("gap")
    assert gap["seconds"] >= 900


def test_what_is_to_be_saved_is_saved_in_time(run, gateway):
    run.diary.due = clock() + 0.05
    run.start()
    gateway.peer()
    wait_until(lambda: run.diary.saved)
    assert run.records("summary") == []
    run.stop()
    assert run.diary.saved >= 1


# The history.


def test_a_gap_is_filled_before_what_comes_in(run, gateway):
    gateway.recovers = "Failed"
    run.is_new = lambda _event: True
    run.history = [notification("history:1")]
    run.may_read.clear()
    run.start()
    cut(gateway.peer())
    gateway.peer().send(event("new"))
    assert run.is_read.wait(PATIENCE)
    run.may_read.set()
    wait_until(lambda: len(run.paper.lines) == 2)
    run.stop()
    assert run.paper.lines == ["history:1", "new"]
    (gap,) = run.records("gap")
    assert (gap["recovered"], gap["filled"]) == (False, 1)
    assert [t.partition(":")[0] for t in run.diary.told if ":" in t[:7]] == ["gap", "closed"]


def test_the_history_comes_first_and_live_events_behind_it(run, gateway):
    run.is_new = lambda _event: True
    run.history = [notification("history:1")]
    run.may_read.clear()
    since = clock() - 3600
    run.start(Limits(since=since, count=2))
    gateway.peer().send(event("new"))
    run.may_read.set()
    assert run.ending() == TailEnding()
    assert run.paper.lines == ["history:1", "new"]
    ((start, end),) = run.read
    assert end - start >= 3599
    assert start == pytest.approx(wall_of(since), abs=5)
    (history,) = run.records("history")
    assert history["printed"] == 1
    # What came meanwhile was not printed until then.
    assert run.diary.told.index("closed: past events were read") < run.diary.told.index("took new")


def test_the_history_alone_needs_no_connection(run, gateway):
    run.is_new = lambda _event: True
    run.history = [notification("history:1"), notification("history:2")]
    run.start(Limits(since=clock() - 60, follow=False))
    assert run.ending() == TailEnding()
    assert run.paper.lines == ["history:1", "history:2"]
    assert gateway.requests == []


def test_a_history_that_cannot_be_read_ends_it_where_nothing_else_is_wanted(run, gateway):
    run.is_new = lambda _event: True
    run.history = [notification("history:1")]
    run.history_error = AuthError("no permission")
    run.start(Limits(since=clock() - 60, follow=False))
    assert run.ending() == TailEnding(run.history_error)
    assert run.paper.lines == ["history:1"]


def test_and_does_not_where_more_is_to_come(run, gateway):
    run.is_new = lambda _event: True
    run.history_error = AuthError("no permission")
    run.start(Limits(since=clock() - 60, count=1))
    gateway.peer().send(event("new"))
    assert run.ending() == TailEnding()
    (told,) = run.records("history")
    assert told["failures"] == ["no permission"]


@pytest.mark.parametrize("keeps", [True, False])
def test_a_gap_whose_history_is_not_read_at_the_end_is_left_to_the_run_that_continues(
    run, gateway, keeps
):
    gateway.recovers = "Failed"
    run.diary.resumes = keeps
    run.is_new = lambda _event: True
    run.may_read.clear()
    run.start()
    cut(gateway.peer())
    gateway.peer()
    assert run.is_read.wait(PATIENCE)
    run.mailbox.put(SignalReceived(15))
    run.ending()
    (gap,) = run.records("gap")
    assert ("the next run with this --resume name reads them" in gap["message"]) is keeps
    assert any(told.startswith("closed: ") for told in run.diary.told) is not keeps


def test_the_end_does_not_wait_for_the_history(run, gateway):
    run.is_new = lambda _event: True
    run.may_read.clear()
    run.start(Limits(since=clock() - 60))
    gateway.peer().send(event("new"))
    wait_until(lambda: run.records("ready"))
    run.mailbox.put(SignalReceived(15))
    run.ending()
    assert run.read == []


def test_what_the_output_did_not_take_is_a_gap_of_its_own_time(run, gateway):
    run.paper.takes = False
    run.start()
    gateway.peer()
    wait_until(lambda: run.records("ready"))
    stamps = ("2026-03-02T09:30:05Z", "2026-03-02T09:30:00Z", "")
    run.paper.left = [Notification(f"{stamp}", RESOLVED[0], stamp, b"{}") for stamp in stamps]
    run.stop()
    (gap,) = run.records("gap")
    start = datetime.fromisoformat(gap["from"]).timestamp()
    assert start == pytest.approx(datetime.fromisoformat(stamps[1]).timestamp(), abs=1)
    assert (gap["seconds"], gap["events"]) == (pytest.approx(5, abs=0.1), 3)


# For a later run.


def test_what_is_kept_is_not_deleted_and_how_it_continues_is_said(run, gateway):
    run.diary.resumes = True
    run.start()
    gateway.peer()
    wait_until(lambda: run.records("ready"))
    run.stop()
    assert gateway.requests == ["POST /subscription/"]
    (summary,) = run.records("summary")
    assert summary["message"].endswith("continue with: rc-tail again")


def test_what_an_earlier_run_kept_in_vain_is_reported(run, gateway):
    run.diary.lost = Gap(1, 2, "the state cannot be read", recovered=False)
    run.start()
    gateway.peer()
    run.stop()
    assert [gap["reason"] for gap in run.records("gap")] == ["the state cannot be read"]
