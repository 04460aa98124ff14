"""What faults do: to connections, to sessions, to the next answers and messages."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rc_tail.simulator.faults.distortion import (
    Bend,
    Distorter,
    MessageDistortion,
    ResponseDistortion,
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
from rc_tail.simulator.service.http_values import Answer, compact, permission_missing, refused
from rc_tail.simulator.service.limits import too_many
from rc_tail.simulator.service.service import Service
from rc_tail.simulator.service.timestamps import stamp

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
    bender: Distorter
    victims: Sequence[Connection]
    count: int
    now: float


# Connections.


def reset(ground: FaultTarget, values: Values) -> None:
    """Cut the connections."""
    del values
    for victim in ground.victims:
        ground.service.outbox.append(ResetConnection(victim.number))


def go_silent(ground: FaultTarget, values: Values) -> None:
    """Leave the connections open, and say nothing any more."""
    del values
    for victim in ground.victims:
        victim.muted = True
        victim.session.lost_at = ground.now
        ground.service.outbox.append(Mute(victim.number))


def ignore_pings(ground: FaultTarget, values: Values) -> None:
    """Answer no ping any more."""
    del values
    for victim in ground.victims:
        ground.service.outbox.append(IgnorePings(victim.number))


def drip(ground: FaultTarget, values: Values) -> None:
    """Send a byte at a time."""
    for victim in ground.victims:
        ground.service.outbox.append(Drip(victim.number, values["interval"]))


def close(ground: FaultTarget, values: Values) -> None:
    """Close with a code."""
    for victim in ground.victims:
        ground.service.gateway.shut(victim, values["code"], values["reason"], ground.now)


def time_out_idle(ground: FaultTarget, values: Values) -> None:
    """Say that a connection was silent for too long, and close it."""
    del values
    for victim in ground.victims:
        ground.service.gateway.close_with(victim, "WSG-902", ground.now)


def time_out_absolute(ground: FaultTarget, values: Values) -> None:
    """Say that a connection is too old, and close it."""
    del values
    for victim in ground.victims:
        ground.service.gateway.close_with(victim, "WSG-903", ground.now)


def overflow(ground: FaultTarget, values: Values) -> None:
    """Keep fewer missed messages than were promised, and cut the connections."""
    for victim in ground.victims:
        session = victim.session
        session.recent = deque(session.recent, maxlen=values["keep"])
        session.owed = min(session.owed, values["keep"])
    reset(ground, values)


# Sessions.


def revoke(ground: FaultTarget, values: Values) -> None:
    """End the logins: tokens, subscriptions and connections."""
    del values
    for session in {id(v.session.oauth): v.session.oauth for v in ground.victims}.values():
        ground.service.sessions.end(session)


def fail_recovery(ground: FaultTarget, values: Values) -> None:
    """Let the next recoveries fail, and cut the connections so that there is one."""
    ground.service.gateway.recovery.forced.extend([values["code"]] * ground.count)
    reset(ground, values)


def replace_subscription(ground: FaultTarget, values: Values) -> None:
    """Replace the subscription by one that the client does not know."""
    del values
    for victim in ground.victims:
        if victim.session.subscription is not None:
            ground.service.subscriptions.rename(victim.session.subscription)


def skew(ground: FaultTarget, values: Values) -> None:
    """Let the clock of the service be wrong."""
    ground.service.skew = values["seconds"]


# Messages.


def _bend(ground: FaultTarget, bend: Bend) -> None:
    ground.bender.messages.append(MessageDistortion(bend, ground.count))


def distort_messages(bend: Bend) -> Any:
    """Return what lets `bend` have the next messages."""
    return lambda ground, _values: _bend(ground, bend)


def _send(ground: FaultTarget, data: bytes) -> None:
    for victim in ground.victims:
        ground.service.outbox += [SendRaw(victim.number, data)] * ground.count


def send_malformed(ground: FaultTarget, values: Values) -> None:
    """Send a message that is no JSON."""
    del values
    _send(ground, frame(TEXT, b'[{"type":"ServerNotification","messageId":"broken"'))


def send_unknown(ground: FaultTarget, values: Values) -> None:
    """Send a message of a type that nobody knows."""
    del values
    _send(ground, frame(TEXT, b'[{"type":"SomethingNew","messageId":"1"},{"a":1}]'))


def send_binary(ground: FaultTarget, values: Values) -> None:
    """Send a binary message."""
    del values
    _send(ground, frame(BINARY, b"\x00\x01binary\xff"))


def send_invalid_utf_8(ground: FaultTarget, values: Values) -> None:
    """Send a text message that is no UTF-8."""
    del values
    _send(ground, frame(TEXT, b'[{"type":"ServerNotification","messageId":"\xff\xfe"}]'))


def send_huge(ground: FaultTarget, values: Values) -> None:
    """Send a notification that is far larger than others."""
    for victim in ground.victims:
        subscription = victim.session.subscription
        uuid = ground.service.ids.notification()
        payload = {
            "uuid": uuid,
            "event": subscription.filters[0].text if subscription else "",
            "timestamp": stamp(ground.now),
            "subscriptionId": subscription.id if subscription else "",
            "ownerId": victim.session.oauth.person.id,
            "body": {"text": "x" * values["bytes"]},
        }
        meta = {"type": "ServerNotification", "messageId": uuid, "status": 200}
        text = SendText(victim.number, compact([meta, payload]))
        ground.service.outbox += [text] * ground.count


# Answers.


def refuse(answer: Answer) -> Any:
    """Return what lets the next requests be answered so."""

    def strike(ground: FaultTarget, values: Values) -> None:
        ground.bender.answers.append(ResponseDistortion(values["on"], ground.count, answer))

    return strike


UNAUTHORIZED = refused(401, "OAU-213", "Token not found")
FORBIDDEN = permission_missing("WebSocketsSubscription")


def limit(ground: FaultTarget, values: Values) -> None:
    """Say that there were too many requests; without ``retry-after`` not until when."""
    seconds = values["retry-after"]
    answer = too_many({})
    headers = {} if seconds is None else {"Retry-After": str(seconds)}
    bent = Answer(answer.status, answer.body, headers)
    ground.bender.answers.append(ResponseDistortion(values["on"], ground.count, bent))


def be_unavailable(ground: FaultTarget, values: Values) -> None:
    """Answer that the service is unwell."""
    answer = refused(values["status"], "CMN-203", "Internal server error")
    ground.bender.answers.append(ResponseDistortion(values["on"], ground.count, answer))


def be_slow(ground: FaultTarget, values: Values) -> None:
    """Let an answer be waited for."""
    bend = ResponseDistortion(values["on"], ground.count, delay=values["delay"])
    ground.bender.answers.append(bend)


def spoil(ground: FaultTarget, values: Values) -> None:
    """Let a WebSocket token come so late that it is dead."""
    bend = ResponseDistortion("wstoken", ground.count, delay=values["delay"], spoils=True)
    ground.bender.answers.append(bend)
