"""Publishes messages over one connection to NATS, and matches acknowledgements with them.

It does what ``JetStreamContext.publish`` of nats-py does, for many messages with one subscription
and one time-out: for half the processor time, and without what that does when the connection is
lost, which is to wait for the time-out of each message.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

ID = "Nats-Msg-Id"
# Makes a stream refuse what is meant for another one.
_EXPECTED_STREAM = "Nats-Expected-Stream"
_NO_RESPONDERS = "503"  # the status of an answer that the server gives where nobody else does

# Whether the message was stored before, or why it is not stored.
Answer = bool | BaseException


class NatsMessage(msgspec.Struct, frozen=True):
    """A message; `key` is what JetStream recognises it by when it comes again."""

    subject: str
    payload: bytes
    key: str
    headers: Mapping[str, str]


class NatsPublisher:
    """Publishes to one stream. Its methods run on one asyncio loop.

    Args:
        client: Connected; of nats-py.
        stream: Which must be the one that stores the messages.
        timeout: Seconds that the acknowledgements of all messages may take together.
    """

    def __init__(self, client: Any, stream: str, timeout: float) -> None:
        self._client = client
        self._stream = stream
        self._timeout = timeout
        self._inbox = client.new_inbox()
        # Counts the calls of `publish`: an answer to an earlier one comes too late.
        self._round = 0
        self._answers: list[Answer | None] = []
        self._missing = 0
        self._is_complete: asyncio.Future[None]
        self._failure: asyncio.Future[BaseException] = asyncio.get_running_loop().create_future()

    async def start(self) -> None:
        """Subscribe to the acknowledgements."""
        await self._client.subscribe(f"{self._inbox}.>", cb=self._take)

    def fail(self, reason: BaseException) -> None:
        """Note that no acknowledgement comes any more."""
        if not self._failure.done():
            self._failure.set_result(reason)

    async def publish(self, messages: Sequence[NatsMessage]) -> Sequence[Answer]:
        """Publish messages in order, and wait for their acknowledgements.

        Returns:
            An answer for each. It ends with the first that is too large for the server: what
            follows it is not published, so that it cannot overtake it.
        """
        self._round += 1
        self._answers = [None] * len(messages)
        self._missing = len(messages)
        self._is_complete = asyncio.get_running_loop().create_future()
        sending = asyncio.ensure_future(self._send(messages))
        waited: set[asyncio.Future[Any]] = {sending, self._is_complete, self._failure}
        ends = asyncio.get_running_loop().time() + self._timeout
        try:
            while not self._is_complete.done() and not self._failure.done():
                left = ends - asyncio.get_running_loop().time()
                done, waited = await asyncio.wait(
                    waited, timeout=max(0.0, left), return_when=asyncio.FIRST_COMPLETED
                )
                if not done:
                    break
        finally:
            sending.cancel()
        if sending.done() and not sending.cancelled():
            sending.result()  # raises what is a bug
        missing = self._failure.result() if self._failure.done() else TimeoutError()
        return [missing if answer is None else answer for answer in self._answers]

    async def _send(self, messages: Sequence[NatsMessage]) -> None:
        from nats.errors import Error, MaxPayloadError

        publish, most = self._client.publish, self._client.max_payload
        answers = f"{self._inbox}.{self._round}"
        try:
            for index, message in enumerate(messages):
                headers = {
                    **message.headers,
                    ID: message.key,
                    _EXPECTED_STREAM: self._stream,
                }
                # The library counts the payload alone; a server ends the connection of who sends
                # more than it takes.
                if len(message.payload) + _size(headers) > most:
                    self._end_with(index, MaxPayloadError())
                    return
                await publish(
                    message.subject, message.payload, reply=f"{answers}.{index}", headers=headers
                )
        except (Error, OSError) as error:
            self.fail(error)

    def _end_with(self, index: int, answer: Answer) -> None:
        """Let a message be the last, with this answer."""
        del self._answers[index + 1 :]
        self._missing = self._answers.count(None)
        self._answer(index, answer)

    async def _take(self, message: Any) -> None:
        """Take an acknowledgement."""
        _, number, index = message.subject.rsplit(".", 2)
        if int(number) == self._round and self._answers[int(index)] is None:
            self._answer(int(index), _answer_in(message))

    def _answer(self, index: int, answer: Answer) -> None:
        self._answers[index] = answer
        self._missing -= 1
        if not self._missing and not self._is_complete.done():
            self._is_complete.set_result(None)


def _size(headers: Mapping[str, str]) -> int:
    """Return the bytes of headers on the wire (NATS client protocol, HPUB)."""
    lines = sum(len(name) + len(value.encode()) + 4 for name, value in headers.items())
    return len(b"NATS/1.0\r\n\r\n") + lines


def _answer_in(message: Any) -> Answer:
    from nats.js.errors import APIError, NoStreamResponseError

    if (message.headers or {}).get("Status") == _NO_RESPONDERS:
        nobody: Exception = NoStreamResponseError()
        return nobody
    try:
        answer = json.loads(message.data)
        error = answer.get("error")
        duplicate = answer.get("duplicate") is True
    except (ValueError, AttributeError):
        return ValueError("an acknowledgement that is not a JSON object")
    if error is None:
        return duplicate
    refusal: Exception = APIError(
        error.get("code"), error.get("description"), error.get("err_code")
    )
    return refusal
