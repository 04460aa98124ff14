"""The effects of faults: on connections, on sessions, on the next answers and messages."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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
    """What a fault acts on.

    Attributes:
        distorter: Receives the faults of answers and messages.
        connections: Those with a subscription that the fault has not hit yet.
        count: How many answers or messages are affected.
        now: Seconds since 1970.
    """

    service: Service
    distorter: Distorter
    connections: Sequence[Connection]
    count: int
    now: float


# Connections.


def reset(target: FaultTarget, values: Values) -> None:
    """Reset the connections without a close frame."""
    del values
    for connection in target.connections:
        target.service.outbox.append(ResetConnection(connection.number))


def go_silent(target: FaultTarget, values: Values) -> None:
    """Leave the connections open, but send and read nothing more."""
    del values
    for connection in target.connections:
        connection.muted = True
        connection.session.lost_at = target.now
        target.service.outbox.append(Mute(connection.number))


def ignore_pings(target: FaultTarget, values: Values) -> None:
    """Stop answering pings."""
    del values
    for connection in target.connections:
        target.service.outbox.append(IgnorePings(connection.number))


def drip(target: FaultTarget, values: Values) -> None:
    """Send one byte at a time from now on."""
    for connection in target.connections:
        target.service.outbox.append(Drip(connection.number, values["interval"]))


def close(target: FaultTarget, values: Values) -> None:
    """Close the connections with a code and a reason."""
    for connection in target.connections:
        target.service.gateway.close(connection, values["code"], values["reason"], target.now)


def time_out_idle(target: FaultTarget, values: Values) -> None:
    """Close the connections as idle for too long (WSG-902)."""
    del values
    for connection in target.connections:
        target.service.gateway.close_with_error(connection, "WSG-902", target.now)


def time_out_absolute(target: FaultTarget, values: Values) -> None:
    """Close the connections as too old (WSG-903)."""
    del values
    for connection in target.connections:
        target.service.gateway.close_with_error(connection, "WSG-903", target.now)


def overflow(target: FaultTarget, values: Values) -> None:
    """Reset the connections, and buffer fewer missed messages than announced."""
    for connection in target.connections:
        session = connection.session
        session.recent = deque(session.recent, maxlen=values["keep"])
        session.missed_count = min(session.missed_count, values["keep"])
    reset(target, values)


# Sessions.


def revoke(target: FaultTarget, values: Values) -> None:
    """End the OAuth sessions, with their tokens, subscriptions and connections."""
    del values
    for session in {id(c.session.oauth): c.session.oauth for c in target.connections}.values():
        target.service.sessions.end(session)


def fail_recovery(target: FaultTarget, values: Values) -> None:
    """Let the next recoveries fail, and reset the connections to provoke them."""
    target.service.gateway.recovery.forced_codes.extend([values["code"]] * target.count)
    reset(target, values)


def replace_subscription(target: FaultTarget, values: Values) -> None:
    """Give the subscriptions ids that their clients do not know."""
    del values
    for connection in target.connections:
        if connection.session.subscription is not None:
            target.service.subscriptions.rename(connection.session.subscription)


def skew_clock(target: FaultTarget, values: Values) -> None:
    """Shift the clock of the service."""
    target.service.clock_skew = values["seconds"]


# Messages.


def _rewrite(target: FaultTarget, rewrite: Rewrite) -> None:
    target.distorter.messages.append(MessageDistortion(rewrite, target.count))


def rewrite_messages(rewrite: Rewrite) -> Any:
    """Return the effect that applies `rewrite` to the next notifications."""
    return lambda target, _values: _rewrite(target, rewrite)


def _send(target: FaultTarget, data: bytes) -> None:
    for connection in target.connections:
        target.service.outbox += [SendRaw(connection.number, data)] * target.count


def send_malformed(target: FaultTarget, values: Values) -> None:
    """Send a message that is not valid JSON."""
    del values
    _send(target, frame(TEXT, b'[{"type":"ServerNotification","messageId":"broken"'))


def send_unknown(target: FaultTarget, values: Values) -> None:
    """Send a message of an unknown type."""
    del values
    _send(target, frame(TEXT, b'[{"type":"SomethingNew","messageId":"1"},{"a":1}]'))


def send_binary(target: FaultTarget, values: Values) -> None:
    """Send a binary message."""
    del values
    _send(target, frame(BINARY, b"\x00\x01binary\xff"))


def send_invalid_utf_8(target: FaultTarget, values: Values) -> None:
    """Send a text message that is not valid UTF-8."""
    del values
    _send(target, frame(TEXT, b'[{"type":"ServerNotification","messageId":"\xff\xfe"}]'))


def send_huge(target: FaultTarget, values: Values) -> None:
    """Send a very large notification."""
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
    """Return the effect that replaces the next answers with `answer`."""

    def inject(target: FaultTarget, values: Values) -> None:
        target.distorter.answers.append(ResponseDistortion(values["on"], target.count, answer))

    return inject


UNAUTHORIZED = error_answer(401, "OAU-213", "Token not found")
FORBIDDEN = permission_missing("WebSocketsSubscription")


def limit_rate(target: FaultTarget, values: Values) -> None:
    """Answer 429, with or without a Retry-After header."""
    seconds = values["retry-after"]
    answer = too_many({})
    headers = {} if seconds is None else {"Retry-After": str(seconds)}
    limited = Answer(answer.status, answer.body, headers)
    target.distorter.answers.append(ResponseDistortion(values["on"], target.count, limited))


def answer_unavailable(target: FaultTarget, values: Values) -> None:
    """Answer with a server error."""
    answer = error_answer(values["status"], "CMN-203", "Internal server error")
    target.distorter.answers.append(ResponseDistortion(values["on"], target.count, answer))


def _cut(answer: Answer) -> Answer:
    content = answer.payload()
    return replace(answer, body=content[: len(content) // 2], length=len(content))


def _announce_less(answer: Answer) -> Answer:
    return replace(answer, length=len(answer.payload()) // 2)


def _answer_a_page(answer: Answer) -> Answer:
    page = b"<!doctype html><title>Sign in</title><p>Please sign in to this network."
    return Answer(200, page, {**answer.headers, "Content-Type": "text/html"})


def _announce_more(answer: Answer) -> Answer:
    total = 4 * 1024**3
    ranged = answer.headers.get("Content-Range", "").partition("/")[0]
    headers = {"Content-Range": f"{ranged}/{total}"} if ranged else {}
    return replace(answer.with_headers(headers), length=total)


def _leave_untyped(answer: Answer) -> Answer:
    return answer.with_headers({"Content-Type": "application/octet-stream"})


def _redirect(answer: Answer) -> Answer:
    target = {"Location": "https://media.example.com/content"}
    return Answer(302, None, target).with_headers(_of_any_answer(answer))


def _answer_not_yet(answer: Answer) -> Answer:
    error = error_answer(404, "CMN-102", "Resource for parameter [attachmentId] is not found")
    return error.with_headers(_of_any_answer(answer))


def _of_any_answer(answer: Answer) -> Mapping[str, str]:
    """Return the headers that do not describe the content."""
    described = ("Content-", "Accept-")
    return {name: v for name, v in answer.headers.items() if not name.startswith(described)}


BROKEN_CONTENT = {
    "cut": _cut,
    "wrong-length": _announce_less,
    "huge": _announce_more,
    "html": _answer_a_page,
    "missing": _answer_not_yet,
    "redirect": _redirect,
    "untyped": _leave_untyped,
}


def break_content(target: FaultTarget, values: Values) -> None:
    """Break the next attachments that a client downloads."""
    rewrite = BROKEN_CONTENT[values["how"]]
    distortion = ResponseDistortion("content", target.count, rewrite=rewrite)
    target.distorter.answers.append(distortion)


def link_elsewhere(target: FaultTarget, values: Values) -> None:
    """Let the attachments of messages in later events be on another host."""
    target.service.base = values["server"]


def delay_answer(target: FaultTarget, values: Values) -> None:
    """Delay the next answers."""
    distortion = ResponseDistortion(values["on"], target.count, delay=values["delay"])
    target.distorter.answers.append(distortion)


def expire_token(target: FaultTarget, values: Values) -> None:
    """Delay the next WebSocket tokens until they have expired."""
    distortion = ResponseDistortion(
        "wstoken", target.count, delay=values["delay"], expires_token=True
    )
    target.distorter.answers.append(distortion)
