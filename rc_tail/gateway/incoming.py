"""What a connection delivers: whole messages, dropped ones and pongs."""

from typing import Literal

import msgspec


class Dropped(msgspec.Struct, frozen=True, gc=False):
    """A message that cannot be used, and was dropped.

    Attributes:
        reason: What is wrong with it.
        size: In bytes.
    """

    reason: Literal["too-large", "invalid-utf8", "binary"]
    size: int


class Pong(msgspec.Struct, frozen=True, gc=False):
    """The answer to a ping of ours, or an unsolicited sign of life."""

    payload: bytes


# Bytes are a whole text message in valid UTF-8. Nearly everything is one, so it is neither wrapped
# in an object nor decoded to a string.
Incoming = bytes | Dropped | Pong
