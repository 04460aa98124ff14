"""The WebSocket side: connections, messages, timers and recovery.

Facts from the developer guide ("Subscribing via WebSockets", "Session recovery", "Heartbeats"),
the SDKs and reports from the field; undocumented behaviour is marked as chosen.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from rc_tail.simulator.service.effects import Outbox, SendClose, SendPing, SendText
from rc_tail.simulator.service.gateway_messages import (
    answer_message,
    details_message,
    error_message,
    notification_message,
    read_api_call,
)
from rc_tail.simulator.service.gateway_session import Connection, GatewaySession
from rc_tail.simulator.service.http_values import Answer, ApiCall, compact, error_answer
from rc_tail.simulator.service.ids import Ids
from rc_tail.simulator.service.oauth import OAuth
from rc_tail.simulator.service.options import Options
from rc_tail.simulator.service.recovery import BAD_RECOVERY, DAY, Recovery
from rc_tail.simulator.service.sessions import OAuthSession
from rc_tail.simulator.service.subscriptions import Subscriptions

BAD_TOKEN, TOO_MANY = 4400, 1008
# Seconds for which a connection outlives the revocation of its login. Chosen: that it does so is
# known from RingCentral's own tests, for how long is not.
LINGER = 60.0

Rest = Callable[[ApiCall, OAuthSession, GatewaySession | None, float], Answer]


@dataclass(slots=True)
class Gateway:
    """Opens, serves and recovers connections.

    Attributes:
        rest: Answers requests to REST resources that arrive over a connection.
        outbox: Receives the effects.
    """

    options: Options
    ids: Ids
    oauth: OAuth
    subscriptions: Subscriptions
    rest: Rest
    outbox: Outbox
    recovery: Recovery = field(init=False)
    _open: dict[int, Connection] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.recovery = Recovery(self.options)

    def connections(self) -> Iterator[Connection]:
        """Return the open connections, oldest first."""
        return iter(list(self._open.values()))

    def get(self, number: int) -> Connection | None:
        """Return an open connection, or None."""
        return self._open.get(number)

    # Opening and recovering.

    def open(self, number: int, token: str, wsc: str | None, now: float) -> None:
        """Accept a connection with its details, or refuse it.

        Args:
            number: The server's number of the connection.
            token: The WebSocket token.
            wsc: The recovery token; None where the client sent none.
            now: Seconds since 1970.
        """
        oauth = self.oauth.redeem_ws_token(token, now)
        if oauth is None:
            self.outbox.append(SendClose(number, BAD_TOKEN, "Invalid access token"))
            return
        self.recovery.remove_expired(now)
        self._close_older(token, now)
        session, state, code = self.recovery.session_for(wsc, oauth, now)
        if session is None:
            words = "Malformed WebSocket session context token"
            text = error_message("", 400, BAD_RECOVERY, words, self.ids.uuid())
            self.outbox += [SendText(number, text), SendClose(number)]
            return
        if session.connection is None and self._count(oauth) >= self.options.connection_limit:
            # Chosen: no capture shows how the service refuses it.
            self.outbox.append(SendClose(number, TOO_MANY, "Too many connections of this session"))
            return
        self._greet(number, token, session, (state, code), now)

    def _count(self, oauth: OAuthSession) -> int:
        return sum(connection.session.oauth is oauth for connection in self._open.values())

    def _greet(
        self, number: int, token: str, session: GatewaySession, outcome: tuple[str, str], now: float
    ) -> None:
        if session.connection is not None:
            # The client noticed that the connection was lost before the server did.
            self._end(session.connection, SendClose(session.connection.number), now)
        self.recovery.renew(session, self.ids.token("WSC-"))
        connection = Connection(number, session, token, now, now, now + self.options.ping_interval)
        session.connection = connection
        self._open[number] = connection
        # A fault can have shrunk the buffer: the details announce its real size.
        announced = replace(self.options, recovery_buffer=session.recent.maxlen or 0)
        text = details_message(announced, session.next_wsc(), self.ids.uuid(), outcome, now)
        self.outbox.append(SendText(number, text))
        if session.missed_count:
            connection.replay_at = now + self.options.replay_delay

    def _replay(self, connection: Connection, now: float) -> None:
        connection.replay_at = None
        for uuid, payload in connection.session.take_missed():
            self._send_notification(connection, uuid, payload, now)

    def _close_older(self, token: str, now: float) -> None:
        # A token has one open connection: a second use closes the first.
        for connection in self.connections():
            if connection.ws_token == token:
                self._end(connection, SendClose(connection.number), now)

    # What a client sends.

    def receive(self, number: int, text: str, now: float) -> None:
        """Answer a message of a client; an invalid one gets an error."""
        connection = self._open.get(number)
        if connection is None or connection.is_unreachable:
            return
        connection.active = now
        if connection.replay_at is not None:
            # Missed notifications are sent before answers.
            self._replay(connection, now)
        try:
            message = json.loads(text)
        except ValueError:
            message = None
        meta = message[0] if isinstance(message, list) and message else None
        if not isinstance(meta, dict):
            words = "Expected an array of one or two elements, the first of them an object"
            self._refuse(connection, "", words)
        elif meta.get("type") == "Heartbeat":
            echo = {k: v for k, v in meta.items() if k in ("type", "messageId")}
            self.outbox.append(SendText(number, compact([echo])))
        elif meta.get("type") == "ClientRequest":
            self._request(connection, meta, message[1:], now)
        else:
            self._refuse(connection, meta.get("messageId", ""), "Unexpected message type")

    def _request(
        self, connection: Connection, meta: dict[str, Any], rest: list[Any], now: float
    ) -> None:
        id_ = meta.get("messageId", "")
        call = read_api_call(meta, rest)
        if isinstance(call, str):
            self._refuse(connection, id_, call)
            return
        session = connection.session
        connection.requests += 1
        if connection.requests > self.options.request_limit:
            # Chosen: no capture shows how the service refuses it.
            answer = error_answer(429, "CMN-301", "Too many active requests on this connection")
        elif connection.revoked:
            answer = error_answer(401, "OAU-213", "Token not found")
        else:
            answer = self.rest(call, session.oauth, session, now)
        # The answer is queued first: no notification precedes the confirmation of a subscription.
        text = answer_message(answer, id_, self._riding_wsc(session), self.ids.uuid(), now)
        self.outbox.append(SendText(connection.number, text))

    def _riding_wsc(self, session: GatewaySession) -> bytes | None:
        return session.next_wsc() if self.options.wsc_everywhere else None

    def answers_sent(self) -> None:
        """Register that the answers to all requests are on their way."""
        for connection in self._open.values():
            connection.requests = 0

    def _refuse(self, connection: Connection, id_: Any, words: str) -> None:
        text = error_message(id_, 400, "WSG-808", words, self.ids.uuid())
        self.outbox.append(SendText(connection.number, text))

    def pong(self, number: int) -> None:
        """Register a pong."""
        if connection := self._open.get(number):
            connection.pong_by = None

    # What is sent to a client.

    def notify(self, session: GatewaySession, uuid: str, payload: bytes, now: float) -> None:
        """Send a notification to a session, or buffer it for its recovery."""
        connection = session.connection
        is_away = (
            connection is None or connection.is_unreachable or connection.replay_at is not None
        )
        session.buffer(uuid, payload, missed=is_away)
        if connection is not None and not is_away:
            self._send_notification(connection, uuid, payload, now)

    def _send_notification(
        self, connection: Connection, uuid: str, payload: bytes, now: float
    ) -> None:
        connection.active = now
        text = notification_message(uuid, self._riding_wsc(connection.session), payload)
        self.outbox.append(SendText(connection.number, text))

    # Ends.

    def closing(self, number: int) -> None:
        """Register that the client sent a close frame: it reads no frame after its own."""
        if connection := self._open.get(number):
            connection.closing = True

    def lost(self, number: int, unsent: int, now: float) -> None:
        """Register that a connection was closed.

        Args:
            unsent: How many queued messages were not sent.
        """
        if connection := self._open.get(number):
            connection.session.add_missed(unsent)
            self._end(connection, None, now)

    def _end(self, connection: Connection, last: SendClose | None, now: float) -> None:
        self._open.pop(connection.number, None)
        session = connection.session
        if session.connection is connection:
            session.connection = None
            session.lost_at = now
        if session.subscription is not None and connection.revoked:
            self.subscriptions.remove(session.subscription)
        elif session.subscription is not None:
            session.subscription.expires = now + DAY
        if last is not None:
            self.outbox.append(last)

    def end_session(self, oauth: OAuthSession, *, revoked: bool) -> None:
        """End everything of an OAuth session: connections, subscriptions, recovery.

        A revocation leaves the connections for a while, with their events, and requests are answered
        with 401: RingCentral's own clients delete their subscription over the socket after they have
        logged out.
        """
        for connection in self.connections():
            if connection.session.oauth is oauth:
                connection.revoked = revoked
        for subscription in self.subscriptions:
            attached = subscription.session.connection
            if subscription.oauth is oauth and not (attached and attached.revoked):
                self.subscriptions.remove(subscription)
        for connection in self.connections():
            if connection.session.oauth is oauth and not connection.revoked:
                # Chosen: the code of the real service is not documented.
                last = SendClose(connection.number, BAD_TOKEN, "Session ended")
                self._end(connection, last, connection.active)

    def close(self, connection: Connection, code: int, reason: str, now: float) -> None:
        """Close a connection with a code and a reason."""
        self._end(connection, SendClose(connection.number, code, reason), now)

    def close_with_error(self, connection: Connection, code: str, now: float) -> None:
        """Send an error, ``WSG-902`` or ``WSG-903``, then close the connection."""
        words = {"WSG-902": "Idle timeout expired", "WSG-903": "Absolute timeout expired"}[code]
        # Chosen: no capture shows the status.
        text = error_message(self.ids.uuid(), 408, code, words, self.ids.uuid())
        self.outbox.append(SendText(connection.number, text))
        self._end(connection, SendClose(connection.number), now)

    # Timers.

    def tick(self, now: float) -> float | None:
        """Run the timers that are due; return when the next one will be."""
        due: float | None = None
        for connection in self.connections():
            if connection.is_unreachable:
                continue
            next_due = self._supervise(connection, now)
            if next_due is not None and (due is None or next_due < due):
                due = next_due
        return due

    def _supervise(self, connection: Connection, now: float) -> float | None:
        options = self.options
        if now >= connection.opened + options.absolute_timeout:
            self.close_with_error(connection, "WSG-903", now)
            return None
        if now >= connection.active + options.idle_timeout:
            self.close_with_error(connection, "WSG-902", now)
            return None
        if connection.revoked and connection.revoked_until is None:
            connection.revoked_until = now + LINGER
        if connection.revoked_until is not None and now >= connection.revoked_until:
            self.close(connection, BAD_TOKEN, "Session ended", now)
            return None
        if connection.pong_by is not None and now >= connection.pong_by:
            self._end(connection, SendClose(connection.number, 1011, "No pong"), now)
            return None
        if connection.replay_at is not None and now >= connection.replay_at:
            self._replay(connection, now)
        if now >= connection.ping_at:
            connection.ping_at = now + options.ping_interval
            connection.pong_by = now + options.pong_timeout
            self.outbox.append(SendPing(connection.number))
        return min(
            due
            for due in (
                connection.opened + options.absolute_timeout,
                connection.active + options.idle_timeout,
                connection.ping_at,
                connection.pong_by,
                connection.replay_at,
                connection.revoked_until,
            )
            if due is not None
        )
