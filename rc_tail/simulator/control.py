"""The client of a running simulator: ``simulator send``, ``fault``, ``status`` and ``stop``."""

import json
import ssl
import threading
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Any, Self
from urllib.parse import SplitResult, urlsplit

from rc_tail.errors import ExitStatus, RcTailError, UnreachableError, UsageError
from rc_tail.simulator.certificate import certificate_file
from rc_tail.simulator.registry import registered_addresses, unregister
from rc_tail.simulator.send_request import CONTROL, MAX_COUNT
from rc_tail.simulator.service.http_values import is_loopback
from rc_tail.text.escape import visible

VARIABLE = "RC_SERVER_URL"
START = 'Start one: eval "$(rc-tail simulator run --background)"'
TIMEOUT = 30.0
_TRIES, _PAUSE = 1000, 0.02


class NoSubscriberError(RcTailError):
    """No client is subscribed to the event that was sent."""

    exit_status = ExitStatus.TEMPORARY


class Control:
    """Sends requests to a running simulator.

    Args:
        folder: Where certificates of simulators are stored.

    Raises:
        UsageError: The address is not on this machine.
    """

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self._folder = folder
        self._address, self._port = _parse_local_url(url)

    @classmethod
    def find(cls, environ: Mapping[str, str], folder: Path) -> Self:
        """Return the control of the simulator in ``RC_SERVER_URL``, or of the only running one.

        Args:
            folder: Where certificates and addresses of simulators are stored.

        Raises:
            UsageError: There is none, or several, or the environment names another machine.
        """
        if url := environ.get(VARIABLE, "").strip():
            return cls(url, folder)
        running = [
            control
            for url in registered_addresses(folder)
            if (control := cls(url, folder)).is_running()
        ]
        if not running:
            raise UsageError(f"no running simulator found, and {VARIABLE} is not set", hint=START)
        if len(running) > 1:
            lines = "".join(f"\n{VARIABLE}={control.url}" for control in running)
            raise UsageError(
                f"{len(running)} simulators are running", hint=f"Choose one with:{lines}"
            )
        return running[0]

    def is_running(self) -> bool:
        """Whether it runs; unregister it otherwise."""
        try:
            self.status()
        except UnreachableError:
            unregister(self._folder, self.url)
            return False
        return True

    def status(self) -> Mapping[str, Any]:
        """Return the simulator's status.

        Raises:
            UnreachableError: No simulator is running there.
        """
        return self._request("GET", "status")

    def send(self, fields: Mapping[str, Any], count: int) -> int:
        """Send events; return how many subscriptions they reached.

        Args:
            fields: As for `read_send_request`, without ``count``.

        Raises:
            NoSubscriberError: No client is subscribed to the event.
            UsageError: There is no such event, or it has no such field.
            UnreachableError: No simulator is running there.
        """
        reached = 0
        for first in range(0, count, MAX_COUNT):
            part = {**fields, "count": min(MAX_COUNT, count - first)}
            reached = int(self._request("POST", "send", part)["reached"])
        if not reached:
            raise NoSubscriberError(
                f"no client is subscribed to {fields['event']}",
                hint="The event is still stored if the message store or call log has events of this kind.",
            )
        return reached

    def fault(self, name: str, values: Mapping[str, str], *, after: str | None, count: int) -> bool:
        """Inject a fault; return whether it waits for its time or for a subscription.

        Raises:
            UsageError: There is no such fault, or a value is invalid.
            UnreachableError: No simulator is running there.
        """
        fields = {"fault": name, "values": dict(values), "after": after, "count": count}
        return bool(self._request("POST", "fault", fields)["waits"])

    def stop(self) -> None:
        """Stop the simulator, and wait until it has exited.

        Raises:
            UnreachableError: No simulator is running there, or it does not exit.
        """
        self._request("POST", "stop")
        pause = threading.Event()
        for _ in range(_TRIES):
            if not self._is_listening():
                return
            pause.wait(_PAUSE)
        raise UnreachableError(f"the simulator at {visible(self.url)} did not stop")

    def _is_listening(self) -> bool:
        connection = self._connection()
        try:
            connection.connect()
        except OSError:
            return False
        finally:
            connection.close()
        return True

    def _request(
        self, method: str, name: str, body: Mapping[str, Any] | None = None
    ) -> Mapping[str, Any]:
        connection = self._connection()
        try:
            connection.request(
                method,
                CONTROL + name,
                body=json.dumps(body) if body is not None else None,
                headers={"Content-Type": "application/json"},
            )
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, HTTPException) as error:
            address = visible(self.url)
            raise UnreachableError(f"no simulator answers at {address}", hint=START) from error
        finally:
            connection.close()
        return self._parse_answer(answer.status, text)

    def _parse_answer(self, status: int, text: bytes) -> Mapping[str, Any]:
        try:
            answer = json.loads(text)
        except ValueError:
            answer = None
        if status == 400 and isinstance(answer, dict) and "hint" in answer:
            raise UsageError(str(answer.get("message")), hint=str(answer["hint"]))
        if status != 200 or not isinstance(answer, dict) or "simulator" not in answer:
            address = visible(self.url)
            raise UnreachableError(f"the server at {address} is not a simulator", hint=START)
        return answer

    def _connection(self) -> HTTPConnection:
        host = self._address.hostname or ""
        if self._address.scheme == "http":
            return HTTPConnection(host, self._port, timeout=TIMEOUT)
        file = certificate_file(self._folder, self._port)
        context = ssl.create_default_context(cafile=file if file.exists() else None)
        return HTTPSConnection(host, self._port, timeout=TIMEOUT, context=context)


def _parse_local_url(url: str) -> tuple[SplitResult, int]:
    try:
        address = urlsplit(url)
        port = address.port or (443 if address.scheme == "https" else 80)
    except ValueError as error:
        raise UsageError(f"{VARIABLE} is not an address: {visible(url)}") from error
    if address.scheme not in ("http", "https") or not is_loopback(address.hostname or ""):
        raise UsageError(
            f"{VARIABLE} names {visible(url)}, which is not on this machine",
            hint=f"Simulators use loopback addresses only.\n{START}",
        )
    return address, port
