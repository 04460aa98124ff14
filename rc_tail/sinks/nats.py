"""``--sink nats://HOST/STREAM``: publishes each event to a stream of NATS JetStream.

The id of a message is the key of its event: within the stream's window JetStream stores it once,
whichever of several tails publishes it, and however often. An acknowledged message is confirmed.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from rc_tail.config.settings import SINK_PASSWORD
from rc_tail.config.tail_options import SinkRequest
from rc_tail.errors import RcTailError, UsageError
from rc_tail.gateway.event_key import event_key
from rc_tail.gateway.messages import Notification
from rc_tail.output.json_lines import json_line
from rc_tail.sinks.nats_address import NatsAddress, parse_nats_address, subject_of
from rc_tail.sinks.nats_connection import (
    MissingStreamError,
    NatsConnection,
    NatsLogin,
    StreamState,
)
from rc_tail.sinks.nats_publisher import NatsMessage
from rc_tail.sinks.secret_file import read_secret
from rc_tail.sinks.sink import Sink, SinkContext, TryAgainError
from rc_tail.text.escape import visible
from rc_tail.text.wording import count_words, duration_words

MOST = 256  # messages in flight
_SEED = "SU"  # how the seed of a user's nkey begins


def check(request: SinkRequest, *, allows_plain: bool) -> None:
    """Check the address.

    Raises:
        UsageError: It is wrong.
    """
    parse_nats_address(request.address, allows_plain=allows_plain)


def make(request: SinkRequest, context: SinkContext) -> "NatsSink":
    """Make the sink of a command line.

    Raises:
        UsageError: The address or the file with credentials is wrong, or the password is missing.
    """
    address = parse_nats_address(request.address, allows_plain=context.allows_plain)
    return NatsSink(address, _login(address, context), context)


def _login(address: NatsAddress, context: SinkContext) -> NatsLogin:
    password = context.password
    if address.credentials is not None:
        text = read_secret(address.credentials, "--sink: credentials", context.warn)
        context.add_secret(text)
        if address.user:
            return NatsLogin(address.user, text)
        return NatsLogin(seed=text) if text.startswith(_SEED) else NatsLogin(credentials=text)
    if not address.user:
        return NatsLogin()
    if not password:
        raise UsageError(
            f"--sink: the address has a user, and {SINK_PASSWORD} is not set",
            hint=f"Set {SINK_PASSWORD}, or name a file that holds the password: ?credentials=FILE.",
        )
    context.add_secret(password)
    return NatsLogin(address.user, password)


class NatsSink(Sink):
    """Publishes events to one stream."""

    most = MOST

    def __init__(self, address: NatsAddress, login: NatsLogin, context: SinkContext) -> None:
        self.name = f"nats:{address.hosts}/{address.stream}"
        self._address = address
        self._warn = context.warn
        self._connection = NatsConnection(address, login)
        self._is_warned = False
        self._state: StreamState | None = None

    def open(self) -> None:
        """Connect, and check the stream or make it.

        Raises:
            RcTailError: As `NatsConnection.open`.
        """
        self._open(creates=self._address.creates)

    def examine(self) -> Sequence[str]:
        """Connect and check the stream, without making it; return how it is."""
        try:
            state = self._open(creates=False)
        except MissingStreamError:
            if not self._address.creates:
                raise
            return (f"stream {self._address.stream} does not exist yet",)
        stored = count_words(state.messages, "message")
        behind = [
            f"{visible(name)} lacks {count_words(lag, 'message')}"
            for name, lag in state.behind.items()
        ]
        return (
            f"stream {self._address.stream} with {stored}",
            f"duplicates are recognised for {duration_words(state.window)}",
            f"kept by {count_words(state.replicas, 'server')}",
            *behind,
        )

    def _open(self, *, creates: bool) -> StreamState:
        self._state = state = self._connection.open(creates=creates)
        if state.window < self._address.window and not self._is_warned:
            self._is_warned = True
            self._warn(
                f"{self.name}: the stream recognises duplicates for {duration_words(state.window)} "
                f"only, less than {duration_words(self._address.window)}: what comes again later "
                "is stored twice"
            )
        return state

    def deliver(self, batch: Sequence[Notification]) -> int:
        """Publish events at once, and wait for their acknowledgements."""
        if not self._connection.is_open:
            try:
                self._open(creates=self._address.creates)
            except RcTailError as error:
                raise TryAgainError(error.message) from error
        return self._connection.publish([self._message(event) for event in batch])

    def _message(self, event: Notification) -> NatsMessage:
        key = event_key(event)
        headers = {"Rc-Source": "history"} if event.is_past else {}
        if not key.is_versioned:
            # Several tails each publish their own copy: consumers can tell such events by it.
            headers["Rc-Delivery"] = "at-least-once"
        subject = subject_of(self._address.subject, event)
        return NatsMessage(subject, json_line(event)[:-1], visible(key.text), headers)

    def details(self) -> Mapping[str, Any]:
        """Return the stream's name, its window in seconds, and the duplicates that it ignored."""
        return {
            "stream": self._address.stream,
            "window": None if self._state is None else self._state.window,
            "duplicates": self._connection.duplicates,
        }

    def hurry(self) -> None:
        """Wait for no acknowledgement any more."""
        self._connection.cancel()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
