"""What faults make of answers and messages on their way out."""

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

# How long a message is held back when no other comes behind which it could go.
HOLD_SECONDS = 1.0
_NOTIFICATION = b'[{"type":"ServerNotification"'

Rewrite = Callable[["Distorter", SendText, float], Iterator[Effect]]


def place_of(path: str) -> str:
    """Return which part of the service a path belongs to, in the words of the faults."""
    path = path.rstrip("/")
    if path.endswith(("/oauth/token", "/oauth/wstoken")):
        return path.rpartition("/")[2]
    if path.startswith("/restapi/v1.0/subscription"):
        return "subscription"
    if "/message-store" in path or path.endswith("/call-log"):
        return "history"
    return "other"


@dataclass(slots=True)
class ResponseDistortion:
    """What happens to the next answers of a place.

    Attributes:
        place: As `place_of` names it.
        left: How many answers it still concerns.
        instead: The answer to give in place of the service's; None to leave it.
        delay: Seconds to wait before it is sent.
        spoils: Whether a WebSocket token in it is dead when it arrives.
    """

    place: str
    remaining: int
    replacement: Answer | None = None
    delay: float = 0.0
    expires_token: bool = False


@dataclass(slots=True)
class MessageDistortion:
    """What happens to the next notifications."""

    rewrite: Rewrite
    remaining: int


@dataclass(slots=True)
class Distorter:
    """Bends answers and messages as long as faults want it."""

    answers: list[ResponseDistortion] = field(default_factory=list)
    messages: list[MessageDistortion] = field(default_factory=list)
    _held_back: dict[int, tuple[SendText, float]] = field(default_factory=dict)

    def next_answer(self, path: str) -> ResponseDistortion | None:
        """Return what happens to the answer that is about to be given, once."""
        place = place_of(path)
        found = next((rewrite for rewrite in self.answers if rewrite.place == place), None)
        if found is not None:
            found.remaining -= 1
            self.answers = [rewrite for rewrite in self.answers if rewrite.remaining > 0]
        return found

    def due(self) -> float | None:
        """Return when something that is held back must go out."""
        return min((until for _, until in self._held_back.values()), default=None)

    def distort(self, effects: Sequence[Effect], now: float) -> list[Effect]:
        """Return what goes out in place of `effects`."""
        out: list[Effect] = []
        for effect in effects:
            if isinstance(effect, SendText) and effect.text.startswith(_NOTIFICATION):
                out += self._distort(effect, now)
            else:
                out.append(effect)
        for number, (held, until) in list(self._held_back.items()):
            if now >= until:
                del self._held_back[number]
                out.append(held)
        return out

    def _distort(self, effect: SendText, now: float) -> Iterator[Effect]:
        held = self._held_back.pop(effect.connection, None)
        if held is not None:
            # Behind the one that came later.
            yield effect
            yield held[0]
        elif self.messages:
            rewrite = self.messages[0]
            rewrite.remaining -= 1
            self.messages = [rewrite for rewrite in self.messages if rewrite.remaining > 0]
            yield from rewrite.rewrite(self, effect, now)
        else:
            yield effect

    def hold_back(self, effect: SendText, until: float) -> None:
        """Keep a message until another has passed it."""
        self._held_back[effect.connection] = (effect, until)


def duplicate(distorter: Distorter, effect: SendText, now: float) -> Iterator[Effect]:
    """Send a message twice."""
    del distorter, now
    yield effect
    yield effect


def reorder(distorter: Distorter, effect: SendText, now: float) -> Iterator[Effect]:
    """Send a message behind the next one."""
    distorter.hold_back(effect, now + HOLD_SECONDS)
    yield from ()


def fragment(distorter: Distorter, effect: SendText, now: float) -> Iterator[Effect]:
    """Send a message in three frames, with a ping between them."""
    del distorter, now
    text = effect.text
    third = len(text) // 3
    # Not at the boundaries of characters: UTF-8 is of the message, not of its frames.
    yield SendRaw(
        effect.connection,
        frame(TEXT, text[:third], final=False)
        + frame(PING, b"between")
        + frame(CONTINUATION, text[third : 2 * third], final=False)
        + frame(CONTINUATION, text[2 * third :]),
    )
