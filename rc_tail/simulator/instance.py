"""A running simulator: in a thread of this process, or as a process of its own.

with Simulator(Options(rate=5)) as simulator:
    os.environ.update(simulator.variables)
    simulator.send("sms", text="hi")
"""

import contextlib
import secrets
import ssl
import tempfile
import threading
import time  # noqa: TID251 - read here, and passed on as `now`
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from rc_tail.simulator.certificate import make_certificate
from rc_tail.simulator.faults.schedule import read_plan
from rc_tail.simulator.scenario import Scenario, read_scenario
from rc_tail.simulator.send_request import MAX_COUNT, SendRequest, read_send_request
from rc_tail.simulator.server.server import HOST, Server, listen
from rc_tail.simulator.service.ids import Ids
from rc_tail.simulator.service.options import Options
from rc_tail.simulator.service.service import Service
from rc_tail.simulator.simulation import AnsweredRequest, Simulation, Subscriber
from rc_tail.simulator.traffic.recording import Recording, read_recording

# Events at once; between batches the server reads from its clients.
BATCH = 500

T = TypeVar("T")


class Instance:
    """A simulator that has its listening socket, but does not serve yet.

    Args:
        options: How it behaves.
        folder: Where the certificate is written, with ``tls``.
        events: A file of recorded notifications to play as traffic; None for made-up traffic.
        scenario: A file of faults and their times, and of options that replace defaults.

    Raises:
        SystemRefusedError: The port cannot be used.
        UsageError: ``tls`` is not possible, or a file cannot be read or is invalid.
    """

    def __init__(
        self,
        options: Options,
        folder: Path,
        *,
        events: Path | None = None,
        scenario: Path | None = None,
    ) -> None:
        self.clock = Clock()
        told = read_scenario(scenario) if scenario else Scenario()
        self.options = options = told.applied_to(options)
        self._faults = told.faults
        self._recording = Recording(read_recording(events)) if events else None
        self.listener = listen(options.port)
        try:
            self.port: int = self.listener.getsockname()[1]
            self._tls, self.ca_bundle = self._make_certificate(folder)
        except BaseException:
            self.listener.close()
            raise
        self.url = f"{'https' if options.tls else 'http'}://{HOST}:{self.port}"

    def _make_certificate(self, folder: Path) -> tuple[ssl.SSLContext | None, Path | None]:
        if not self.options.tls:
            return None, None
        return make_certificate(folder, self.port, self.clock())

    def build(self) -> tuple[Simulation, Server]:
        """Return the simulation and its server; `Server.run` serves.

        To be called after a fork, if there is one: not every selector survives it.
        """
        service = Service(self.options, Ids(secrets.randbits, self.clock()))
        service.base = self.url
        simulation = Simulation(service, self._recording, self._faults)
        server = Server(simulation, self.listener, self._tls, self.clock)
        simulation.on_stop = server.stop
        return simulation, server

    @property
    def variables(self) -> Mapping[str, str]:
        """The environment variables with which clients find it and log in."""
        return {
            "RC_SERVER_URL": self.url,
            "RC_APP_CLIENT_ID": self.options.client_id,
            "RC_APP_CLIENT_SECRET": self.options.client_secret,
            "RC_USER_JWT": self.options.jwt,
        }


class Simulator:
    """A context manager that runs a simulator in a thread of its own.

    Args:
        options: How it behaves.
        events: A file of recorded notifications to play as traffic; None for made-up traffic.
        scenario: A file of faults and their times.
    """

    def __init__(
        self,
        options: Options | None = None,
        *,
        events: Path | None = None,
        scenario: Path | None = None,
    ) -> None:
        self._options = options or Options()
        self._files = {"events": events, "scenario": scenario}
        self._running = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="rc-tail-simulator-"))
            self._instance = Instance(self._options, Path(folder), **self._files)
            self._simulation, self._server = self._instance.build()
            thread = threading.Thread(target=self._server.run, name="simulator")
            thread.start()
            stack.callback(thread.join)
            stack.callback(self._server.stop)
            self._running = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop the simulator and wait for its thread; a second call is a no-op."""
        self._running.close()

    @property
    def url(self) -> str:
        """The address, for ``RC_SERVER_URL``."""
        return self._instance.url

    @property
    def port(self) -> int:
        """The port on 127.0.0.1."""
        return self._instance.port

    @property
    def ca_bundle(self) -> Path | None:
        """The CA file by which clients can trust it; None without ``tls``."""
        return self._instance.ca_bundle

    @property
    def variables(self) -> Mapping[str, str]:
        """The environment variables with which clients find it and log in."""
        return self._instance.variables

    @property
    def requests(self) -> list[AnsweredRequest]:
        """The answered requests over HTTP: method, path and status, the newest last."""
        return self._call(lambda simulation, _now: list(simulation.requests))

    def subscribers(self) -> list[Subscriber]:
        """Return all subscriptions."""
        return self._call(lambda simulation, _now: simulation.subscribers())

    def send(
        self,
        event: str,
        *,
        text: str | None = None,
        from_: str | None = None,
        to: str | None = None,
        extension: str | None = None,
        count: int = 1,
        changes: Iterable[tuple[str, Any]] = (),
    ) -> int:
        """Send events to the subscribed clients.

        Args:
            event: A kind of the catalogue, with an id after a colon where it has one.
            text: The text of a message.
            from_: The sender, a number or a name.
            to: The receiver, a number or a name.
            extension: The user concerned, by extension id or number (default: Ada).
            changes: Values by dotted path, as in ``parties.0.status.code``.

        Returns:
            How many subscriptions the last event reached.

        Raises:
            UsageError: There is no such kind, or it has no such field.
        """
        fields = {"event": event, "text": text, "from": from_, "to": to, "extension": extension}
        reached = 0
        while count > 0:
            part = min(count, BATCH, MAX_COUNT)
            request = read_send_request({**fields, "set": tuple(changes), "count": part})
            reached = self._carry_out(request)
            count -= part
        return reached

    def fault(
        self, name: str, *, after: str | None = None, count: int = 1, **values: object
    ) -> None:
        """Inject a fault.

        Args:
            name: Of a fault, as in ``simulator fault --list``.
            after: A duration such as ``10s``, or ``50events``.
            count: How often, or how many messages or answers are affected.
            values: Its parameters; ``retry_after`` stands for ``retry-after``.

        Raises:
            UsageError: There is no such fault, or a value is invalid.
        """
        texts = {key.replace("_", "-"): str(value) for key, value in values.items()}
        plan = read_plan(name, texts, after=after, count=count)
        self._call(lambda simulation, now: simulation.fault_schedule.add(plan, now))

    def cut(self) -> int:
        """Reset every WebSocket; return how many there were."""
        return self._call(lambda simulation, _now: simulation.cut())

    def _carry_out(self, request: SendRequest) -> int:
        return self._call(lambda simulation, now: simulation.send(request, now))

    def _call(self, work: Callable[[Simulation, float], T]) -> T:
        clock = self._instance.clock
        return self._server.call(lambda: work(self._simulation, clock()))


class Clock:
    """Seconds since 1970 that never go backwards, even if the system's clock does."""

    def __init__(self) -> None:
        self._offset = time.time() - time.monotonic()

    def __call__(self) -> float:
        """Return the time."""
        return self._offset + time.monotonic()
