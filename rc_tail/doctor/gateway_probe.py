"""A connection for one request at a time."""

import uuid
from collections import deque
from collections.abc import Callable, Sequence
from typing import TypeVar

from rc_tail.errors import ConnectionLostError, UnreachableError
from rc_tail.gateway.incoming import Incoming
from rc_tail.gateway.messages import (
    ConnectionDetails,
    Content,
    ErrorMessage,
    Heartbeat,
    Response,
    decode,
    heartbeat,
    subscribe_request,
)
from rc_tail.system.clocks import clock
from rc_tail.transport.websocket import Connection

ANSWER_WITHIN = 10.0

T = TypeVar("T")


class GatewayProbe:
    """One connection, from its first message to its end. Events that come meanwhile are let be.

    Args:
        within: Seconds in which each answer must come.
    """

    def __init__(self, connection: Connection, within: float = ANSWER_WITHIN) -> None:
        self._connection = connection
        self._within = within
        self._ahead: deque[Incoming] = deque()

    def details(self) -> ConnectionDetails:
        """Return the first message, which says how long the connection may live.

        Raises:
            ConnectionLostError: The gateway refuses, or is gone.
            UnreachableError: It says nothing in time.
            MalformedMessageError: It says something that cannot be read.
        """

        def pick(content: Content) -> ConnectionDetails | None:
            if isinstance(content, ErrorMessage):
                answer = f"{content.refusal.code} {content.refusal.message}".strip()
                raise ConnectionLostError(f"the gateway refused: {answer or 'no reason given'}")
            return content if isinstance(content, ConnectionDetails) else None

        return self._await("send its connection details", pick)

    def subscribe(self, filters: Sequence[str]) -> Response:
        """Ask for a subscription, in place of the one before; return the answer.

        Raises:
            RcTailError: There is none, as for `details`.
        """
        number = str(uuid.uuid4())
        self._connection.send_text(subscribe_request(number, filters))

        def pick(content: Content) -> Response | None:
            if isinstance(content, ErrorMessage) and content.message_id == number:
                return Response(number, content.status, content.body)
            if isinstance(content, Response) and content.message_id == number:
                return content
            return None

        return self._await("answer a request", pick)

    def beat(self) -> float:
        """Send a heartbeat; return the seconds until its echo was there.

        Raises:
            RcTailError: There is none, as for `details`.
        """
        number, sent = str(uuid.uuid4()), clock()
        self._connection.send_text(heartbeat(number))

        def pick(content: Content) -> float | None:
            is_echo = isinstance(content, Heartbeat) and content.message_id == number
            return clock() - sent if is_echo else None

        return self._await("answer a heartbeat", pick)

    def close(self) -> None:
        """Say goodbye, with 1000."""
        self._connection.close(1000)

    def _await(self, what: str, pick: Callable[[Content], T | None]) -> T:
        """Return what `pick` makes of the first message of which it makes something."""
        until = clock() + self._within
        while (left := until - clock()) > 0:
            if not self._ahead:
                self._ahead += self._connection.read_batch(left)
            while self._ahead:
                part = self._ahead.popleft()
                found = pick(decode(part.decode()).content) if isinstance(part, bytes) else None
                if found is not None:
                    return found
        raise UnreachableError(
            f"the gateway did not {what} within {self._within:g} s",
            hint="A proxy, firewall or virus scanner may let WebSockets open and then block their "
            "messages.",
        )
