"""The client's rules and the simulator's, joined in memory: no socket, and the time is a number.

On the client's side everything is the program's own that decides something: session, retries,
tokens, rate budget and dialer. On the other side are the simulator's rules. Between them are wires
that this file keeps the books of.
"""

import itertools
import json
from collections import Counter, defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from msgspec.structs import replace

from rc_tail.config.credentials import Credentials
from rc_tail.config.settings import Settings
from rc_tail.errors import ConnectionLostError, RcTailError
from rc_tail.events.catalogue import by_name
from rc_tail.gateway.batch_decoder import Burst, decode_batch
from rc_tail.gateway.commands import (
    Close,
    Connect,
    Deliver,
    FindStale,
    Gap,
    Ready,
    RenewToken,
    SendPing,
    SendText,
    SessionCommand,
    Stop,
    SubscriptionChanged,
)
from rc_tail.gateway.connection_state import TokenLife
from rc_tail.gateway.messages import Message, Notification
from rc_tail.gateway.recovery import PreviousSession
from rc_tail.gateway.retry import RetryPolicy
from rc_tail.gateway.seen_uuids import SeenUuids
from rc_tail.gateway.session import Session
from rc_tail.rest.auth_budget import AuthBudget
from rc_tail.rest.client import RestClient
from rc_tail.rest.http import HttpClient
from rc_tail.rest.token_cache import TokenCache
from rc_tail.rest.tokens import TokenSource
from rc_tail.simulator.service import effects
from rc_tail.simulator.service.ids import Ids
from rc_tail.simulator.service.options import Options
from rc_tail.simulator.service.service import Service
from rc_tail.simulator.traffic.event_factory import EventFactory, EventOverrides
from rc_tail.system.clocks import wall_of
from rc_tail.tail.dialer import Dialer
from rc_tail.text.redact import Redactor
from rc_tail.transport.websocket import TransportOptions
from tests.gateway.direct import EPOCH, Clock, Direct

URL = "http://127.0.0.1:8080"
SMS = "/restapi/v1.0/account/~/extension/~/message-store/instant?type=SMS"
FOREVER = 1e9
CLOSED, PING, PONG = "closed", "ping", "pong"


@dataclass(frozen=True)
class Address:
    """Stands for an open connection: where the dialer wanted to connect to."""

    url: str


def open_address(url: str, options: TransportOptions, *, ssl_context: object) -> Address:
    """Take the place of opening a socket in the dialer."""
    return Address(url)


@dataclass
class Wire:
    """One connection: what is on its way in both directions.

    Attributes:
        link: The session's number for it.
        number: The service's number for it.
        down: What the service sent and the client has not read: texts, pings, the end.
        up: What the client sent and the service has not read.
        is_silent: Whether nothing gets through any more, and neither end knows.
    """

    link: int
    number: int
    down: deque[bytes | str] = field(default_factory=deque)
    up: deque[str] = field(default_factory=deque)
    is_silent: bool = False


@dataclass
class Fate:
    """An event that was not printed yet.

    Attributes:
        sent: When it happened.
        until: Until when it was on its way, at least.
    """

    sent: float
    until: float

    def lies_in(self, gap: Gap) -> bool:
        return gap.start <= self.until and self.sent <= gap.end and may_lose(gap)


def may_lose(gap: Gap) -> bool:
    """Whether a gap says that events of it may be missing."""
    return gap.overflow or gap.unsure or not gap.recovered


class World:
    """A client and a RingCentral, and every event that ever happened.

    Args:
        folder: Where tokens and budget are kept.
        options: How this RingCentral behaves.
        seed: Of everything random on both sides.
        delayed: Whether what is sent waits on its wire until somebody lets it through.
    """

    def __init__(
        self,
        folder: Path,
        options: Options | None = None,
        *,
        seed: int = 0,
        delayed: bool = False,
    ) -> None:
        self.clock = Clock()
        self.delayed = delayed
        self._random = Random(seed)
        self.service = Service(options or Options(), Ids(self._random.getrandbits, EPOCH))
        self._maker = EventFactory(self.service.ids)
        self._client(folder)
        self.seen = SeenUuids()
        self.orders: list[Connect | RenewToken | FindStale] = []
        self.wires: dict[int, Wire] = {}
        self._numbers = itertools.count(1)
        self._names = itertools.count(1)
        self.printed: Counter[str] = Counter()
        self.uuids: set[str] = set()
        self.missing: dict[str, Fate] = {}
        self.gaps: list[Gap] = []
        self.told: list[SessionCommand] = []
        self.readies = 0
        self.heard = 0.0
        self.stop: Stop | None = None
        self.session = self._new_session(None)

    def _client(self, folder: Path) -> None:
        redactor = Redactor()
        budget = AuthBudget(None, self.clock)
        client = RestClient(URL, ca_bundle=None, redactor=redactor, budget=budget)
        client.close()
        self.direct = Direct(self.service, self.clock)
        # The one thing that is not the program's own: what would be a socket.
        client._exchange = cast(HttpClient, self.direct)
        settings = Settings(
            URL,
            Credentials(
                self.service.options.client_id,
                self.service.options.client_secret,
                self.service.options.jwt,
            ),
            "this test",
        )
        cache = TokenCache(folder, "key", "fingerprint", lambda _: None)
        self.tokens = TokenSource(settings, client, cache, self.clock)
        self.dialer = Dialer(
            self.tokens, client, TransportOptions(), ssl_context=_no_tls, redactor=redactor
        )

    def _new_session(self, past: PreviousSession | None) -> Session:
        policy = RetryPolicy(self._random.uniform, retry_for=FOREVER)
        return Session((SMS,), retry=policy, seen=self.seen, past=past)

    @property
    def now(self) -> float:
        return self.clock.now

    @property
    def wall(self) -> float:
        return self.clock()

    @property
    def is_live(self) -> bool:
        """Whether a connection is subscribed and nothing is missing."""
        return bool(self.readies) and self.session.lost_at is None and not self.orders

    # What the session wants.

    def start(self) -> None:
        self.perform(self.session.start(self.now))

    def perform(self, commands: Sequence[SessionCommand]) -> None:
        for action in commands:
            assert self.stop is None, "an action behind the end"
            match action:
                case Connect() | RenewToken() | FindStale():
                    self.orders.append(action)
                case SendText(link, text):
                    self.wires[link].up.append(text)
                case SendPing(link):
                    self.wires[link].up.append(PING)
                case Close(link, _, abort):
                    self._close(link, abort=abort)
                case Deliver(notifications):
                    for notification in notifications:
                        self._note_printed(notification)
                case _:
                    self._note_told(action)
        if not self.delayed:
            self.flow()

    def _note_told(self, action: SessionCommand) -> None:
        self.told.append(action)
        match action:
            case Gap(start, end):
                assert start <= end == self.now
                self.gaps.append(action)
            case Ready():
                self.readies += 1
            case Stop():
                self.stop = action
                # What a worker brings now is thrown away by the tail.
                self.orders.clear()
            case SubscriptionChanged(id_, active):
                assert id_ or not active
            case _:
                pass

    def _note_printed(self, notification: Notification) -> None:
        assert notification.uuid not in self.uuids, "a uuid was printed twice"
        self.uuids.add(notification.uuid)
        name = json.loads(notification.payload)["body"]["subject"]
        self.printed[name] += 1
        self.missing.pop(name, None)

    def _close(self, link: int, *, abort: bool) -> None:
        wire = self.wires.get(link)
        if wire is None:
            return
        if abort:
            self.cut(wire, tell=False, server_knows=not wire.is_silent)
            return
        self._send_up(wire)
        self.service.gateway.lost(wire.number, 0, self.wall)
        wire.down.append(CLOSED)

    # What is on the wires.

    def _collect(self) -> None:
        """Put what the service sent on its wires."""
        outbox = list(self.service.outbox)
        self.service.outbox.clear()
        for effect in outbox:
            wire = next((w for w in self.wires.values() if w.number == effect.connection), None)
            if wire is None:
                continue
            match effect:
                case effects.SendText(_, text):
                    wire.down.append(text)
                case effects.SendPing():
                    wire.down.append(PING)
                case effects.SendClose():
                    wire.down.append(CLOSED)
                case _:
                    raise AssertionError(effect)

    def _send_up(self, wire: Wire, most: int = 1000) -> bool:
        if wire.is_silent or not wire.up:
            return False
        for _ in range(min(most, len(wire.up))):
            text = wire.up.popleft()
            if text == PING:
                connection = self.service.gateway.get(wire.number)
                if connection is not None and not connection.muted:
                    wire.down.append(PONG)
            elif text == PONG:
                self.service.gateway.pong(wire.number)
            else:
                self.service.gateway.receive(wire.number, text, self.wall)
        self._collect()
        return True

    def _send_down(self, wire: Wire, most: int = 1000) -> bool:
        if wire.is_silent or not wire.down:
            return False
        taken = [wire.down.popleft() for _ in range(min(most, len(wire.down)))]
        batch: list[Message | Burst] = []
        for part in decode_batch([part for part in taken if isinstance(part, bytes)]):
            assert isinstance(part, Message | Burst), part
            batch.append(part)
        if PING in taken:
            wire.up.append(PONG)
        self.heard = self.now
        if PONG in taken or PING in taken:
            self.session.frame_came(wire.link, self.now)
        self.perform(self.session.receive(wire.link, batch, self.now))
        if CLOSED in taken and wire.link in self.wires:
            self.cut(wire)
        return True

    def let_through(self, wire: Wire, most: int = 1000) -> bool:
        """Let something reach both ends of a wire; return whether there was anything."""
        went_up = self._send_up(wire, most)
        return self._send_down(wire, most) or went_up

    def flow(self) -> None:
        """Let everything through that is on any wire."""
        self._collect()
        while any(self.let_through(wire) for wire in list(self.wires.values())):
            pass

    def cut(self, wire: Wire, *, tell: bool = True, server_knows: bool = True) -> None:
        """Break a wire: what is on it is lost."""
        self.wires.pop(wire.link, None)
        for part in wire.down:
            if isinstance(part, bytes) and (name := _name_in(part)) in self.missing:
                self.missing[name].until = self.now
        if server_knows:
            self.service.gateway.lost(wire.number, 0, self.wall)
        if tell:
            lost = ConnectionLostError("the connection was cut")
            self.perform(self.session.connection_lost(wire.link, lost, self.now))

    def spoil(self, wire: Wire) -> bool:
        """Let the next event on a wire arrive so that nobody can read it."""
        found = next((p for p in wire.down if isinstance(p, bytes) and _name_in(p)), None)
        if found is None or wire.is_silent:
            return False
        while wire.down and wire.down[0] is not found:
            if not self._send_down(wire, 1) or wire.link not in self.wires:
                return False
        if not wire.down:
            return False
        wire.down.popleft()
        name = _name_in(found)
        if name in self.missing:
            self.missing[name].until = self.now
        self.heard = self.now
        why = "a message was thrown away"
        self.perform(self.session.message_dropped(wire.link, why, self.now))
        return True

    # What the workers do.

    def work(self) -> None:
        """Let the oldest order be carried out, as the workers do."""
        order = self.orders.pop(0)
        match order:
            case Connect():
                self._dial(order)
            case RenewToken():
                self._renew(order)
            case FindStale(link, spare):
                mine = {s.id for s in self.service.subscriptions} - spare
                connected = {s.id for s in self.service.subscriptions if s.session.connection}
                self.perform(self.session.stale_found(link, sorted(mine - connected), self.now))

    def _dial(self, order: Connect) -> None:
        try:
            dialed = self.dialer.dial(order)
        except RcTailError as error:
            self.perform(self.session.open_failed(order.link, error, self.now))
            return
        wire = Wire(order.link, next(self._numbers))
        self.wires[order.link] = wire
        life = self._life_of(dialed.token)
        query = parse_qs(urlsplit(cast(Address, dialed.connection).url).query)
        commands = self.session.opened(
            order.link,
            oauth_session=dialed.oauth_session,
            used_wsc=dialed.used_wsc,
            token=life,
            now=self.now,
        )
        wsc = query["wsc"][0] if "wsc" in query else None
        self.service.gateway.open(wire.number, query["access_token"][0], wsc, self.wall)
        self._collect()
        self.perform(commands)

    def _renew(self, order: RenewToken) -> None:
        try:
            life = self._life_of(self.dialer.renew(order))
        except RcTailError as error:
            self.perform(self.session.renewal_failed(order.link, error, self.now))
        else:
            self.perform(self.session.token_renewed(order.link, life, self.now))

    def _life_of(self, token: TokenLife) -> TokenLife:
        # The dialer reckons by the clock of this machine.
        ends = round(wall_of(token.ends) - EPOCH, 1)
        return TokenLife(ends, token.life, token.refreshable)

    def fail(self, failure: RcTailError) -> None:
        """Let the oldest order fail."""
        order = self.orders.pop(0)
        match order:
            case Connect(link):
                self.perform(self.session.open_failed(link, failure, self.now))
            case RenewToken(link):
                self.perform(self.session.renewal_failed(link, failure, self.now))
            case FindStale(link):
                self.perform(self.session.stale_found(link, [], self.now))

    # What happens.

    def happen(self) -> str:
        """Let an event happen; return its name."""
        name = f"e{next(self._names)}"
        if self.readies and self.stop is None:
            self.missing[name] = Fate(self.now, self.now)
        kind = by_name("sms")
        assert kind is not None
        self.service.publish(
            self._maker.make(kind, EventOverrides(text=name), self.wall), self.wall
        )
        self._collect()
        if not self.delayed:
            self.flow()
        return name

    def pass_time(self, to: float) -> None:
        """Let time pass; what is due on either side happens."""
        self.clock.now = max(self.clock.now, to)
        self.service.gateway.tick(self.wall)
        self._collect()
        if not self.delayed:
            self.flow()
        due = self.session.next_deadline()
        if due is not None and self.now >= due:
            self.perform(self.session.tick(self.now))

    def run_well(self, until: float) -> None:
        """Let time pass while everything works and nothing is slow."""
        while self.now < until and self.stop is None:
            self.settle()
            due = self.session.next_deadline()
            ticked = self.service.gateway.tick(self.wall)
            self._collect()
            theirs = [] if ticked is None else [ticked - EPOCH]
            step = min([until, *([due] if due is not None else []), *theirs])
            self.pass_time(max(step, self.now + 0.001))
        self.settle()

    def settle(self) -> None:
        """Let everything through, and every order be carried out, until nothing moves."""
        for _ in range(100):
            self.flow()
            if not self.orders:
                return
            self.work()
        raise AssertionError(f"it does not settle: {self.orders}")

    def restart(self, *, kept: bool) -> None:
        """Let the program end, and another run go on with what it knew.

        Args:
            kept: Whether it ended in order; else it was killed.
        """
        # As the program saves it: a kill loses what is in transit.
        behind = self.session.behind_since(self.now)
        heard = self.heard if behind is None else min(self.heard, behind)
        lost_at = heard if self.session.lost_at is None else self.session.lost_at
        if kept:
            self.perform(self.session.stop(self.now, keep=True))
            self.run_well(self.now + 3)
            assert self.stop is not None
        past = replace(self.session.past(self.now), lost_at=lost_at)
        for wire in list(self.wires.values()):
            self.cut(wire, tell=False)
        self.orders.clear()
        self.stop = None
        self.session = self._new_session(past)
        self.start()

    def lost_in_silence(self) -> list[str]:
        """The events that were neither printed nor lie in a gap that was told."""
        counted: dict[int, int] = defaultdict(int)
        silent = []
        for name, fate in self.missing.items():
            fitting = [i for i, gap in enumerate(self.gaps) if fate.lies_in(gap)]
            # A gap of one event admits one.
            room = [
                i for i in fitting if (most := self.gaps[i].events) is None or counted[i] < most
            ]
            if room:
                counted[min(room, key=lambda i: self.gaps[i].events is None)] += 1
            else:
                silent.append(name)
        return silent

    def printed_twice(self) -> list[str]:
        return [name for name, times in self.printed.items() if times > 1]


def _no_tls() -> Any:
    raise AssertionError("nothing here is encrypted")


def _name_in(message: bytes) -> str:
    parsed = json.loads(message)
    if len(parsed) < 2 or parsed[0]["type"] != "ServerNotification":
        return ""
    body: Mapping[str, Any] = parsed[1]["body"]
    return str(body["subject"])
