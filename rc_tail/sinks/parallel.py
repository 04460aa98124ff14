"""Does one thing for each event, a few at the same time, and knows which from the front are done."""

import threading
from collections import deque
from collections.abc import Callable, Sequence

from rc_tail.gateway.messages import Notification
from rc_tail.sinks.sink import MoreToOfferError


class _Job:
    """What is done for one event: `outcome` is set once it is over."""

    def __init__(self, event: Notification) -> None:
        self.event = event
        self.outcome: bool | Exception | None = None


class Parallel:
    """Does up to `jobs` things at once; called on one thread.

    Args:
        do: Called with an event, with one job on the calling thread. Returns whether the event is
            safe; False where it was cut short. Raises what the runner of a sink understands.
    """

    def __init__(self, jobs: int, do: Callable[[Notification], bool]) -> None:
        self._jobs = jobs
        self._do = do
        # Of the events at the front, in order: what was begun and is not reported yet.
        self._begun: deque[_Job] = deque()
        self._changed = threading.Condition()
        self._has_more = False

    def offer_more(self) -> None:
        """Let a running `deliver` ask for what has come; on any thread."""
        with self._changed:
            self._has_more = True
            self._changed.notify()

    def deliver(self, batch: Sequence[Notification]) -> int:
        """Return how many events from the front are safe, once the first is.

        Raises:
            MoreToOfferError: `offer_more` was called meanwhile.
            Exception: What `do` raised for the first event; it is done again the next time.
        """
        if self._jobs == 1:
            return int(self._do(batch[0]))
        if not self._begun or self._begun[0].event is not batch[0]:
            # It is new, or it failed before and is tried again; those behind it are under way.
            self._begun.appendleft(self._start(batch[0]))
        for event in batch[len(self._begun) : self._jobs]:
            self._begun.append(self._start(event))
        self._await_first()
        safe = 0
        while self._begun and self._begun[0].outcome is True:
            self._begun.popleft()
            safe += 1
        if safe:
            return safe
        failed = self._begun.popleft()
        if isinstance(failed.outcome, Exception):
            raise failed.outcome
        return 0

    def _await_first(self) -> None:
        with self._changed:
            while self._begun[0].outcome is None:
                if self._has_more:
                    self._has_more = False
                    raise MoreToOfferError
                self._changed.wait()

    def _start(self, event: Notification) -> _Job:
        job = _Job(event)
        threading.Thread(target=self._work, args=(job,), name="rc-tail-job", daemon=True).start()
        return job

    def _work(self, job: _Job) -> None:
        try:
            outcome: bool | Exception = self._do(job.event)
        except Exception as error:  # noqa: BLE001 - raised where the job was begun
            outcome = error
        with self._changed:
            job.outcome = outcome
            self._changed.notify()
