import io
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from rc_tail.config.credentials import Credentials
from rc_tail.config.folders import Folders
from rc_tail.config.settings import Settings
from rc_tail.errors import (
    PermissionMissingError,
    RateLimitedError,
    RequestRefusedError,
    TemporaryError,
    UnexpectedAnswerError,
    UnreachableError,
)
from rc_tail.events.matching import kind_of
from rc_tail.history.plan import HistoryPlan, plan_history
from rc_tail.history.reader import HistoryPage, HistoryReader
from rc_tail.reporter import Reporter
from rc_tail.rest.platform import Platform
from rc_tail.rest.rate_limit import CancelledError
from rc_tail.simulator.instance import Simulator
from tests.rest.conftest import Clock
from tests.rest.platform import Answerer, Asked, LoopbackPlatform, Reply
from tests.rest.test_rate_limit import Naps

X = "/restapi/v1.0/account/~/extension/~"
A = "/restapi/v1.0/account/~"
MESSAGES = f"{X}/message-store"
CALLS = f"{X}/call-log"
COMPANY_CALLS = f"{A}/call-log"
SMS = plan_history([f"{X}/message-store/instant?type=SMS"])
LOG = plan_history([f"{X}/telephony/sessions"])
BOTH = plan_history([f"{X}/message-store/instant?type=SMS", f"{X}/telephony/sessions"])


@pytest.fixture
def naps(clock: Clock) -> Naps:
    return Naps(clock)


@pytest.fixture
def reader(
    platform: LoopbackPlatform, settings: Settings, clock: Clock, naps: Naps, tmp_path: Path
) -> Iterator[HistoryReader]:
    platform.clock = clock
    folders = Folders(tmp_path / "config", tmp_path / "cache", tmp_path / "state")
    with Platform(settings, Reporter(io.StringIO()), folders=folders) as reading:
        yield HistoryReader(reading, cancelled=naps, clock=clock)


def iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def text(id_: Any, at: float, **more: Any) -> dict[str, Any]:
    return {"id": id_, "type": "SMS", "direction": "Inbound", "creationTime": iso(at), **more}


def call(id_: str, at: float, seconds: float = 0, **more: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "telephonySessionId": f"s-{id_}",
        "partyId": "p-1",
        "startTime": iso(at),
        "duration": seconds,
        "result": "Accepted",
        **more,
    }


def kept(
    records: Sequence[Mapping[str, Any]], *, navigation: bool = True, paging: bool = True
) -> Answerer:
    """A store that holds these records, and cuts times to whole seconds."""

    def bound(asked: Asked, name: str) -> float:
        return datetime.fromisoformat(asked.query[name][0]).timestamp() // 1

    def answer(asked: Asked) -> Reply:
        page, size = (int(asked.query[name][0]) for name in ("page", "perPage"))
        since, until = bound(asked, "dateFrom"), bound(asked, "dateTo")
        time_of = lambda r: datetime.fromisoformat(r.get("creationTime") or r["startTime"])  # noqa: E731
        found = [r for r in records if since <= time_of(r).timestamp() < until]
        more = page * size < len(found)
        body: dict[str, Any] = {"records": found[(page - 1) * size : page * size]}
        if navigation:
            body["navigation"] = {"nextPage": {"uri": "https://elsewhere.example"}} if more else {}
        if paging:
            body["paging"] = {"page": page, "totalPages": -(-len(found) // size)}
        return Reply(200, body)

    return answer


def uuids(chronicle: HistoryPage) -> list[str]:
    return [n.uuid.removeprefix("history:") for n in chronicle.notifications]


def errors(chronicle: HistoryPage) -> list[tuple[str, type]]:
    return [(f.source, type(f.error)) for f in chronicle.failures]


def page(*records: Any, **more: Any) -> Reply:
    return Reply(200, {"records": [*records], **more})


@pytest.mark.parametrize("newest_first", [True, False])
def test_what_happened_meanwhile_oldest_first(
    platform: LoopbackPlatform, reader: HistoryReader, clock: Clock, newest_first: bool
) -> None:
    now = clock.now
    texts = [text(id_, now - 50 + id_) for id_ in range(1, 5)]
    calls = [call("c-1", now - 48.5, 3), call("c-2", now - 20)]
    platform.answer(MESSAGES, kept(texts[::-1] if newest_first else texts))
    platform.answer(CALLS, kept(calls[::-1] if newest_first else calls))
    found = reader.read(BOTH, now - 60, now)
    assert uuids(found) == ["sms:1", "calls:c-1", "sms:2", "sms:3", "sms:4", "calls:c-2"]
    assert found.failures == ()
    assert all(json.loads(n.payload)["source"] == "history" for n in found.notifications)


def test_of_the_same_moment_the_smaller_id_comes_first(
    platform: LoopbackPlatform, reader: HistoryReader, clock: Clock
) -> None:
    platform.answer(MESSAGES, kept([text(id_, clock.now - 9) for id_ in (10, 9, 8)]))
    assert uuids(reader.read(SMS, clock.now - 60, clock.now)) == ["sms:8", "sms:9", "sms:10"]


def test_what_is_asked(platform: LoopbackPlatform, reader: HistoryReader) -> None:
    platform.answer(MESSAGES, page())
    platform.answer(CALLS, page())
    start = datetime(2026, 3, 2, 9, 30, 0, 700_000, tzinfo=UTC).timestamp()
    reader.read(BOTH, start, start + 60)
    messages, calls = (a for a in platform.asked if a.method == "GET")
    assert messages.query == {
        "dateFrom": ["2026-03-02T09:28:00.000Z"],
        "dateTo": ["2026-03-02T09:31:06.000Z"],
        "page": ["1"],
        "perPage": ["100"],
        "messageType": ["SMS"],
        "direction": ["Inbound"],
    }
    assert calls.query == {
        "dateFrom": ["2026-03-02T08:28:00.000Z"],
        "dateTo": ["2026-03-02T09:31:06.000Z"],
        "page": ["1"],
        "perPage": ["1000"],
    }


def test_several_types_are_repeated_in_the_query(
    platform: LoopbackPlatform, reader: HistoryReader, clock: Clock
) -> None:
    platform.answer(MESSAGES, page())
    plan = plan_history([f"{X}/voicemail", f"{X}/message-store?type=Fax"])
    reader.read(plan, clock.now - 60, clock.now)
    assert sorted(platform.asked[-1].query["messageType"]) == ["Fax", "VoiceMail"]
    assert "direction" not in platform.asked[-1].query


@pytest.mark.parametrize(("navigation", "paging"), [(True, True), (True, False), (False, True)])
def test_all_pages_are_read_wherever_their_addresses_are(
    platform: LoopbackPlatform,
    reader: HistoryReader,
    clock: Clock,
    navigation: bool,
    paging: bool,
) -> None:
    records = [text(id_, clock.now - id_ / 10) for id_ in range(1, 251)]
    platform.answer(MESSAGES, *[kept(records, navigation=navigation, paging=paging)] * 3)
    found = reader.read(SMS, clock.now - 60, clock.now)
    assert uuids(found) == [f"sms:{id_}" for id_ in range(250, 0, -1)]
    assert [a.query["page"] for a in platform.asked if a.path == MESSAGES] == [["1"], ["2"], ["3"]]


def test_an_address_that_a_page_names_is_not_followed(
    platform: LoopbackPlatform, reader: HistoryReader, clock: Clock
) -> None:
    link = {"nextPage": {"uri": f"{platform.url}/elsewhere"}}
    platform.answer(MESSAGES, page(text(1, clock.now), navigation=link), page(text(2, clock.now)))
    assert uuids(reader.read(SMS, clock.now - 60, clock.now)) == ["sms:1", "sms:2"]
    assert set(platform.paths()) == {"/restapi/oauth/token", MESSAGES}


def test_a_record_that_moved_to_the_next_page_comes_once(
    platform: LoopbackPlatform, reader: HistoryReader, clock: Clock
) -> None:
    one, two, three = (text(id_, clock.now - id_) for id_ in (1, 2, 3))
    more = {"paging": {"totalPages": 2}}
    platform.answer(MESSAGES, page(one, two, **more), page(two, three, **more))
    found = reader.read(SMS, clock.now - 60, clock.now)
    assert uuids(found) == ["sms:3", "sms:2", "sms:1"]
    assert found.failures == ()


def test_a_service_that_repeats_itself_is_left(
    platform: LoopbackPlatform, reader: HistoryReader, clock: Clock
) -> None:
    again = page(text(1, clock.now), paging={"totalPages": 1_000_000})
    platform.answer(MESSAGES, *[again] * 20)
    found = reader.read(SMS, clock.now - 60, clock.now)
    assert uuids(found) == ["sms:1"]
    assert errors(found) == [("the message store", UnexpectedAnswerError)]
    assert "repeats itself" in found.failures[0].error.message
    assert platform.count(MESSAGES) == 12


def test_what_comes_in_may_push_a_whole_page_to_the_next(
    platform: LoopbackPlatform, reader: HistoryReader, clock: Clock
) -> None:
    more = {"totalPages": 3}
    pages = [page(text(number, clock.now), paging=more) for number in (2, 2, 1)]
    platform.answer(MESSAGES, *pages)
    found = reader.read(SMS, clock.now - 60, clock.now)
    assert sorted(uuids(found)) == ["sms:1", "sms:2"]
    assert found.failures == ()


def test_where_no_server_answers_no_other_reading_is_tried(
    platform: LoopbackPlatform, reader: HistoryReader, clock: Clock, naps: Naps
) -> None:
    platform.close()
    found = reader.read(BOTH, clock.now - 60, clock.now)
    first, second = found.failures
    assert isinstance(first.error, UnreachableError)
    assert second.error is first.error
    assert sum(naps.slept) <= 300


def test_a_service_that_never_ends_is_left(
    platform: LoopbackPlatform, reader: HistoryReader, clock: Clock
) -> None:
    def endless(asked: Asked) -> Reply:
        number = int(asked.query["page"][0])
        return page(call(f"c-{number}", clock.now), paging={"totalPages": number + 1})

    platform.answer(CALLS, *[endless] * 30)
    found = reader.read(LOG, clock.now - 60, clock.now)
    assert len(found.notifications) == platform.count(CALLS) == 20
    assert "the rest was not read" in found.failures[0].error.message


@pytest.mark.parametrize(
    ("at", "comes"), [(-121.5, False), (-119.5, True), (0.0, True), (60.9, True), (70.0, False)]
)
def test_what_lies_at_the_edges(
    platform: LoopbackPlatform, reader: HistoryReader, clock: Clock, at: float, comes: bool
) -> None:
    start = clock.now - 60
    platform.answer(MESSAGES, kept([text(1, start + at)]))
    assert bool(reader.read(SMS, start, start + 60).notifications) is comes


def test_a_service_that_does_not_know_the_window_changes_nothing(
    platform: LoopbackPlatform, reader: HistoryReader, clock: Clock
) -> None:
    platform.answer(MESSAGES, page(text(1, clock.now - 86400), text(2, clock.now - 9)))
    assert uuids(reader.read(SMS, clock.now - 60, clock.now)) == ["sms:2"]


@pytest.mark.parametrize(
    ("at", "seconds", "comes"),
    [
        (-600, 570, True),  # began before, ended within
        (-600, 300, False),  # was over before
        (-3600, 3590, True),
        (-30, 0, True),
    ],
)
def test_a_call_counts_when_it_ended(
    platform: LoopbackPlatform,
    reader: HistoryReader,
    clock: Clock,
    at: float,
    seconds: float,
    comes: bool,
) -> None:
    platform.answer(CALLS, kept([call("c-1", clock.now + at, seconds)]))
    found = reader.read(LOG, clock.now - 60, clock.now, not_before=clock.now - 60)
    assert bool(found.notifications) is comes


def test_what_is_older_than_asked_for_is_dropped_where_it_was_asked_for(
    platform: LoopbackPlatform, reader: HistoryReader, clock: Clock
) -> None:
    records = [text(1, clock.now - 60.5), text(2, clock.now - 60), text(3, clock.now - 59)]
    platform.answer(MESSAGES, *[kept(records)] * 2)
    start = clock.now - 60
    assert uuids(reader.read(SMS, start, clock.now)) == ["sms:1", "sms:2", "sms:3"]
    assert uuids(reader.read(SMS, start, clock.now, not_before=start)) == ["sms:2", "sms:3"]


def test_a_record_that_two_readings_bring_comes_once(
    platform: LoopbackPlatform, reader: HistoryReader, clock: Clock
) -> None:
    mine = call("c-1", clock.now - 9)
    other = call("c-2", clock.now - 8, telephonySessionId="s-c-1", partyId="p-2")
    platform.answer(COMPANY_CALLS, kept([mine, other]))
    platform.answer(CALLS, kept([{**mine, "id": "c-9"}]))
    plan = plan_history([f"{A}/telephony/sessions", f"{X}/telephony/sessions"])
    found = reader.read(plan, clock.now - 60, clock.now)
    assert uuids(found) == ["account-calls:c-1", "account-calls:c-2"]


def test_what_one_source_gives_is_kept_when_another_is_refused(
    platform: LoopbackPlatform, reader: HistoryReader, clock: Clock
) -> None:
    platform.answer(
        MESSAGES,
        Reply(403, {"errorCode": "CMN-401", "permissionName": "ReadMessages", "message": "no"}),
    )
    platform.answer(CALLS, kept([call("c-1", clock.now - 9)]))
    found = reader.read(BOTH, clock.now - 60, clock.now)
    assert uuids(found) == ["calls:c-1"]
    assert errors(found) == [("the message store", PermissionMissingError)]
    assert "ReadMessages" in found.failures[0].error.hint


def test_the_pages_before_a_refusal_are_kept(
    platform: LoopbackPlatform, reader: HistoryReader, clock: Clock
) -> None:
    more = page(text(1, clock.now), paging={"totalPages": 2})
    platform.answer(MESSAGES, more, Reply(400, {"errorCode": "CMN-101", "message": "no"}))
    found = reader.read(SMS, clock.now - 60, clock.now)
    assert uuids(found) == ["sms:1"]
    assert errors(found) == [("the message store", RequestRefusedError)]


@pytest.mark.parametrize(
    "body", [b"hello", b"[]", {}, {"records": None}, {"records": {"id": 1}}, b"[" * 100_000]
)
def test_nonsense_is_reported(
    platform: LoopbackPlatform, reader: HistoryReader, clock: Clock, body: Any
) -> None:
    platform.answer(MESSAGES, Reply(200, body))
    found = reader.read(SMS, clock.now - 60, clock.now)
    assert found.notifications == ()
    assert errors(found) == [("the message store", UnexpectedAnswerError)]


def test_records_that_are_invalid_are_counted_and_the_others_kept(
    platform: LoopbackPlatform, reader: HistoryReader, clock: Clock
) -> None:
    odd = [None, 7, {"type": "SMS"}, text(2, clock.now, creationTime="noon", lastModifiedTime=1)]
    platform.answer(MESSAGES, page(*odd, text(1, clock.now), navigation=7, paging=[]))
    found = reader.read(SMS, clock.now - 60, clock.now)
    assert uuids(found) == ["sms:1"]
    assert [f.error.message for f in found.failures] == [
        "4 records without a usable id or time were skipped"
    ]


@pytest.mark.parametrize(
    ("headers", "slept"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"X-Rate-Limit-Window": "30"}, 30.0),
        ({"Retry-After": "Fri, 15 Jan 2027 08:00:45 GMT"}, 45.0),
        ({}, 60.0),
    ],
)
def test_a_pause_that_the_service_asks_for_is_made(
    platform: LoopbackPlatform,
    reader: HistoryReader,
    clock: Clock,
    naps: Naps,
    headers: dict[str, str],
    slept: float,
) -> None:
    start = clock.now - 60
    refusal = Reply(429, {"errorCode": "CMN-301", "message": "rate exceeded"}, headers)
    platform.answer(MESSAGES, refusal, kept([text(1, clock.now)]))
    found = reader.read(SMS, start, clock.now)
    assert uuids(found) == ["sms:1"]
    assert naps.slept == [slept]


def test_a_pause_that_is_too_long_is_a_failure(
    platform: LoopbackPlatform, reader: HistoryReader, clock: Clock, naps: Naps
) -> None:
    platform.answer(MESSAGES, Reply(429, None, {"Retry-After": "3000"}))
    found = reader.read(SMS, clock.now - 60, clock.now)
    assert errors(found) == [("the message store", RateLimitedError)]
    assert naps.slept == []


def test_a_service_that_is_unwell_is_asked_again(
    platform: LoopbackPlatform, reader: HistoryReader, clock: Clock, naps: Naps
) -> None:
    platform.answer(MESSAGES, Reply(503), Reply(500), kept([text(1, clock.now)]))
    assert uuids(reader.read(SMS, clock.now - 60, clock.now)) == ["sms:1"]
    assert naps.slept == [2.0, 4.0]


def test_the_limit_of_calls_is_kept_over_several_readings(
    platform: LoopbackPlatform, reader: HistoryReader, clock: Clock, naps: Naps
) -> None:
    platform.answer(CALLS, *[page()] * 12)
    for _ in range(11):
        reader.read(LOG, clock.now - 60, clock.now)
    assert naps.slept == [60.0]
    platform.answer(MESSAGES, page())
    reader.read(SMS, clock.now - 60, clock.now)
    assert naps.slept == [60.0]


def test_a_dead_access_token_is_replaced(
    platform: LoopbackPlatform, reader: HistoryReader, clock: Clock
) -> None:
    dead = Reply(401, {"errorCode": "OAU-213", "message": "Token not found"})
    platform.answer(MESSAGES, dead, kept([text(1, clock.now)]))
    assert uuids(reader.read(SMS, clock.now - 60, clock.now)) == ["sms:1"]
    assert platform.logins == 2


@pytest.mark.parametrize("ahead", [600, -600])
def test_the_service_s_clock_counts(
    platform: LoopbackPlatform, reader: HistoryReader, clock: Clock, ahead: float
) -> None:
    platform.clock = lambda: clock.now + ahead
    at = clock.now + ahead - 9
    platform.answer(MESSAGES, *[kept([text(1, at), text(2, at - 100)])] * 3)
    start = clock.now - 60
    for _ in range(2):
        found = reader.read(SMS, start, clock.now, not_before=start)
        assert uuids(found) == ["sms:1"]
    # The first answer showed the difference; afterwards it is known.
    assert platform.count(MESSAGES) == 3


def test_a_slow_answer_is_no_other_clock(
    platform: LoopbackPlatform, reader: HistoryReader, clock: Clock
) -> None:
    before = clock.now

    def slow(asked: Asked) -> Reply:
        clock.now += 12
        return kept([text(1, before - 9)])(asked)

    platform.clock = lambda: before + 6
    platform.answer(MESSAGES, *[slow] * 2)
    assert uuids(reader.read(SMS, before - 60, before)) == ["sms:1"]
    assert platform.count(MESSAGES) == 1


def test_an_answer_without_a_date_changes_nothing(clock: Clock, naps: Naps) -> None:
    class Dateless(Platform):
        def __init__(self) -> None: ...

        def read(self, path: str, params: Any = None, *, learn: Any = None) -> dict[str, Any]:
            learn(200, {"date": "someday"})
            return {"records": [text(1, clock.now - 9)]}

    reader = HistoryReader(Dateless(), cancelled=naps, clock=clock)
    assert uuids(reader.read(SMS, clock.now - 60, clock.now)) == ["sms:1"]


def test_the_end_of_the_program_leaves_what_was_read(
    platform: LoopbackPlatform, reader: HistoryReader, clock: Clock, naps: Naps
) -> None:
    def last(asked: Asked) -> Reply:
        naps.set()
        return page(text(1, clock.now), paging={"totalPages": 2})

    platform.answer(MESSAGES, last)
    found = reader.read(BOTH, clock.now - 60, clock.now)
    assert uuids(found) == ["sms:1"]
    assert errors(found) == [
        ("the message store", CancelledError),
        ("the call log", CancelledError),
    ]
    assert (platform.count(MESSAGES), platform.count(CALLS)) == (1, 0)


def test_the_end_of_the_program_ends_a_wait(
    platform: LoopbackPlatform, settings: Settings, tmp_path: Path
) -> None:
    cancelled = threading.Event()
    told = threading.Event()
    folders = Folders(tmp_path / "config", tmp_path / "cache", tmp_path / "state")
    found: list[HistoryPage] = []
    platform.answer(MESSAGES, Reply(429, None, {"Retry-After": "250"}))
    with Platform(settings, Reporter(io.StringIO()), folders=folders) as reading:
        reader = HistoryReader(reading, cancelled=cancelled, report_wait=lambda *_: told.set())
        worker = threading.Thread(target=lambda: found.append(reader.read(SMS, 0, 60)))
        worker.start()
        assert told.wait(30)
        cancelled.set()
        worker.join(30)
        assert not worker.is_alive()
    assert errors(found[0]) == [("the message store", CancelledError)]
    assert isinstance(found[0].failures[0].error, TemporaryError)


def test_a_plan_without_readings_asks_nothing(
    platform: LoopbackPlatform, reader: HistoryReader
) -> None:
    assert reader.read(HistoryPlan((), ("presence",)), 0, 1) == HistoryPage((), ())
    assert platform.asked == []


def test_the_simulator_s_stores_are_read_whole(tmp_path: Path) -> None:
    filters = [
        f"{X}/message-store/instant?type=SMS",
        f"{X}/message-store",
        f"{A}/telephony/sessions",
        f"{X}/presence",
    ]
    folders = Folders(tmp_path / "config", tmp_path / "cache", tmp_path / "state")
    start = time.time()
    with Simulator() as simulator:
        simulator.send("sms", text="hello ☕", count=150)
        simulator.send("voicemail")
        for code in ("Setup", "Answered", "Disconnected"):
            simulator.send("calls", changes=[("parties.0.status.code", code)])
        credentials = Credentials(
            simulator.variables["RC_APP_CLIENT_ID"],
            simulator.variables["RC_APP_CLIENT_SECRET"],
            simulator.variables["RC_USER_JWT"],
        )
        settings = Settings(simulator.url, credentials, "environment (RC_*)")
        with Platform(settings, Reporter(io.StringIO()), folders=folders) as reading:
            reader = HistoryReader(reading, cancelled=threading.Event())
            found = reader.read(plan_history(filters), start, time.time(), not_before=start - 1)
        asked = [(a.method, a.path.partition("?")[0]) for a in simulator.requests]
    assert found.failures == ()
    kinds = Counter(n.uuid.split(":")[1] for n in found.notifications)
    assert kinds == {"sms": 150, "messages": 1, "account-calls": 1}
    assert len({n.uuid for n in found.notifications}) == 152
    assert asked.count(("GET", MESSAGES)) == 2
    assert all(kind_of(n.event) is not None for n in found.notifications)
    assert "~" not in "".join(n.event for n in found.notifications)
