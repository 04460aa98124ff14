"""A gateway for transcripts of several connections: it keeps the books of what a session does."""

import json
from dataclasses import dataclass, field
from typing import Any

from rc_tail.errors import ConnectionLostError, RcTailError
from rc_tail.gateway.actions import (
    Action,
    Close,
    Connect,
    Deliver,
    FindStale,
    RenewToken,
    SendPing,
    SendText,
    Stop,
    SubscriptionChanged,
)
from rc_tail.gateway.connection_state import TokenLife
from rc_tail.gateway.messages import (
    ConnectionDetails,
    Heartbeat,
    Message,
    Notification,
    Wsc,
)
from rc_tail.gateway.session import Session
from tests.gateway.talk import RESOLVED, answer, error, new_session

LIFE = 50.0  # seconds of an access token; after 40 of them it is time for another


def stamp(now: float) -> str:
    """The service's clock: the seconds of the transcript, after midnight."""
    minutes, seconds = divmod(round(now, 3), 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"2026-03-02T{hours:02}:{minutes:02}:{seconds:06.3f}Z"


@dataclass
class Service:
    """The other end of a session, which does only what a test says.

    Attributes:
        session: The session; the time is the service's.
        life: Of each access token.
        refreshable: Whether access tokens can be refreshed.
        absolute: The absolute time-out that greetings tell.
        opened: The connections that are open.
        subscriptions: Those that exist, with the connection that each is told on.
        asked: What the session wants from workers, oldest first.
        told: Everything else that it reports.
        printed: The uuids that it printed.
    """

    session: Session = field(default_factory=new_session)
    now: float = 0.0
    life: float | None = LIFE
    refreshable: bool = False
    absolute: float | None = None
    opened: set[int] = field(default_factory=set)
    requests: list[tuple[int, str]] = field(default_factory=list)
    deletes: list[tuple[int, str, str]] = field(default_factory=list)
    beats: list[tuple[int, str]] = field(default_factory=list)
    subscriptions: dict[str, int] = field(default_factory=dict)
    asked: list[Connect | RenewToken | FindStale] = field(default_factory=list)
    told: list[Action] = field(default_factory=list)
    printed: list[str] = field(default_factory=list)
    grants: int = 0

    # What the session does.

    def perform(self, actions: list[Action]) -> list[Action]:
        """Carry out; return what was reported."""
        reported: list[Action] = []
        for action in actions:
            match action:
                case Connect() | RenewToken() | FindStale():
                    self.asked.append(action)
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
        self.told += reported
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
        """The connection that was asked for last."""
        return max(a.link for a in self.asked if isinstance(a, Connect))

    # What the service does.

    def tick(self, now: float) -> list[Action]:
        """Let time pass; all connections show signs of life."""
        self.now = now
        for link in self.opened:
            self.session.frame_came(link, now)
        reported = self.perform(self.session.tick(now))
        self.echo()
        return reported

    def say(self, link: int, *messages: Message) -> list[Action]:
        return self.perform(self.session.receive(link, messages, self.now))

    def open(self, link: int | None = None, *, used_wsc: bool = False) -> None:
        """A connection opens, under a login of its own."""
        number = self.link if link is None else link
        self.opened.add(number)
        life = self.life
        token = None if life is None else TokenLife(self.now + life, life, self.refreshable)
        # Recovery works under the login of the connection that was cut only.
        (connect,) = (a for a in self.asked if isinstance(a, Connect) and a.link == number)
        login = connect.oauth_session if used_wsc else f"login-{number}"
        actions = self.session.opened(
            number, oauth_session=login, used_wsc=used_wsc, token=token, now=self.now
        )
        self.perform(actions)

    def greet(self, link: int | None = None, recovery: str = "") -> list[Action]:
        number = self.link if link is None else link
        content = ConnectionDetails(
            recovery_timeout=180,
            recovery_buffer_size=100,
            absolute_timeout=self.absolute,
            recovery_state=recovery,
        )
        return self.say(number, Message(content, Wsc(f"wsc-{number}", 1)))

    def grant(self, link: int | None = None, *, created: float | None = None) -> list[Action]:
        """Answer the subscription request of a connection, the only one without a number."""
        number, request = self.take_request(link)
        self.grants += 1
        id_ = f"sub-{self.grants}"
        self.subscriptions[id_] = number
        made = stamp(self.now if created is None else created)
        body: dict[str, Any] = {"id": id_, "eventFilters": RESOLVED, "creationTime": made}
        return self.say(number, answer(request, **body))

    def refuse(self, status: int, code: str = "X", link: int | None = None) -> list[Action]:
        number, request = self.take_request(link)
        return self.say(number, error(code, request, status))

    def take_request(self, link: int | None) -> tuple[int, str]:
        (found,) = (r for r in self.requests if link in (None, r[0]))
        self.requests.remove(found)
        return found

    def delete(self, status: int = 204) -> list[Action]:
        """Answer every request to delete a subscription."""
        reported: list[Action] = []
        deletes, self.deletes = self.deletes, []
        for link, request, id_ in deletes:
            if status < 300:
                self.subscriptions.pop(id_, None)
            reported += self.say(link, answer(request, status))
        return reported

    def echo(self) -> list[Action]:
        beats, self.beats = self.beats, []
        return [a for link, id_ in beats for a in self.say(link, Message(Heartbeat(id_)))]

    def cut(self, link: int, why: RcTailError | None = None) -> list[Action]:
        self.forget(link)
        lost = why or ConnectionLostError("cut")
        return self.perform(self.session.connection_lost(link, lost, self.now))

    def fail(self, failure: RcTailError) -> list[Action]:
        """The connection that was asked for last cannot be opened."""
        return self.perform(self.session.open_failed(self.link, failure, self.now))

    def happens(self, content: str, *subscriptions: str, sent: float | None = None) -> None:
        """An event is told on these subscriptions, in this order, each with a uuid of its own."""
        for id_ in subscriptions:
            self.say(self.subscriptions[id_], notification(content, id_, sent or self.now))

    def stop(self, failure: RcTailError | None = None) -> list[Action]:
        return self.perform(self.session.stop(self.now, failure))

    @property
    def ended(self) -> bool:
        return any(isinstance(a, Stop) for a in self.told)


def notification(content: str, subscription: str, sent: float) -> Message:
    """An event as one subscription tells it."""
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


def live_service(**differently: object) -> Service:
    """A service whose first connection listens, since the time 0."""
    service = Service(**differently)  # type: ignore[arg-type]  # any attribute
    service.perform(service.session.start(0))
    service.open()
    service.greet()
    service.grant()
    service.told.clear()
    return service
