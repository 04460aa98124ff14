"""Words for transcripts of a session: what a gateway says, and what it is sent."""

import json
from collections.abc import Sequence
from typing import Any, TypeVar

from rc_tail.errors import ConnectionLostError
from rc_tail.gateway.actions import Action, Connect, Deliver, SendText
from rc_tail.gateway.connection_state import TokenLife
from rc_tail.gateway.drops import DropCounter
from rc_tail.gateway.messages import (
    ConnectionDetails,
    ErrorMessage,
    Heartbeat,
    Message,
    Notification,
    Response,
    Wsc,
    refusal_of,
)
from rc_tail.gateway.retry import RetryPolicy
from rc_tail.gateway.seen_uuids import SeenUuids
from rc_tail.gateway.session import Session

FILTERS = ("/restapi/v1.0/account/~/extension/~/presence",)
RESOLVED = ["/restapi/v1.0/account/400000001/extension/400000101/presence"]
CUT = ConnectionLostError("the connection was cut")
T = TypeVar("T")
RECOVERED, FAILED = "Successful", "Failed"


def new_session(*, retry_for: float | None = None, drops: DropCounter | None = None) -> Session:
    """A session whose delays are the widest that its backoff allows."""
    policy = RetryPolicy(lambda low, high: high, retry_for=retry_for)
    return Session(FILTERS, retry=policy, seen=SeenUuids(), drops=drops)


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


def granted(actions: Sequence[Action], subscription: str = "sub-1", **body: Any) -> Message:
    """The answer to the subscription request among `actions`."""
    return answer(request_id(actions), id=subscription, **{"eventFilters": RESOLVED} | body)


def refused(actions: Sequence[Action], status: int, code: str, message: str = "no") -> Message:
    return answer(request_id(actions), status, errorCode=code, message=message)


def error(code: str, message_id: str = "", status: int = 400, message: str = "no") -> Message:
    body = {"errorCode": code, "message": message}
    return Message(ErrorMessage(message_id, status, refusal_of(body), body))


def echo(actions: Sequence[Action]) -> Message:
    """The echo of the heartbeat among `actions`."""
    return Message(Heartbeat(_meta_of(actions, "Heartbeat")["messageId"]))


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


def only(kind: type[T], actions: Sequence[Action]) -> T:
    """The one action of a kind."""
    (found,) = (action for action in actions if isinstance(action, kind))
    return found


def has(kind: type[Action], actions: Sequence[Action]) -> bool:
    return any(isinstance(action, kind) for action in actions)


# What it is sent.


def texts(actions: Sequence[Action]) -> list[list[Any]]:
    return [json.loads(action.text) for action in actions if isinstance(action, SendText)]


def sent(actions: Sequence[Action]) -> list[str]:
    """In short: ``Heartbeat``, ``POST /restapi/...``, ``DELETE /restapi/...``."""
    metas = [message[0] for message in texts(actions)]
    return [
        f"{meta['method']} {meta['path']}" if meta["type"] == "ClientRequest" else meta["type"]
        for meta in metas
    ]


def _meta_of(actions: Sequence[Action], *names: str) -> dict[str, Any]:
    (meta,) = (
        message[0]
        for message in texts(actions)
        if message[0].get("method", message[0]["type"]) in names
    )
    assert isinstance(meta, dict)
    return meta


def request_id(actions: Sequence[Action], method: str = "POST") -> str:
    found = _meta_of(actions, method)["messageId"]
    assert isinstance(found, str)
    return found


def printed(actions: Sequence[Action]) -> list[str]:
    return [
        n.uuid for action in actions if isinstance(action, Deliver) for n in action.notifications
    ]


SUBSCRIBE = "POST /restapi/v1.0/subscription/"


def delete(subscription: str) -> str:
    return f"DELETE /restapi/v1.0/subscription/{subscription}"


# A conversation that went well so far.


def subscribing_session(
    now: float = 0, *, retry_for: float | None = None
) -> tuple[Session, list[Action]]:
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


LIFE = 10.0  # of an access token; at eight tenths of it another connection is opened
DUE = 8.0


def overlapping_session() -> tuple[Session, list[Action]]:
    """A session whose second connection has just asked for its subscription, at `DUE`."""
    session = new_session()
    session.start(0)
    session.receive(1, [granted(_greeted(session, 1, now=0))], 0)
    (connect,) = session.tick(DUE)
    assert isinstance(connect, Connect)
    return session, _greeted(session, 2, now=DUE)


def _greeted(session: Session, link: int, now: float) -> list[Action]:
    token = TokenLife(now + LIFE, LIFE, refreshable=False)
    session.opened(link, oauth_session=f"oauth-{link}", used_wsc=False, now=now, token=token)
    return session.receive(link, [details(wsc=f"wsc-{link}")], now)
