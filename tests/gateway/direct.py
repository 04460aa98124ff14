"""The simulator's REST side without a socket, at a time that is a number."""

from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from rc_tail.rest import http as rest
from rc_tail.simulator.service import http_values as answers
from rc_tail.simulator.service.service import Service

EPOCH = 1_772_443_800.0  # 2026-03-02T09:30:00Z, at the session's time 0


class Clock:
    """The time of the whole world, in seconds of the session's clock."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Unix time, for those who ask for that."""
        return EPOCH + self.now


class Direct:
    """Carries requests to the simulator's rules without a socket.

    Args:
        service: The rules.
        clock: The time.

    Attributes:
        statuses: What was answered.
        times: When.
        reword: Changes the headers of answers.
    """

    def __init__(self, service: Service, clock: Clock) -> None:
        self._service = service
        self._clock = clock
        self.statuses: list[int] = []
        self.times: list[float] = []
        self.reword: Callable[[dict[str, str]], dict[str, str]] = dict

    def send(self, request: rest.HttpRequest, timeout: float | None = None) -> rest.HttpResponse:
        """Answer as the simulator does."""
        answer = self._service.answer(_as_simulated(request), self._clock())
        self.statuses.append(answer.status)
        self.times.append(self._clock.now)
        headers = self.reword({name.lower(): value for name, value in answer.headers.items()})
        return rest.HttpResponse(answer.status, headers, answer.payload(), 0.0)

    def close(self) -> None:
        """There is nothing to close."""


def _as_simulated(request: rest.HttpRequest) -> answers.Request:
    target = urlsplit(request.url).path
    if request.params:
        target += "?" + urlencode(request.params, doseq=True)
    headers = {name.lower(): value for name, value in request.headers.items()}
    body = urlencode(request.form or {}).encode()
    return answers.Request(request.method, target, {**headers, "host": "127.0.0.1:8080"}, body)
