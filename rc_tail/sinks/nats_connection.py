"""One connection to NATS: a loop on a thread of its own, a stream that is checked, publishing.

The ``nats`` library is imported only where a sink asks for it: that takes 180 ms.
Its own reconnecting is turned off: events that it would hold meanwhile could overtake others, and
the sink's runner knows when to try again.
"""

import asyncio
import concurrent.futures
import threading
from collections.abc import Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from rc_tail.errors import ConfigError, RcTailError
from rc_tail.network.tls import make_tls_context
from rc_tail.sinks.nats_address import NatsAddress, covers, server_text
from rc_tail.sinks.nats_errors import (
    is_login_refusal,
    is_temporary,
    keeps_connection,
    opening_error,
    publishing_error,
)
from rc_tail.sinks.nats_publisher import NatsMessage, NatsPublisher
from rc_tail.sinks.sink import TryAgainError
from rc_tail.text.escape import visible

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.js.api import StreamInfo
    from nats.js.client import JetStreamContext

T = TypeVar("T")

TIMEOUT = 5.0  # seconds, of a connection and of an acknowledgement
# JetStream's own number of the error (nats-server, server/errors.json).
_NAME_IN_USE = 10058
CLOSE_WITHIN = 0.5  # seconds; of a connection whose TLS failed, the library waits without end


class NatsLogin(msgspec.Struct, frozen=True):
    """What a server wants to see. The text of a credentials file, or user and password.

    Attributes:
        credentials: Of a ``.creds`` file, which holds a JWT and a seed; empty for none.
        seed: An nkey seed; empty for none.
    """

    user: str = ""
    password: str = ""
    credentials: str = ""
    seed: str = ""

    @property
    def has_file(self) -> bool:
        """Whether a file with credentials was read."""
        return bool(self.credentials or self.seed)


class StreamState(msgspec.Struct, frozen=True):
    """How the stream is.

    Attributes:
        messages: How many it holds.
        window: Seconds within which it recognises a message that comes again.
        replicas: How many servers keep it.
        behind: The servers whose copy is not up to date, with the messages that it lacks.
    """

    messages: int
    window: float
    replicas: int = 1
    behind: Mapping[str, int] = {}


class MissingStreamError(ConfigError):
    """There is no such stream."""


class NatsConnection:
    """Publishes to one stream; not safe for several threads, but for `cancel`."""

    def __init__(self, address: NatsAddress, login: NatsLogin) -> None:
        self._address = address
        self._login = login
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._client: Client | None = None
        self._stream: JetStreamContext | None = None
        self._running: concurrent.futures.Future[Any] | None = None
        self._publisher: NatsPublisher | None = None
        # What the server refused to this user since the connection began.
        self._refusal: Exception | None = None
        self.duplicates = 0

    @property
    def is_open(self) -> bool:
        """Whether there is a connection."""
        return self._client is not None and self._client.is_connected

    def open(self, *, creates: bool) -> StreamState:
        """Connect, and check the stream.

        Args:
            creates: Whether a missing stream is made.

        Raises:
            UnreachableError: No server answers.
            CertificateError: The certificate is not trusted.
            AuthError: The login was refused.
            MissingStreamError: There is no such stream.
            ConfigError: It does not take these subjects.
            TemporaryError: The server cannot say now.
        """
        return self._run(self._open(creates=creates))

    def publish(self, messages: Sequence[NatsMessage]) -> int:
        """Publish messages at once; return how many from the front were acknowledged.

        Raises:
            TryAgainError: The first was not.
            RefusedError: The first never will be.
        """
        return self._run(self._publish(messages))

    def cancel(self) -> None:
        """Let publishing, or connecting for it, end now; called on any thread."""
        running = self._running
        if running is not None:
            running.cancel()

    def close(self) -> None:
        """Close the connection and end the thread."""
        loop, thread = self._loop, self._thread
        if loop is None or thread is None:
            return
        asyncio.run_coroutine_threadsafe(self._disconnect(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
        self._loop = self._thread = None

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(
                target=self._loop.run_forever, name="rc-tail-nats", daemon=True
            )
            self._thread.start()
        self._running = running = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return running.result()
        except concurrent.futures.CancelledError:
            raise TryAgainError("rc-tail exits") from None
        finally:
            self._running = None

    # On the loop.

    async def _open(self, *, creates: bool) -> StreamState:
        await self._disconnect()
        failure: RcTailError | None = None
        for host, port in self._address.servers:
            try:
                return await self._open_at(host, port, creates=creates)
            except RcTailError as error:
                await self._disconnect()
                # One that answered says more than one that did not.
                if failure is None or failure.retryable:
                    failure = error
        assert failure is not None  # noqa: S101 - an address has a server
        raise failure

    async def _open_at(self, host: str, port: int, *, creates: bool) -> StreamState:
        name = server_text(host, port)
        try:
            async with asyncio.timeout(2 * TIMEOUT):
                await self._connect(host, port)
                return await self._check_stream(creates=creates)
        except RcTailError:
            raise
        except Exception as error:
            raise opening_error(
                self._refusal or error, name, host, TIMEOUT, has_file=self._login.has_file
            ) from error

    async def _connect(self, host: str, port: int) -> None:
        from nats.aio.client import Client, RawCredentials

        client = Client()
        self._client = client
        if self._address.is_encrypted:
            self._require_tls(client)
        login = self._login
        scheme = "tls" if self._address.is_encrypted else "nats"
        options: dict[str, Any] = {}
        if self._address.is_encrypted:
            options["tls"] = make_tls_context(None)
        if login.user:
            options["user"] = login.user
            options["password"] = login.password
        elif login.credentials:
            options["user_credentials"] = RawCredentials(login.credentials)
        elif login.seed:
            options["nkeys_seed_str"] = login.seed
        await client.connect(
            f"{scheme}://{server_text(host, port)}",
            name="rc-tail",
            allow_reconnect=False,
            # One more try than that is made.
            max_reconnect_attempts=1,
            reconnect_time_wait=0,
            connect_timeout=int(TIMEOUT),
            error_cb=self._note_error,
            closed_cb=self._lost,
            **options,
        )
        self._stream = client.jetstream(timeout=TIMEOUT)
        self._publisher = NatsPublisher(client, self._address.stream, TIMEOUT)
        await self._publisher.start()

    def _require_tls(self, client: "Client") -> None:
        """Make a client send nothing to a server that does not offer TLS.

        The library would connect without TLS, even for ``tls://``, and has no option to prevent it.
        This command is the first thing that it sends, with any login.
        """
        connect_command = client._connect_command

        def checked() -> bytes:
            if not client._server_info.get("tls_required", False):
                raise ConfigError(
                    f"{self._address.hosts} does not use TLS",
                    hint="Enable TLS on the server, or use nats:// with --sink-insecure.",
                )
            return connect_command()

        client._connect_command = checked  # type: ignore[method-assign]

    async def _check_stream(self, *, creates: bool) -> StreamState:
        from nats.js.errors import NotFoundError

        assert self._stream is not None  # noqa: S101 - it is connected
        address = self._address
        try:
            info = await self._stream.stream_info(address.stream)
        except NotFoundError:
            if not creates:
                raise _no_stream(address) from None
            info = await self._make_stream()
        subjects = list(info.config.subjects or ())
        if not any(covers(subject, address.pattern) for subject in subjects):
            raise ConfigError(
                f"the stream {address.stream} does not take {address.pattern}",
                hint=f"It takes {visible(', '.join(subjects)) or 'nothing'}. "
                "Name another stream, or a subject with ?subject=.",
            )
        copies = (info.cluster.replicas if info.cluster is not None else None) or []
        return StreamState(
            info.state.messages,
            info.config.duplicate_window,
            info.config.num_replicas or 1,
            {copy.name or "": copy.lag or 0 for copy in copies if copy.offline or not copy.current},
        )

    async def _make_stream(self) -> "StreamInfo":
        from nats.js.api import StorageType, StreamConfig
        from nats.js.errors import APIError

        assert self._stream is not None  # noqa: S101 - it is connected
        address = self._address
        config = StreamConfig(
            name=address.stream,
            subjects=address.made_subjects,
            storage=StorageType.FILE,
            num_replicas=address.replicas,
            duplicate_window=address.window,
            max_age=address.max_age or 0,
            max_bytes=-1 if address.max_bytes is None else address.max_bytes,
        )
        try:
            return await self._stream.add_stream(config)
        except APIError as error:
            if is_temporary(error):
                raise
            if error.err_code == _NAME_IN_USE:
                # Another tail has just made it, in another way.
                return await self._stream.stream_info(address.stream)
            raise ConfigError(
                f"the stream {address.stream} cannot be made: {visible(str(error.description))}",
                hint="Make it yourself, and leave out create=1.",
            ) from error

    async def _publish(self, messages: Sequence[NatsMessage]) -> int:
        assert self._publisher is not None  # noqa: S101 - it was opened
        answers = await self._publisher.publish(messages)
        for number, answer in enumerate(answers):
            if isinstance(answer, BaseException):
                if not keeps_connection(answer):
                    # Another server may answer, and the stream is checked again.
                    await self._disconnect()
                if number:
                    return number
                raise publishing_error(answer, TIMEOUT) from answer
            self.duplicates += answer
        return len(answers)

    async def _note_error(self, error: Exception) -> None:
        # What a user may not do is answered by this alone.
        if is_login_refusal(error):
            self._refusal = error
            if self._publisher is not None:
                self._publisher.fail(error)

    async def _lost(self) -> None:
        if self._publisher is not None:
            self._publisher.fail(ConnectionResetError("connection lost"))

    async def _disconnect(self) -> None:
        client, self._client, self._stream = self._client, None, None
        self._publisher = self._refusal = None
        if client is not None and not client.is_closed:
            try:
                async with asyncio.timeout(CLOSE_WITHIN):
                    await client.close()
            except Exception:  # noqa: BLE001, S110 - it is given up, whatever is wrong with it
                pass


def _no_stream(address: NatsAddress) -> MissingStreamError:
    return MissingStreamError(
        f"stream {address.stream} was not found at {address.hosts}",
        hint="Correct the name, or let rc-tail make the stream with ?create=1.",
    )
