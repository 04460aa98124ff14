"""Reads past events from RingCentral's message stores and call logs.

Messages are in the rate group "Light", calls in "Heavy" (API reference, "List Messages", "List
Extension Call Records"), so calls are read in large pages.
"""

import math
import threading
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from rc_tail.errors import (
    JwtRejectedError,
    NotLoggedInError,
    RcTailError,
    UnexpectedAnswerError,
    UnreachableError,
)
from rc_tail.events.families.fields import as_number, as_object
from rc_tail.events.kinds import HistoryStore
from rc_tail.gateway.messages import Notification
from rc_tail.history.plan import HistoryEvent, HistoryPlan, StoreQuery, history_event_of
from rc_tail.rest.client import Learn
from rc_tail.rest.http import Parameters
from rc_tail.rest.platform import Platform
from rc_tail.rest.rate_limit import RateLimit, ReportWait, RetryLimit
from rc_tail.system.clocks import clock as monotonic
from rc_tail.system.clocks import wall_of
from rc_tail.text.timestamps import format_unix_utc, parse_http_date

# An event may be sent some time after its message was created: a voicemail waits for its
# transcription, a fax for its last page. So messages are read from this many seconds before.
MARGIN = 120.0
# The call log files a call under its start, and one that ended in the gap began before it. Calls
# that are longer than this many seconds are not looked for: each hour costs scarce pages.
LONGEST_CALL = 3600.0
# Seconds after the end: clocks differ, and live events of that time are known by their keys.
AFTER = 5.0
# The service's own clock counts where it differs from ours by more seconds than this.
TOLERANCE = 2.0
# The largest page of calls that the TypeScript SDK documents for the simple view, and the default
# of messages, for which it documents none.
PER_PAGE: Mapping[HistoryStore, int] = {HistoryStore.MESSAGES: 100, HistoryStore.CALLS: 1000}
# Calls a minute of the groups "Light" and "Heavy" (developer guide, "Rate limits").
_LIMITS: Mapping[HistoryStore, int] = {HistoryStore.MESSAGES: 50, HistoryStore.CALLS: 10}
_MOST = 20_000
# Pages without a new record, one after another: where records come in while it waits for its turn,
# they push those it has to later pages.
_MOST_REPEATED = 10
# Errors that every other store would meet too, after as long a wait.
_HOPELESS = (UnreachableError, JwtRejectedError, NotLoggedInError)


class ReadFailure(msgspec.Struct, frozen=True):
    """A store that could not be read, or not wholly, and why."""

    source: str
    error: RcTailError


class HistoryPage(msgspec.Struct, frozen=True):
    """The past events of a time.

    Attributes:
        notifications: The oldest first.
        failures: Empty when nothing is missing.
    """

    notifications: tuple[Notification, ...]
    failures: tuple[ReadFailure, ...]


class _RecordsSoFar(msgspec.Struct):
    """The records of one store so far."""

    past: dict[str, HistoryEvent] = {}
    seen: set[str] = set()
    unreadable: int = 0


class HistoryReader:
    """Reads past events within the service's rate limits.

    It blocks, for minutes where a limit is reached: it belongs on a worker's thread. Use one for the
    whole run, since it remembers the limits; several threads may use it.

    Args:
        cancelled: Ends every wait when it is set; what was read by then is returned.
        clock: Returns Unix seconds.
        report_wait: Called before every wait.
        retry_limit: How long a request is retried while it fails temporarily.
    """

    def __init__(
        self,
        platform: Platform,
        *,
        cancelled: threading.Event,
        clock: Callable[[], float] = lambda: wall_of(monotonic()),
        report_wait: ReportWait = lambda _seconds, _why, _limited: None,
        retry_limit: RetryLimit | None = None,
    ) -> None:
        self._platform = platform
        self._clock = clock
        self._rate_limits = {
            store: RateLimit(
                limit,
                cancelled=cancelled,
                clock=clock,
                report_wait=report_wait,
                retry_limit=retry_limit,
            )
            for store, limit in _LIMITS.items()
        }
        # Seconds that the service's clock is ahead of ours.
        self._ahead = 0.0

    def read(
        self, plan: HistoryPlan, start: float, end: float, *, not_before: float | None = None
    ) -> HistoryPage:
        """Return the past events between two moments, and some from around them.

        The service cuts times to whole seconds, and an event may be sent later than the time of
        its record. So more is read than requested, and nothing is dropped that may not have been
        received live: `PrintedEvents` recognises the rest by its keys.

        Args:
            start: In Unix seconds of our clock, like the other times.
            not_before: Drop what is surely older; None to drop nothing.
        """
        past: dict[str, HistoryEvent] = {}
        failures: list[ReadFailure] = []
        hopeless: RcTailError | None = None
        for reading in plan.readings:
            found = _RecordsSoFar()
            try:
                if hopeless is not None:
                    raise hopeless
                self._read(reading, start, end, found)
            except RcTailError as error:
                failures.append(ReadFailure(reading.name, error))
                if isinstance(error, _HOPELESS):
                    hopeless = error
            if found.unreadable:
                failures.append(ReadFailure(reading.name, _unreadable(found.unreadable)))
            past = {**found.past, **past}
        kept = [p for p in past.values() if not_before is None or p.end >= not_before + self._ahead]
        kept.sort(key=lambda each: (each.time, len(each.key), each.key))
        return HistoryPage(tuple(each.notification for each in kept), tuple(failures))

    def _read(self, reading: StoreQuery, start: float, end: float, found: _RecordsSoFar) -> None:
        assumed = self._ahead
        self._read_pages(reading, start + assumed, end + assumed, found)
        if abs(self._ahead - assumed) > TOLERANCE:
            # The first answer showed that the clocks differ: read the right time instead.
            found.past.clear()
            found.unreadable = 0
            self._read_pages(reading, start + self._ahead, end + self._ahead, found)

    def _read_pages(
        self, reading: StoreQuery, start: float, end: float, found: _RecordsSoFar
    ) -> None:
        params = {**_window(reading.store, start, end), **reading.params}
        per_page = PER_PAGE[reading.store]
        found.seen.clear()
        repeated = 0
        for page in range(1, _MOST // per_page + 1):
            paging = {"page": str(page), "perPage": str(per_page)}
            body = self._ask(reading, {**params, **paging})
            records = _records(body, reading)
            before = len(found.seen)
            for record in records:
                _take(reading, record, start - MARGIN, found)
            if not records or not _has_more(body, page):
                return
            repeated = repeated + 1 if len(found.seen) == before else 0
            if repeated > _MOST_REPEATED:
                raise _unexpected(reading, "repeats itself from page to page")
        raise _unexpected(reading, f"has more than {_MOST} records; the rest was not read")

    def _ask(self, reading: StoreQuery, params: Parameters) -> dict[str, Any]:
        def ask(learn: Learn) -> dict[str, Any]:
            requested_at = self._clock()

            def note(status: int, headers: Mapping[str, str]) -> None:
                learn(status, headers)
                self._ahead = _ahead(headers, requested_at, self._clock(), self._ahead)

            return self._platform.read(reading.path, params, learn=note)

        return self._rate_limits[reading.store].call(ask)


def _window(store: HistoryStore, start: float, end: float) -> dict[str, str]:
    """Return the query's window, in whole seconds on the side where nothing is lost."""
    before = MARGIN if store is HistoryStore.MESSAGES else MARGIN + LONGEST_CALL
    return {
        "dateFrom": format_unix_utc(max(math.floor(start - before), 0)),
        "dateTo": format_unix_utc(max(math.ceil(end + AFTER), 0)),
    }


def _records(body: Mapping[str, Any], reading: StoreQuery) -> list[Any]:
    records = body.get("records")
    if not isinstance(records, list):
        raise _unexpected(reading, "contains no list of records")
    return records


def _take(reading: StoreQuery, record: Any, since: float, found: _RecordsSoFar) -> None:
    """Add one record, in any order of the pages.

    Args:
        since: What ended before that, in Unix seconds, was surely printed.
    """
    found.seen.add(str(as_object(record).get("id")))
    try:
        past = history_event_of(reading, as_object(record))
    except ValueError:
        # Counted and reported; the rest of the page is still used.
        found.unreadable += 1
        return
    if past is not None and past.end >= since:
        # Records that came in meanwhile push others to the next page.
        found.past.setdefault(past.key, past)


def _has_more(body: Mapping[str, Any], page: int) -> bool:
    """Whether there is a further page; each of the two places may be missing."""
    if as_object(as_object(body.get("navigation")).get("nextPage")).get("uri"):
        return True
    total = as_number(as_object(body.get("paging")).get("totalPages"))
    return total is not None and page < total


def _ahead(headers: Mapping[str, str], asked: float, answered: float, before: float) -> float:
    """Return how many seconds the service's clock is ahead of ours, by the answer's date.

    Args:
        headers: The answer's.
        asked: When it was asked, by our clock.
        answered: When the answer was there, by our clock.
        before: What was known before, for an answer without a date.
    """
    date = parse_http_date(headers.get("date", ""))
    if date is None:
        return before
    # The date is cut to a second and may be of any moment between: only beyond it is a difference.
    if date < asked - TOLERANCE:
        return date - asked
    return date - answered if date > answered + TOLERANCE else 0.0


def _unexpected(reading: StoreQuery, reason: str) -> UnexpectedAnswerError:
    return UnexpectedAnswerError(f"RingCentral's answer for {reading.name} {reason}")


def _unreadable(many: int) -> UnexpectedAnswerError:
    return UnexpectedAnswerError(f"{many} records without a usable id or time were skipped")
