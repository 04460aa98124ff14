"""Faults of outgoing answers and messages: delayed, replaced, repeated, reordered, fragmented."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from rc_tail.simulator.service.effects import (
    CONTINUATION,
    PING,
    TEXT,
    Effect,
    SendRaw,
    SendText,
    frame,
)
from rc_tail.simulator.service.http_values import Answer

# Seconds after which a reordered message is sent even if no other message has overtaken it.
HOLD_SECONDS = 1.0
_NOTIFICATION = b'[{"type":"ServerNotification"'

Rewrite = Callable[["Distorter", SendText, float], Iterator[Effect]]


def place_of(path: str) -> str:
    """Return the part of the service that a path belongs to, as the faults' ``on`` names it."""
    path = path.rstrip("/")
    if path.endswith(("/oauth/token", "/oauth/wstoken")):
        return path.rpartition("/")[2]
    if path.startswith("/restapi/v1.0/subscription"):
        return "subscription"
    if "/message-store/" in path and "/content/" in path:
        return "content"
    if "/message-store" in path or path.endswith("/call-log"):
        return "history"
    return "other"


@dataclass(slots=True)
class ResponseDistortion:
    """A fault of the next answers of one part of the service.

    Attributes:
        place: A result of `place_of`.
        remaining: How many answers are still to be distorted.
        replacement: Sent in place of the service's own answer; None to leave that.
        delay: Seconds to wait before the answer is sent.
        expires_token: Whether the WebSocket token in the answer has expired when it arrives.
        rewrite: Returns what is sent in place of a successful answer; None to leave that.
    """

    place: str
    remaining: int
    replacement: Answer | None = None
    delay: float = 0.0
    expires_token: bool = False
    rewrite: Callable[[Answer], Answer] | None = None


@dataclass(slots=True)
class MessageDistortion:
    """A fault of the next `remaining` notifications."""

    rewrite: Rewrite
    remaining: int


@dataclass(slots=True)
class Distorter:
    """Applies the active faults to answers and messages."""

    answers: list[ResponseDistortion] = field(default_factory=list)
    messages: list[MessageDistortion] = field(default_factory=list)
    _held_back: dict[int, tuple[SendText, float]] = field(default_factory=dict)

    def next_answer(self, path: str) -> ResponseDistortion | None:
        """Return the distortion of the next answer to this path, and count it; None for none."""
        place = place_of(path)
        found = next((each for each in self.answers if each.place == place), None)
        if found is not None:
            found.remaining -= 1
            self.answers = [each for each in self.answers if each.remaining > 0]
        return found

    def due(self) -> float | None:
        """Return when the next held back message must be sent; None for none."""
        return min((until for _, until in self._held_back.values()), default=None)

    def distort(self, effects: Sequence[Effect], now: float) -> list[Effect]:
        """Return the effects to carry out in place of `effects`."""
        out: list[Effect] = []
        for effect in effects:
            if isinstance(effect, SendText) and effect.text.startswith(_NOTIFICATION):
                out += self._distort(effect, now)
            else:
                out.append(effect)
        for number, (message, until) in list(self._held_back.items()):
            if now >= until:
                del self._held_back[number]
                out.append(message)
        return out

    def _distort(self, effect: SendText, now: float) -> Iterator[Effect]:
        held_back = self._held_back.pop(effect.connection, None)
        if held_back is not None:
            yield effect
            yield held_back[0]
        elif self.messages:
            distortion = self.messages[0]
            distortion.remaining -= 1
            self.messages = [each for each in self.messages if each.remaining > 0]
            yield from distortion.rewrite(self, effect, now)
        else:
            yield effect

    def hold_back(self, effect: SendText, until: float) -> None:
        """Hold a message back until the next one on its connection was sent, or until a time."""
        self._held_back[effect.connection] = (effect, until)


def duplicate(distorter: Distorter, effect: SendText, now: float) -> Iterator[Effect]:
    """Send a message twice."""
    del distorter, now
    yield effect
    yield effect


def reorder(distorter: Distorter, effect: SendText, now: float) -> Iterator[Effect]:
    """Send a message after the next one."""
    distorter.hold_back(effect, now + HOLD_SECONDS)
    yield from ()


def fragment(distorter: Distorter, effect: SendText, now: float) -> Iterator[Effect]:
    """Send a message in three frames, with a ping between them."""
    del distorter, now
    text = effect.text
    third = len(text) // 3
    # A frame may end within a character: only the whole message must be UTF-8 (RFC 6455, 5.6).
    yield SendRaw(
        effect.connection,
        frame(TEXT, text[:third], final=False)
        + frame(PING, b"between")
        + frame(CONTINUATION, text[third : 2 * third], final=False)
        + frame(CONTINUATION, text[2 * third :]),
    )
