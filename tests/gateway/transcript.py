"""Transcripts of a session, for its tests.

Two ways to write one, both with the time as a number:

- A single connection: call the session, and use the words of this module for what the gateway
  says (`details`, `granted`, `event` ...) and for what it is sent (`sent`, `printed`, `only` ...).
- Several connections: `FakeGateway` carries out the session's actions and records them, so that
  a test says only what happens: ``gateway.tick(40)``, ``gateway.open()``, ``gateway.grant()``.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from rc_tail.errors import ConnectionLostError, RcTailError
from rc_tail.gateway.commands import (
    Close,
    Connect,
    Deliver,
    FindStale,
    RenewToken,
    SendPing,
    SendText,
    SessionCommand,
    Stop,
    SubscriptionChanged,
)
from rc_tail.gateway.connection_state import TokenLife
from rc_tail.gateway.drops import DropCounter
from rc_tail.gateway.error_body import read_refusal
from rc_tail.gateway.messages import (
    ConnectionDetails,
    ErrorMessage,
    Heartbeat,
    Message,
    Notification,
    Response,
    Wsc,
)
from rc_tail.gateway.recovery import PreviousSession
from rc_tail.gateway.retry import RetryPolicy
from rc_tail.gateway.seen_uuids import SeenUuids
from rc_tail.gateway.session import Session

FILTERS = ("/restapi/v1.0/account/~/extension/~/presence",)
RESOLVED = ["/restapi/v1.0/account/400000001/extension/400000101/presence"]
CUT = ConnectionLostError("the connection was cut")
T = TypeVar("T")
RECOVERED, FAILED = "Successful", "Failed"


def new_session(
    *,
    retry_for: float | None = None,
    past: PreviousSession | None = None,
    drops: DropCounter | None = None,
) -> Session:
    """A session whose delays are the widest that its backoff allows."""
    policy = RetryPolicy(lambda low, high: high, retry_for=retry_for)
    return Session(FILTERS, retry=policy, seen=SeenUuids(), past=past, drops=drops)


# What the gateway says.


def details(
    recovery: str = "",
    *,
    wsc: str = "wsc-1",
    sequence: int = 1,
    timeout: float | None = 180,
    buffer: int | None = 100,
) -> Message:
    content = ConnectionDetails(
        recovery_timeout=timeout, recovery_buffer_size=buffer, recovery_state=recovery
    )
    return Message(content, Wsc(wsc, sequence) if wsc else None)


def answer(message_id: str, status: int = 200, **body: Any) -> Message:
    return Message(Response(message_id, status, body))


def granted(
    commands: Sequence[SessionCommand], subscription: str = "sub-1", **body: Any
) -> Message:
    """The answer to the subscription request among `commands`."""
    return answer(request_id(commands), id=subscription, **{"eventFilters": RESOLVED} | body)


def refused(
    commands: Sequence[SessionCommand], status: int, code: str, message: str = "no"
) -> Message:
    return answer(request_id(commands), status, errorCode=code, message=message)


def error(code: str, message_id: str = "", status: int = 400, message: str = "no") -> Message:
    body = {"errorCode": code, "message": message}
    return Message(ErrorMessage(message_id, status, read_refusal(body), body))


def echo(commands: Sequence[SessionCommand]) -> Message:
    """The echo of the heartbeat among `commands`."""
    return Message(Heartbeat(_meta_of(commands, "Heartbeat")["messageId"]))


def event(uuid: str, subscription: str = "sub-1") -> Message:
    payload = {
        "uuid": uuid,
        "event": RESOLVED[0],
        "subscriptionId": subscription,
        "body": {"text": f"of {uuid}"},
    }
    content = Notification(
        uuid, RESOLVED[0], "", json.dumps(payload).encode(), subscription_id=subscription
    )
    return Message(content)


def only(kind: type[T], commands: Sequence[SessionCommand]) -> T:
    """The one action of a kind."""
    (found,) = (action for action in commands if isinstance(action, kind))
    return found


def of(kind: type[T], commands: Sequence[SessionCommand]) -> list[T]:
    return [action for action in commands if isinstance(action, kind)]


def has(kind: type[SessionCommand], commands: Sequence[SessionCommand]) -> bool:
    return any(isinstance(action, kind) for action in commands)


# What it is sent.


def texts(commands: Sequence[SessionCommand]) -> list[list[Any]]:
    return [json.loads(action.text) for action in commands if isinstance(action, SendText)]


def sent(commands: Sequence[SessionCommand]) -> list[str]:
    """In short: ``Heartbeat``, ``POST /restapi/...``, ``DELETE /restapi/...``."""
    metas = [message[0] for message in texts(commands)]
    return [
        f"{meta['method']} {meta['path']}" if meta["type"] == "ClientRequest" else meta["type"]
        for meta in metas
    ]


def _meta_of(commands: Sequence[SessionCommand], *names: str) -> dict[str, Any]:
    (meta,) = (
        message[0]
        for message in texts(commands)
        if message[0].get("method", message[0]["type"]) in names
    )
    assert isinstance(meta, dict)
    return meta


def request_id(commands: Sequence[SessionCommand], method: str = "POST") -> str:
    found = _meta_of(commands, method)["messageId"]
    assert isinstance(found, str)
    return found


def printed(commands: Sequence[SessionCommand]) -> list[str]:
    return [
        n.uuid for action in commands if isinstance(action, Deliver) for n in action.notifications
    ]


SUBSCRIBE = "POST /restapi/v1.0/subscription/"


def delete(subscription: str) -> str:
    return f"DELETE /restapi/v1.0/subscription/{subscription}"


# A conversation that went well so far.


def subscribing_session(
    now: float = 0, *, retry_for: float | None = None
) -> tuple[Session, list[SessionCommand]]:
    """A session that has just asked for its first subscription, and what it sent."""
    session = new_session(retry_for=retry_for)
    session.start(now)
    session.opened(1, oauth_session="oauth-1", used_wsc=False, now=now)
    return session, session.receive(1, [details()], now)


def live_session(now: float = 0) -> Session:
    """A session whose first connection listens."""
    session, asked = subscribing_session(now)
    session.receive(1, [granted(asked)], now)
    return session


def reconnect(session: Session, *, used_wsc: bool = True) -> Connect:
    """Wait until the session wants to connect, and open the connection at once."""
    now = session.next_deadline()
    assert now is not None
    (connect,) = session.tick(now)
    assert isinstance(connect, Connect)
    session.opened(connect.link, oauth_session="oauth-1", used_wsc=used_wsc, now=now)
    return connect


def reconnecting_session(lost: float, *, used_wsc: bool = True) -> Session:
    """A session that lost its first connection and waits for the greeting of the second."""
    session = live_session(lost)
    session.connection_lost(1, ConnectionLostError("the connection was cut"), lost)
    reconnect(session, used_wsc=used_wsc)
    return session


# Several connections.

LIFE = 50.0  # seconds of an access token


def stamp(now: float) -> str:
    """The service's clock: the seconds of the transcript, after midnight."""
    minutes, seconds = divmod(round(now, 3), 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"2026-03-02T{hours:02}:{minutes:02}:{seconds:06.3f}Z"


@dataclass
class FakeGateway:
    """The other end of a session, which does only what a test says, and the loop around it.

    Attributes:
        session: The session; the time is the service's.
        life: Of each access token.
        refreshable: Whether access tokens can be refreshed.
        absolute: The absolute time-out that greetings announce.
        dates_grants: Whether it says when it made a subscription.
        opened: The connections that are open.
        subscriptions: Those that exist, with the connection that brings their events.
        ordered: What the session wants from workers, oldest first.
        reported: Everything else that it reports.
        printed: The uuids that it printed.
    """

    session: Session = field(default_factory=new_session)
    now: float = 0.0
    life: float | None = LIFE
    refreshable: bool = False
    absolute: float | None = None
    dates_grants: bool = True
    opened: set[int] = field(default_factory=set)
    requests: list[tuple[int, str]] = field(default_factory=list)
    deletes: list[tuple[int, str, str]] = field(default_factory=list)
    beats: list[tuple[int, str]] = field(default_factory=list)
    subscriptions: dict[str, int] = field(default_factory=dict)
    ordered: list[Connect | RenewToken | FindStale] = field(default_factory=list)
    reported: list[SessionCommand] = field(default_factory=list)
    printed: list[str] = field(default_factory=list)
    grants: int = 0

    # What the session does.

    def perform(self, commands: list[SessionCommand]) -> list[SessionCommand]:
        """Carry out; return what was reported."""
        reported: list[SessionCommand] = []
        for action in commands:
            match action:
                case Connect() | RenewToken() | FindStale():
                    self.ordered.append(action)
                case Close(link):
                    self.forget(link)
                case SendText(link, text):
                    assert link in self.opened, "sent on a connection that is not open"
                    self.hear(link, json.loads(text)[0])
                case SendPing(link):
                    assert link in self.opened
                case Deliver(notifications):
                    self.printed += [n.uuid for n in notifications]
                case SubscriptionChanged():
                    pass
                case _:
                    reported.append(action)
        self.reported += reported
        return reported

    def hear(self, link: int, meta: dict[str, str]) -> None:
        id_ = meta["messageId"]
        if meta["type"] == "Heartbeat":
            self.beats.append((link, id_))
        elif meta["method"] == "POST":
            self.requests.append((link, id_))
        else:
            self.deletes.append((link, id_, meta["path"].rpartition("/")[2]))

    def forget(self, link: int) -> None:
        self.opened.discard(link)
        self.requests = [r for r in self.requests if r[0] != link]
        self.deletes = [d for d in self.deletes if d[0] != link]
        self.beats = [b for b in self.beats if b[0] != link]

    @property
    def link(self) -> int:
        """The connection that was ordered last."""
        return max(a.link for a in self.ordered if isinstance(a, Connect))

    # What the service does.

    def tick(self, now: float) -> list[SessionCommand]:
        """Let time pass; all connections show signs of life."""
        self.now = now
        for link in self.opened:
            self.session.frame_came(link, now)
        reported = self.perform(self.session.tick(now))
        self.echo()
        return reported

    def say(self, link: int, *messages: Message) -> list[SessionCommand]:
        return self.perform(self.session.receive(link, messages, self.now))

    def open(self, link: int | None = None, *, used_wsc: bool = False) -> None:
        """A connection opens, under its own login."""
        number = self.link if link is None else link
        self.opened.add(number)
        life = self.life
        token = None if life is None else TokenLife(self.now + life, life, self.refreshable)
        # Recovery works under the login of the connection that was cut only.
        (connect,) = (a for a in self.ordered if isinstance(a, Connect) and a.link == number)
        login = connect.oauth_session if used_wsc else f"login-{number}"
        commands = self.session.opened(
            number, oauth_session=login, used_wsc=used_wsc, token=token, now=self.now
        )
        self.perform(commands)

    def greet(self, link: int | None = None, recovery: str = "") -> list[SessionCommand]:
        number = self.link if link is None else link
        content = ConnectionDetails(
            recovery_timeout=180,
            recovery_buffer_size=100,
            absolute_timeout=self.absolute,
            recovery_state=recovery,
        )
        return self.say(number, Message(content, Wsc(f"wsc-{number}", 1)))

    def recover(self, subscription: str) -> None:
        """The session reconnects and is recovered: its replay ends with the next `echo`."""
        self.tick(self.now)
        self.open(used_wsc=True)
        self.subscriptions[subscription] = self.link
        self.greet(recovery=RECOVERED)

    def grant(
        self, link: int | None = None, *, created: float | None = None
    ) -> list[SessionCommand]:
        """Answer the subscription request of a connection, the only one without a number."""
        number, request = self.take_request(link)
        self.grants += 1
        id_ = f"sub-{self.grants}"
        self.subscriptions[id_] = number
        made = stamp(self.now if created is None else created) if self.dates_grants else ""
        body: dict[str, Any] = {"id": id_, "eventFilters": RESOLVED, "creationTime": made}
        return self.say(number, answer(request, **body))

    def refuse(self, status: int, code: str = "X", link: int | None = None) -> list[SessionCommand]:
        number, request = self.take_request(link)
        return self.say(number, error(code, request, status))

    def take_request(self, link: int | None) -> tuple[int, str]:
        (found,) = (r for r in self.requests if link in (None, r[0]))
        self.requests.remove(found)
        return found

    def delete(self, status: int = 204) -> list[SessionCommand]:
        """Answer every request to delete a subscription."""
        reported: list[SessionCommand] = []
        deletes, self.deletes = self.deletes, []
        for link, request, id_ in deletes:
            if status < 300:
                self.subscriptions.pop(id_, None)
            reported += self.say(link, answer(request, status))
        return reported

    def echo(self) -> list[SessionCommand]:
        beats, self.beats = self.beats, []
        return [a for link, id_ in beats for a in self.say(link, Message(Heartbeat(id_)))]

    def cut(self, link: int, why: RcTailError | None = None) -> list[SessionCommand]:
        self.forget(link)
        lost = why or ConnectionLostError("cut")
        return self.perform(self.session.connection_lost(link, lost, self.now))

    def fail(self, failure: RcTailError) -> list[SessionCommand]:
        """The connection that was ordered last cannot be opened."""
        return self.perform(self.session.open_failed(self.link, failure, self.now))

    def happens(self, content: str, *subscriptions: str, sent: float | None = None) -> None:
        """An event comes on these subscriptions, in this order, each with a uuid of its own."""
        for id_ in subscriptions:
            self.say(self.subscriptions[id_], notification(content, id_, sent or self.now))

    def stop(self, failure: RcTailError | None = None) -> list[SessionCommand]:
        return self.perform(self.session.stop(self.now, failure))

    @property
    def ended(self) -> bool:
        return any(isinstance(a, Stop) for a in self.reported)


def notification(content: str, subscription: str, sent: float) -> Message:
    """An event as one subscription brings it."""
    uuid = f"{content}/{subscription}"
    payload = {
        "uuid": uuid,
        "event": RESOLVED[0],
        "timestamp": stamp(sent),
        "subscriptionId": subscription,
        "body": {"presenceStatus": content.rstrip("'")},
    }
    content_ = Notification(
        uuid,
        RESOLVED[0],
        stamp(sent),
        json.dumps(payload).encode(),
        subscription_id=subscription,
    )
    return Message(content_)


def live_gateway(**attributes: object) -> FakeGateway:
    """A gateway whose first connection is live since the time 0."""
    gateway = FakeGateway(**attributes)  # type: ignore[arg-type]  # any attribute
    gateway.perform(gateway.session.start(0))
    gateway.open()
    gateway.greet()
    gateway.grant()
    gateway.reported.clear()
    return gateway


# The stages of a take-over. Each begins at `DUE` and leaves the old connection live.

DUE = 0.8 * LIFE


def opening(gateway: FakeGateway) -> None:
    gateway.tick(DUE)
    assert gateway.link == 2


def greeting(gateway: FakeGateway) -> None:
    opening(gateway)
    gateway.open()


def subscribing(gateway: FakeGateway) -> None:
    greeting(gateway)
    gateway.greet()


def overlapping(gateway: FakeGateway) -> None:
    subscribing(gateway)
    gateway.grant()
    assert gateway.opened == {1, 2}
