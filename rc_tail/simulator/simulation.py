"""The whole simulation behind one class that the server calls: service, traffic, faults and control."""

import os
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from rc_tail import __version__
from rc_tail.errors import UsageError
from rc_tail.simulator.faults.distortion import Distorter
from rc_tail.simulator.faults.schedule import FaultPlan, FaultSchedule, read_plan
from rc_tail.simulator.send_request import CONTROL, SendRequest, read_send_request
from rc_tail.simulator.service.effects import Effect, ResetConnection
from rc_tail.simulator.service.gateway_session import GatewaySession
from rc_tail.simulator.service.http_values import (
    Answer,
    ApiCall,
    Request,
    error_answer,
    is_loopback,
    not_found,
)
from rc_tail.simulator.service.messaging import STORE
from rc_tail.simulator.service.occurrence import Occurrence
from rc_tail.simulator.service.service import Service
from rc_tail.simulator.service.sessions import OAuthSession
from rc_tail.simulator.traffic.event_factory import EventFactory
from rc_tail.simulator.traffic.recording import Recording
from rc_tail.simulator.traffic.traffic import Traffic

GATEWAY = "/ws"
MAX_REQUESTS = 10_000


class AnsweredRequest(NamedTuple):
    """A request over HTTP that was answered."""

    method: str
    path: str
    status: int


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A subscription, as tests and ``simulator status`` see it.

    Attributes:
        id: The subscription's id.
        extension: The extension id of its user.
        is_connected: Whether its connection is open.
    """

    id: str
    extension: str
    filters: tuple[str, ...]
    is_connected: bool


@dataclass(slots=True)
class Simulation:
    """What the server runs. All of it is called on the server's thread.

    Attributes:
        recording: The source of traffic; None for generated events.
        scenario: Faults whose times count from the first request of a client.
        on_stop: Called when a client asks the simulator to stop.
        requests: The answered requests over HTTP, the newest last.
    """

    service: Service
    recording: Recording | None = None
    scenario: Sequence[FaultPlan] = ()
    on_stop: Callable[[], None] = lambda: None
    requests: deque[AnsweredRequest] = field(default_factory=lambda: deque(maxlen=MAX_REQUESTS))
    distorter: Distorter = field(default_factory=Distorter)
    fault_schedule: FaultSchedule = field(init=False)
    _factory: EventFactory = field(init=False)
    _traffic: Traffic = field(init=False)

    def __post_init__(self) -> None:
        options = self.service.options
        self._factory = EventFactory(self.service.ids)
        self.fault_schedule = FaultSchedule(self.service, self.distorter, self.scenario)
        self.service.gateway.rest = self._rest_with_faults
        self._traffic = Traffic(self._factory, options.rate, options.seed, self.recording)

    # Called by the server.

    def take_effects(self, now: float) -> list[Effect]:
        """Return the effects to carry out now, after faults; called after each call of the server."""
        self.fault_schedule.tick(now)
        effects = list(self.service.outbox)
        self.service.outbox.clear()
        self.service.gateway.answers_sent()
        return self.distorter.distort(effects, now)

    def answer(self, request: Request, now: float) -> Answer:
        """Answer a request over HTTP."""
        if request.path.startswith(CONTROL):
            return self._control(request, now)
        self.fault_schedule.start_scenario(now)
        answer = self._answer_with_faults(request, now)
        self.requests.append(AnsweredRequest(request.method, request.path, answer.status))
        return answer

    def _answer_with_faults(self, request: Request, now: float) -> Answer:
        distortion = self.distorter.next_answer(request.path)
        if distortion is None:
            return self.service.answer(request, now)
        if distortion.replacement is not None:
            return self.service.with_common_headers(distortion.replacement, now)
        answer = self.service.answer(request, now)
        if distortion.expires_token and answer.is_ok:
            self.service.oauth.expire_ws_token(answer.body["ws_access_token"])
        if distortion.rewrite is not None and answer.is_ok:
            answer = distortion.rewrite(answer)
        return replace(answer, delay=distortion.delay)

    def _rest_with_faults(
        self, call: ApiCall, oauth: OAuthSession, session: GatewaySession | None, now: float
    ) -> Answer:
        """Answer a request over the socket, or return a fault's answer in place of it."""
        distortion = self.distorter.next_answer(call.path)
        if distortion is not None and distortion.replacement is not None:
            return distortion.replacement
        return self.service.rest(call, oauth, session, now)

    def opened(self, number: int, request: Request, now: float) -> bool:
        """Take a new WebSocket; the token is in the query or in the Authorization header.

        Returns:
            Whether the path is that of the WebSocket side.
        """
        if request.path.rstrip("/") != GATEWAY:
            return False
        query = request.query
        _, _, bearer = request.headers.get("authorization", "").partition(" ")
        token = query.get("access_token", [bearer.strip()])[0]
        wsc = query["wsc"][0] if "wsc" in query else None
        self.service.gateway.open(number, token, wsc, now)
        self.requests.append(AnsweredRequest(request.method, request.path, 101))
        return True

    def received(self, number: int, text: str, now: float) -> None:
        """Take a message."""
        self.service.gateway.receive(number, text, now)

    def ponged(self, number: int) -> None:
        """Take a pong."""
        self.service.gateway.pong(number)

    def closing(self, number: int) -> None:
        """Note that a client has sent a close frame."""
        self.service.gateway.closing(number)

    def lost(self, number: int, unsent: int, now: float) -> None:
        """Note that a connection was closed while `unsent` messages were queued."""
        self.service.gateway.lost(number, unsent, now)

    def tick(self, now: float) -> float | None:
        """Do everything that is due; return when something will be due next."""
        for occurrence in self._traffic.take_due(self.service.active_filters(now), now):
            self.publish(occurrence, now)
        dues = (
            self.fault_schedule.tick(now),
            self.distorter.due(),
            self.service.gateway.tick(now),
            self._traffic.due(),
        )
        return min((due for due in dues if due is not None), default=None)

    # Events.

    def publish(self, occurrence: Occurrence, now: float) -> set[str]:
        """Send an occurrence to its subscriptions, and return their ids."""
        reached = self.service.publish(occurrence, now)
        # A text is sent to subscriptions to texts and to subscriptions to changes of the store.
        if self.service.subscriptions.of_topic(STORE) and (
            change := self._factory.store_change(occurrence, now)
        ):
            reached |= self.service.publish(change, now)
        return reached

    def send(self, request: SendRequest, now: float) -> int:
        """Generate the requested events; return how many subscriptions they reach.

        Raises:
            UsageError: The kind has no such field.
        """
        reached: set[str] = set()
        for _ in range(request.count):
            reached |= self.publish(self._factory.make(request.kind, request.overrides, now), now)
        return len(reached)

    def cut(self) -> int:
        """Reset every WebSocket; return how many there were."""
        numbers = [connection.number for connection in self.service.gateway.connections()]
        self.service.outbox.extend(ResetConnection(number) for number in numbers)
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

    # Requests of `simulator send`, `fault`, `status` and `stop`.

    def _control(self, request: Request, now: float) -> Answer:
        if refusal := _reject_remote(request):
            return refusal
        name = request.path.removeprefix(CONTROL)
        if name == "status" and request.method == "GET":
            return Answer(200, self._status())
        command = self._commands().get(name)
        if request.method != "POST" or command is None:
            return not_found()
        try:
            result = command(_object(request.json()), now)
        except UsageError as error:
            return Answer(400, {"message": error.message, "hint": error.hint})
        return Answer(200, {"simulator": __version__, **result})

    def _commands(self) -> Mapping[str, Callable[[dict[str, Any], float], dict[str, Any]]]:
        return {"send": self._send, "fault": self._fault, "stop": self._stop}

    def _send(self, fields: dict[str, Any], now: float) -> dict[str, Any]:
        return {"reached": self.send(read_send_request(fields), now)}

    def _fault(self, fields: dict[str, Any], now: float) -> dict[str, Any]:
        values = {str(name): str(value) for name, value in _object(fields.get("values")).items()}
        after, count = fields.get("after"), fields.get("count", 1)
        plan = read_plan(
            str(fields.get("fault", "")),
            values,
            after=None if after is None else str(after),
            count=count if isinstance(count, int) else 0,
        )
        return {"waits": self.fault_schedule.add(plan, now)}

    def _stop(self, fields: dict[str, Any], now: float) -> dict[str, Any]:
        del fields, now
        self.on_stop()
        return {}

    def _status(self) -> dict[str, Any]:
        subscribers = self.subscribers()
        return {
            "simulator": __version__,
            "pid": os.getpid(),
            "sessions": len(self.service.sessions),
            "connections": sum(1 for _ in self.service.gateway.connections()),
            "notifications": self.service.notification_count,
            "faults": self.fault_schedule.names(),
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


def _reject_remote(request: Request) -> Answer | None:
    """Refuse requests of web pages: any site can make a browser call a loopback port."""
    try:
        # Without the port, which is not in the Host header where it is the default.
        host = urlsplit(request.base).hostname or ""
    except ValueError:
        host = ""
    if "origin" in request.headers or not is_loopback(host):
        return error_answer(
            403, "CMN-401", "The simulator can be controlled from this machine only"
        )
    return None
