"""What the sockets need to know about the rules."""

from typing import Protocol

from rc_tail.simulator.service.effects import Effect
from rc_tail.simulator.service.http_values import Answer, Request


class Host(Protocol):
    """Whose rules a server follows. All of it is called on the server's thread."""

    def take_effects(self, now: float) -> list[Effect]:
        """Return what is to happen on connections now; it is asked for after each call."""

    def answer(self, request: Request, now: float) -> Answer:
        """Answer a request."""

    def opened(self, number: int, request: Request, now: float) -> bool:
        """Take up a WebSocket; False where there is none under this address."""

    def received(self, number: int, text: str, now: float) -> None:
        """Take a message."""

    def ponged(self, number: int) -> None:
        """Take a pong."""

    def leaving(self, number: int) -> None:
        """Learn that the client said goodbye: nothing can be told to it any more."""

    def lost(self, number: int, unsent: int, now: float) -> None:
        """Learn that a connection is gone, with so many messages still waiting."""

    def tick(self, now: float) -> float | None:
        """Do what is due; return when something will be."""
