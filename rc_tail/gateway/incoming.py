"""What a connection hands on: whole messages, dropped ones and pongs."""

from typing import Literal

import msgspec


class Dropped(msgspec.Struct, frozen=True, gc=False):
    """A message that cannot be used, and was not kept.

    Attributes:
        reason: What is wrong with it.
        size: Its bytes.
    """

    reason: Literal["too-large", "invalid-utf8", "binary"]
    size: int


class Pong(msgspec.Struct, frozen=True, gc=False):
    """The answer to a ping of ours, or a sign of life that nobody asked for."""

    payload: bytes


# Bytes are a whole text message, and valid UTF-8: nearly all that comes, so nothing is put around
# it, and no text is made of it that nobody reads.
Incoming = bytes | Dropped | Pong
