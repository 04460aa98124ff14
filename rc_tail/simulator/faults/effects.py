"""What faults do: to connections, to sessions, to the next answers and messages."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rc_tail.simulator.faults.distortion import (
    Distorter,
    MessageDistortion,
    ResponseDistortion,
    Rewrite,
)
from rc_tail.simulator.service.effects import (
    BINARY,
    TEXT,
    Drip,
    IgnorePings,
    Mute,
    ResetConnection,
    SendRaw,
    SendText,
    frame,
)
from rc_tail.simulator.service.gateway_session import Connection
from rc_tail.simulator.service.http_values import Answer, compact, error_answer, permission_missing
from rc_tail.simulator.service.limits import too_many
from rc_tail.simulator.service.service import Service
from rc_tail.simulator.service.timestamps import iso_timestamp

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FaultTarget:
    """What a fault strikes.

    Attributes:
        service: The rules.
        bender: What bends answers and messages.
        victims: The connections with a subscription.
        count: How many answers or messages are concerned.
        now: Seconds since 1970.
    """

    service: Service
    distorter: Distorter
    connections: Sequence[Connection]
    count: int
    now: float


# Connections.


def reset(target: FaultTarget, values: Values) -> None:
    """Cut the connections."""
    del values
    for connection in target.connections:
        target.service.outbox.append(ResetConnection(connection.number))


def go_silent(target: FaultTarget, values: Values) -> None:
    """Leave the connections open, and say nothing any more."""
    del values
    for connection in target.connections:
        connection.muted = True
        connection.session.lost_at = target.now
        target.service.outbox.append(Mute(connection.number))


def ignore_pings(target: FaultTarget, values: Values) -> None:
    """Answer no ping any more."""
    del values
    for connection in target.connections:
        target.service.outbox.append(IgnorePings(connection.number))


def drip(target: FaultTarget, values: Values) -> None:
    """Send a byte at a time."""
    for connection in target.connections:
        target.service.outbox.append(Drip(connection.number, values["interval"]))


def close(target: FaultTarget, values: Values) -> None:
    """Close with a code."""
    for connection in target.connections:
        target.service.gateway.close(connection, values["code"], values["reason"], target.now)


def time_out_idle(target: FaultTarget, values: Values) -> None:
    """Say that a connection was silent for too long, and close it."""
    del values
    for connection in target.connections:
        target.service.gateway.close_with_error(connection, "WSG-902", target.now)


def time_out_absolute(target: FaultTarget, values: Values) -> None:
    """Say that a connection is too old, and close it."""
    del values
    for connection in target.connections:
        target.service.gateway.close_with_error(connection, "WSG-903", target.now)


def overflow(target: FaultTarget, values: Values) -> None:
    """Keep fewer missed messages than were promised, and cut the connections."""
    for connection in target.connections:
        session = connection.session
        session.recent = deque(session.recent, maxlen=values["keep"])
        session.missed_count = min(session.missed_count, values["keep"])
    reset(target, values)


# Sessions.


def revoke(target: FaultTarget, values: Values) -> None:
    """End the logins: tokens, subscriptions and connections."""
    del values
    for session in {id(v.session.oauth): v.session.oauth for v in target.connections}.values():
        target.service.sessions.end(session)


def fail_recovery(target: FaultTarget, values: Values) -> None:
    """Let the next recoveries fail, and cut the connections so that there is one."""
    target.service.gateway.recovery.forced_codes.extend([values["code"]] * target.count)
    reset(target, values)


def replace_subscription(target: FaultTarget, values: Values) -> None:
    """Replace the subscription by one that the client does not know."""
    del values
    for connection in target.connections:
        if connection.session.subscription is not None:
            target.service.subscriptions.rename(connection.session.subscription)


def skew_clock(target: FaultTarget, values: Values) -> None:
    """Let the clock of the service be wrong."""
    target.service.clock_skew = values["seconds"]


# Messages.


def _rewrite(target: FaultTarget, rewrite: Rewrite) -> None:
    target.distorter.messages.append(MessageDistortion(rewrite, target.count))


def rewrite_messages(rewrite: Rewrite) -> Any:
    """Return what lets `rewrite` have the next messages."""
    return lambda target, _values: _rewrite(target, rewrite)


def _send(target: FaultTarget, data: bytes) -> None:
    for connection in target.connections:
        target.service.outbox += [SendRaw(connection.number, data)] * target.count


def send_malformed(target: FaultTarget, values: Values) -> None:
    """Send a message that is no JSON."""
    del values
    _send(target, frame(TEXT, b'[{"type":"ServerNotification","messageId":"broken"'))


def send_unknown(target: FaultTarget, values: Values) -> None:
    """Send a message of a type that nobody knows."""
    del values
    _send(target, frame(TEXT, b'[{"type":"SomethingNew","messageId":"1"},{"a":1}]'))


def send_binary(target: FaultTarget, values: Values) -> None:
    """Send a binary message."""
    del values
    _send(target, frame(BINARY, b"\x00\x01binary\xff"))


def send_invalid_utf_8(target: FaultTarget, values: Values) -> None:
    """Send a text message that is no UTF-8."""
    del values
    _send(target, frame(TEXT, b'[{"type":"ServerNotification","messageId":"\xff\xfe"}]'))


def send_huge(target: FaultTarget, values: Values) -> None:
    """Send a notification that is far larger than others."""
    for connection in target.connections:
        subscription = connection.session.subscription
        uuid = target.service.ids.notification()
        payload = {
            "uuid": uuid,
            "event": subscription.filters[0].text if subscription else "",
            "timestamp": iso_timestamp(target.now),
            "subscriptionId": subscription.id if subscription else "",
            "ownerId": connection.session.oauth.person.id,
            "body": {"text": "x" * values["bytes"]},
        }
        meta = {"type": "ServerNotification", "messageId": uuid, "status": 200}
        text = SendText(connection.number, compact([meta, payload]))
        target.service.outbox += [text] * target.count


# Answers.


def answer_with(answer: Answer) -> Any:
    """Return what lets the next requests be answered so."""

    def inject(target: FaultTarget, values: Values) -> None:
        target.distorter.answers.append(ResponseDistortion(values["on"], target.count, answer))

    return inject


UNAUTHORIZED = error_answer(401, "OAU-213", "Token not found")
FORBIDDEN = permission_missing("WebSocketsSubscription")


def limit_rate(target: FaultTarget, values: Values) -> None:
    """Say that there were too many requests; without ``retry-after`` not until when."""
    seconds = values["retry-after"]
    answer = too_many({})
    headers = {} if seconds is None else {"Retry-After": str(seconds)}
    distort = Answer(answer.status, answer.body, headers)
    target.distorter.answers.append(ResponseDistortion(values["on"], target.count, distort))


def answer_unavailable(target: FaultTarget, values: Values) -> None:
    """Answer that the service is unwell."""
    answer = error_answer(values["status"], "CMN-203", "Internal server error")
    target.distorter.answers.append(ResponseDistortion(values["on"], target.count, answer))


def delay_answer(target: FaultTarget, values: Values) -> None:
    """Let an answer be waited for."""
    rewrite = ResponseDistortion(values["on"], target.count, delay=values["delay"])
    target.distorter.answers.append(rewrite)


def expire_token(target: FaultTarget, values: Values) -> None:
    """Let a WebSocket token come so late that it is dead."""
    rewrite = ResponseDistortion("wstoken", target.count, delay=values["delay"], expires_token=True)
    target.distorter.answers.append(rewrite)
