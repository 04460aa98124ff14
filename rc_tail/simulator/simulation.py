"""Everything that is simulated, behind one door for the sockets: service, traffic and control."""

import os
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from rc_tail import __version__
from rc_tail.errors import UsageError
from rc_tail.simulator.answers import Answer, Request, not_found, refused
from rc_tail.simulator.effects import Outbox, Reset
from rc_tail.simulator.happenings import Happening
from rc_tail.simulator.loopback import is_loopback
from rc_tail.simulator.making import STORE, Maker
from rc_tail.simulator.orders import Order, read_order
from rc_tail.simulator.recorded import Recording
from rc_tail.simulator.service import Service
from rc_tail.simulator.traffic import Traffic

CONTROL = "/simulator/"
GATEWAY = "/ws"
KEPT_REQUESTS = 10_000


class Asked(NamedTuple):
    """A request that was answered."""

    method: str
    path: str
    status: int


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A subscription, as tests and ``simulator status`` see it.

    Attributes:
        id: The subscription's id.
        extension: Whose it is.
        filters: Its event filters.
        is_connected: Whether its connection is open.
    """

    id: str
    extension: str
    filters: tuple[str, ...]
    is_connected: bool


@dataclass(slots=True)
class Simulation:
    """The host of the server.

    Attributes:
        service: The rules of RingCentral.
        recording: What the traffic is taken from; None for made-up scenes.
        on_stop: Called when a client asks the simulator to end.
        requests: What was asked over HTTP, the newest last.
    """

    service: Service
    recording: Recording | None = None
    on_stop: Callable[[], None] = lambda: None
    requests: deque[Asked] = field(default_factory=lambda: deque(maxlen=KEPT_REQUESTS))
    _maker: Maker = field(init=False)
    _traffic: Traffic = field(init=False)

    def __post_init__(self) -> None:
        options = self.service.options
        self._maker = Maker(self.service.ids)
        self._traffic = Traffic(self._maker, options.rate, options.seed, self.recording)

    @property
    def outbox(self) -> Outbox:
        """What is to happen on connections."""
        return self.service.outbox

    # Called by the server.

    def answer(self, request: Request, now: float) -> Answer:
        """Answer a request over HTTP."""
        if request.path.startswith(CONTROL):
            return self._control(request, now)
        answer = self.service.answer(request, now)
        self.requests.append(Asked(request.method, request.path, answer.status))
        return answer

    def opened(self, number: int, request: Request, now: float) -> bool:
        """Take up a WebSocket; the token is in the query or in the Authorization header."""
        if request.path.rstrip("/") != GATEWAY:
            return False
        query = request.query
        _, _, bearer = request.headers.get("authorization", "").partition(" ")
        token = query.get("access_token", [bearer.strip()])[0]
        wsc = query["wsc"][0] if "wsc" in query else None
        self.service.gateway.open(number, token, wsc, now)
        self.requests.append(Asked(request.method, request.path, 101))
        return True

    def received(self, number: int, text: str, now: float) -> None:
        """Take a message of a client."""
        self.service.gateway.receive(number, text, now)

    def ponged(self, number: int) -> None:
        """Take a pong."""
        self.service.gateway.pong(number)

    def lost(self, number: int, unsent: int, now: float) -> None:
        """Learn that a connection is gone."""
        self.service.gateway.lost(number, unsent, now)

    def tick(self, now: float) -> float | None:
        """Do what is due; return when something will be."""
        for happening in self._traffic.take(self.service.subscriptions.filters(), now):
            self.happen(happening, now)
        dues = (self.service.gateway.tick(now), self._traffic.due())
        return min((due for due in dues if due is not None), default=None)

    # Events.

    def happen(self, happening: Happening, now: float) -> set[str]:
        """Let something happen; return the ids of the subscriptions that are told."""
        reached = self.service.tell(happening, now)
        # One text is told twice: to those who asked for texts, and for changes of the store.
        if self.service.subscriptions.of_topic(STORE) and (
            change := self._maker.change_of_store(happening, now)
        ):
            reached |= self.service.tell(change, now)
        return reached

    def carry_out(self, order: Order, now: float) -> int:
        """Make the events of an order; return how many subscriptions are told of them.

        Raises:
            UsageError: The kind has no such field.
        """
        reached: set[str] = set()
        for _ in range(order.count):
            reached |= self.happen(self._maker.make(order.kind, order.wish, now), now)
        return len(reached)

    def cut(self) -> int:
        """Cut every WebSocket without a word; return how many there were."""
        numbers = [connection.number for connection in self.service.gateway.connections()]
        self.outbox.extend(Reset(number) for number in numbers)
        return len(numbers)

    def subscribers(self) -> list[Subscriber]:
        """Return all subscriptions."""
        return [
            Subscriber(
                s.id,
                s.oauth.person.id,
                tuple(f.text for f in s.filters),
                s.session.connection is not None,
            )
            for s in self.service.subscriptions
        ]

    # What `simulator send`, `status` and `stop` ask.

    def _control(self, request: Request, now: float) -> Answer:
        if refusal := _stranger(request):
            return refusal
        name = request.path.removeprefix(CONTROL)
        if name == "status" and request.method == "GET":
            return Answer(200, self._status())
        if request.method != "POST" or name not in ("send", "stop"):
            return not_found()
        if name == "stop":
            self.on_stop()
            return Answer(200, {"simulator": __version__})
        try:
            order = read_order(_object(request.json()))
            reached = self.carry_out(order, now)
            return Answer(200, {"simulator": __version__, "reached": reached})
        except UsageError as error:
            return Answer(400, {"message": error.message, "hint": error.hint})

    def _status(self) -> dict[str, Any]:
        subscribers = self.subscribers()
        return {
            "simulator": __version__,
            "pid": os.getpid(),
            "sessions": len(self.service.sessions),
            "connections": sum(1 for _ in self.service.gateway.connections()),
            "notifications": self.service.told,
            "subscriptions": [
                {
                    "id": s.id,
                    "extension": s.extension,
                    "filters": list(s.filters),
                    "connected": s.is_connected,
                }
                for s in subscribers
            ],
        }


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _stranger(request: Request) -> Answer | None:
    """Refuse what comes from a web page: any site can make a browser call a loopback port."""
    host = request.base.partition("://")[2].rpartition(":")[0].strip("[]")
    if "origin" in request.headers or not is_loopback(host):
        return refused(403, "CMN-401", "The simulator is controlled from this machine only")
    return None
