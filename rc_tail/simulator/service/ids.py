"""Identifiers in the forms that RingCentral uses."""

from collections.abc import Callable
from itertools import count

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


class Ids:
    """Generates ids that do not repeat.

    Args:
        bits: Returns a random number of that many bits, as `random.Random.getrandbits` does.
        now: Seconds since 1970; counted ids start there, so that a restarted simulator does not
            repeat those of the previous run.
    """

    def __init__(self, bits: Callable[[int], int], now: float) -> None:
        self._bits = bits
        self._notification = count(int(now * 1_000_000) * 1000)
        self._record = count(int(now) * 1000)
        self._call = count(int(now) * 1000)

    def token(self, prefix: str) -> str:
        """Return an opaque token of URL-safe characters: SDKs put it into a query unescaped."""
        return prefix + "".join(_ALPHABET[self._bits(6)] for _ in range(40))

    def uuid(self) -> str:
        """Return a random UUID, for subscriptions and requests."""
        digits = f"{self._bits(128):032x}"
        variant = "89ab"[self._bits(2)]
        return (
            f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"
        )

    def notification(self) -> str:
        """Return the uuid of a notification: 19 decimal digits, increasing."""
        return str(next(self._notification))

    def record(self) -> str:
        """Return the id of a message or another record, between 2^31 and 2^53."""
        return str(next(self._record))

    def call(self) -> str:
        """Return the ``sessionId`` of a call."""
        return str(next(self._call))

    def telephony(self) -> str:
        """Return the common part of the ids of a telephony session and its parties."""
        return f"{self._bits(128):032x}"
