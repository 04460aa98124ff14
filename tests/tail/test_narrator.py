"""What is said of a run, in words and in fields."""

import io
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from rc_tail.gateway.commands import FiltersDisabled, Gap, Notice, Ready, Reconnecting, TookOver
from rc_tail.gateway.drops import DropCounter, DropReason
from rc_tail.gateway.messages import DisabledFilter
from rc_tail.history.gap_filler import ReportPastEvents
from rc_tail.reporter import LogFormat, Reporter, Verbosity
from rc_tail.tail.narrator import Narrator
from rc_tail.text.timestamps import format_local

START = 1_772_443_800.0  # 2026-03-02T09:30:00Z


class Told:
    """A narrator whose clock began at nine thirty, and what it said."""

    def __init__(
        self,
        log_format: LogFormat = "text",
        verbosity: Verbosity = Verbosity.NORMAL,
        *,
        without: Sequence[str] = ("voicemail",),
        lacking: Sequence[str] = (),
    ) -> None:
        self.stream = io.StringIO()
        self.narrator = Narrator(
            Reporter(self.stream, log_format=log_format, verbosity=verbosity),
            names=["sms", "voicemail"],
            wall=lambda moment: START + moment,
            place="as Ada Example, extension 101",
            without_history=without,
            lacking=lacking,
        )

    def summarize(
        self,
        seconds: float = 30,
        printed: int = 3,
        kinds: Mapping[str, int] = {},
        drops: DropCounter | None = None,
    ) -> None:
        self.narrator.summary(
            seconds=seconds, printed=printed, kinds=Counter(kinds), drops=drops or DropCounter()
        )

    def lines(self) -> list[str]:
        return [line.removeprefix("rc-tail: ") for line in self.stream.getvalue().splitlines()]

    def fields(self) -> dict[str, object]:
        """The last record."""
        record = json.loads(self.stream.getvalue().splitlines()[-1])
        assert isinstance(record, dict)
        assert isinstance(record.pop("time"), str)
        return record


def both(tell: str, *arguments: object, **options: object) -> tuple[str, dict[str, object]]:
    """What is said as text and as JSON."""
    text, fields = Told(), Told("json")
    for told in (text, fields):
        getattr(told.narrator, tell)(*arguments, **options)
    (line,) = text.lines()
    return line, fields.fields()


@pytest.mark.parametrize("filters", [("/a", "/b"), None])
def test_ready(filters):
    words, fields = both("ready", Ready(first=True, filters=filters))
    assert words == "ready: listening to sms, voicemail as Ada Example, extension 101"
    assert fields["event"] == "ready"
    assert fields["events"] == ["sms", "voicemail"]
    assert fields["filters"] == list(filters or [])


def test_that_it_is_ready_again_is_shown_with_v():
    told = Told(verbosity=Verbosity.VERBOSE)
    told.narrator.ready(Ready(first=False, filters=None))
    assert told.lines() == ["the subscription is active again"]
    quiet = Told()
    quiet.narrator.ready(Ready(first=False, filters=None))
    assert (quiet.lines(), quiet.narrator.reconnects) == ([], 0)


def test_refused_filters_get_a_line_each_even_when_it_is_quiet():
    told = Told(verbosity=Verbosity.QUIET)
    refused = DisabledFilter("/presence", "SUB-412", "[HUD] is missing")
    silent = DisabledFilter("/voicemail", "", "")
    told.narrator.filters_disabled(FiltersDisabled((refused, silent)))
    assert told.lines() == [
        "RingCentral refused the filter /presence: [HUD] is missing (SUB-412)",
        "RingCentral refused the filter /voicemail: no reason given",
    ]
    _, fields = both("filters_disabled", FiltersDisabled((refused,)))
    assert (fields["event"], fields["level"]) == ("filter_refused", "warning")
    assert (fields["filter"], fields["reason"]) == ("/presence", "SUB-412")


@pytest.mark.parametrize(
    ("delay", "when"), [(0.0, ""), (0.04, ""), (0.05, " in 0.1 s"), (4.2, " in 4.2 s")]
)
def test_reconnecting(delay, when):
    words, fields = both("reconnecting", Reconnecting("the connection was cut", delay), 100.0)
    assert words == f"the connection was cut; retrying{when}"
    assert (fields["event"], fields["reason"]) == ("reconnecting", "the connection was cut")
    assert fields["delay"] == delay


def test_a_connection_is_lost_once_and_tries_follow():
    told = Told()
    told.narrator.ready(Ready(first=True, filters=None))
    for reason, delay in (("connection reset by peer", 0.0), ("no route to host", 4.2)):
        told.narrator.reconnecting(Reconnecting(reason, delay), 100.0)
    told.narrator.ready(Ready(first=False, filters=None))
    told.narrator.reconnecting(Reconnecting("nothing received for 30 s", 2), 100.0)
    assert told.lines()[1:] == [
        "connection lost (connection reset by peer); reconnecting",
        "no route to host; retrying in 4.2 s",
        "connection lost (nothing received for 30 s); reconnecting in 2 s",
    ]


def cut(*, recovered: bool = True, **how: Any) -> Gap:
    """Noticed after four seconds, and over half a second later."""
    return Gap(10, 14.5, "cut", recovered, lost_at=14 if recovered else None, **how)


@pytest.mark.parametrize(
    ("gap", "filled", "without", "outcome"),
    [
        (cut(), None, ("voicemail",), "nothing missed"),
        (cut(replayed=1), None, ("voicemail",), "1 event replayed"),
        (cut(replayed=12), None, (), "12 events replayed"),
        # What was in transit would be among the past events.
        (cut(unsure=True), 0, (), "nothing missed"),
        (cut(unsure=True, replayed=2), 0, (), "2 events replayed"),
    ],
)
def test_a_cut_after_which_nothing_is_missing_is_a_reconnect(gap, filled, without, outcome):
    text, recorded = Told(without=without), Told("json", without=without)
    for told in (text, recorded):
        told.narrator.gap(gap, filled=filled)
        assert (told.narrator.reconnects, told.narrator.gaps) == (1, 0)
    assert text.lines() == [f"reconnected after 0.5 s (cut); {outcome}"]
    message = text.lines()[0]
    assert recorded.fields() == {
        "level": "info",
        "event": "reconnect",
        "message": message,
        "from": "2026-03-02T09:30:14.000Z",
        "to": "2026-03-02T09:30:14.500Z",
        "seconds": 0.5,
        "reason": "cut",
        "replayed": gap.replayed,
    }


def test_a_session_of_an_earlier_run_was_lost_when_that_ended():
    words, fields = both("gap", Gap(10, 14.5, "rc-tail was not running", recovered=True))
    assert words == "reconnected after 4.5 s (rc-tail was not running); nothing missed"
    assert (fields["from"], fields["seconds"]) == ("2026-03-02T09:30:10.000Z", 4.5)


def test_reconnecting_takes_some_time():
    words, fields = both("gap", Gap(10, 14.5, "cut", recovered=True, lost_at=14.49))
    assert words == "reconnected after 0.1 s (cut); nothing missed"
    assert fields["seconds"] == 0.01


@pytest.mark.parametrize(
    ("gap", "outcome"),
    [
        (cut(recovered=False), "events may be missing"),
        (cut(recovered=False, replayed=3), "events may be missing"),
        (
            cut(replayed=100, overflow=True),
            (
                "100 events replayed; the service's buffer was full, so earlier events may be "
                "missing"
            ),
        ),
        (cut(replayed=2, unsure=True), "2 events replayed; events in transit may be missing"),
        (cut(recovered=False, events=1), "1 event lost"),
        (cut(recovered=False, events=12), "12 events lost"),
    ],
)
def test_gaps(gap, outcome):
    words, fields = both("gap", gap)
    shown = f"from {format_local(START + 10)} to {format_local(START + 14.5)}"
    assert words == f"gap of 4.5 s {shown} (cut): {outcome}"
    expected = {
        "level": "warning",
        "event": "gap",
        "from": "2026-03-02T09:30:10.000Z",
        "to": "2026-03-02T09:30:14.500Z",
        "seconds": 4.5,
        "reason": "cut",
        "recovered": gap.recovered,
        "replayed": gap.replayed,
        "overflow": gap.overflow,
        "events": gap.events,
        "filled": None,
        "unsure": gap.unsure,
        "kinds_without_history": ["voicemail"],
    }
    assert expected.items() <= fields.items()


@pytest.mark.parametrize(
    ("gap", "filled", "outcome"),
    [
        (cut(recovered=False), 0, "0 events filled from past events"),
        (cut(unsure=True), 1, "0 events replayed; 1 event filled from past events"),
        (
            cut(replayed=100, overflow=True),
            0,
            "100 events replayed; 0 events filled from past events",
        ),
    ],
)
def test_a_gap_of_which_all_is_stored_lacks_nothing(gap, filled, outcome):
    told = Told(without=())
    told.narrator.gap(gap, filled=filled)
    assert told.lines()[0].endswith(f"(cut): {outcome}")
    assert (told.narrator.reconnects, told.narrator.gaps) == (0, 1)


@pytest.mark.parametrize(
    ("filled", "failures", "outcome"),
    [
        (0, [], "0 events filled from past events; no past events are available for voicemail"),
        (1, [], "1 event filled from past events; no past events are available for voicemail"),
        (None, ["sms: too slow"], "past events could not be read: sms: too slow"),
        (
            2,
            ["sms: no", "fax: no"],
            (
                "2 events filled from past events; no past events are available for "
                "voicemail; past events could not be read: sms: no, fax: no"
            ),
        ),
    ],
)
def test_gaps_that_were_filled(filled, failures, outcome):
    words, fields = both("gap", cut(recovered=False), filled=filled, failures=failures)
    assert words.endswith(f"(cut): events may be missing; {outcome}")
    assert (fields["filled"], fields["failures"]) == (filled, failures)
    assert fields["kinds_without_history"] == ["voicemail"]


def test_what_is_not_stored_of_a_kind_may_be_missing():
    told = Told(without=(), lacking=("call status changes",))
    told.narrator.gap(cut(unsure=True), filled=0)
    assert told.lines()[0].endswith(
        "(cut): 0 events replayed; events in transit may be missing; 0 events filled from past "
        "events; no past events are available for call status changes"
    )


@pytest.mark.parametrize(
    ("late", "failures", "outcome", "level"),
    [
        (
            False,
            (),
            "3 events since {} from past events; no past events are available for voicemail",
            "info",
        ),
        (True, (), "3 events of the gap arrived late, from past events", "info"),
        (
            True,
            ("sms: no",),
            "3 events of the gap arrived late, from past events; past events could not be read: sms: no",
            "warning",
        ),
    ],
)
def test_history(late, failures, outcome, level):
    told = ReportPastEvents(start=10, printed=3, late=late, failures=failures)
    words, fields = both("past_events", told)
    assert words == outcome.format(format_local(START + 10))
    assert (fields["event"], fields["level"], fields["printed"]) == ("history", level, 3)
    assert (fields["from"], fields["late"]) == ("2026-03-02T09:30:10.000Z", late)


def test_a_history_of_everything_lacks_nothing():
    stream = io.StringIO()
    Narrator(Reporter(stream), names=["sms"], wall=lambda at: START + at, place="").past_events(
        ReportPastEvents(start=0, printed=1, failures=(), late=False)
    )
    assert stream.getvalue() == f"rc-tail: 1 event since {format_local(START)} from past events\n"


def test_a_takeover_is_shown_with_v_and_counted():
    told = Told(verbosity=Verbosity.VERBOSE)
    told.narrator.ready(Ready(first=True, filters=None))
    told.narrator.took_over(TookOver("the access token ends"))
    told.summarize(seconds=1, printed=0)
    assert told.lines()[1:] == [
        "switched to a new connection (the access token ends); draining the old one",
        "0 events in 1 s",
    ]
    quiet = Told("json")
    quiet.narrator.ready(Ready(first=True, filters=None))
    quiet.narrator.took_over(TookOver("the access token ends"))
    quiet.summarize(seconds=1, printed=0)
    assert quiet.fields()["takeovers"] == 1


def test_a_gap_is_never_hidden_nor_negative():
    told = Told("json", Verbosity.QUIET)
    told.narrator.gap(Gap(10, 9, "cut", recovered=False))
    assert told.fields()["seconds"] == 0


@pytest.mark.parametrize(
    ("warn", "verbosity", "shown"),
    [
        (True, Verbosity.QUIET, True),
        (False, Verbosity.NORMAL, False),
        (False, Verbosity.VERBOSE, True),
    ],
)
def test_notices(warn, verbosity, shown):
    told = Told(verbosity=verbosity)
    told.narrator.notice(Notice("odd", "something odd", warn=warn))
    assert told.lines() == (["something odd"] if shown else [])


def test_a_run_that_was_never_ready_has_no_summary():
    told = Told()
    told.summarize(seconds=3, printed=0)
    assert told.lines() == []


def test_the_summary_of_nothing():
    text, recorded = Told(), Told("json")
    for told in (text, recorded):
        told.narrator.ready(Ready(first=True, filters=None))
        told.summarize(seconds=61.2345, printed=0)
    words, fields = text.lines()[-1], recorded.fields()
    assert words == "0 events in 1 min 1 s"
    assert fields["event"] == "summary"
    assert (fields["printed"], fields["kinds"]) == (0, {})
    assert (fields["reconnects"], fields["gaps"], fields["seconds"]) == (0, 0, 61.234)


def test_the_summary_adds_up():
    text, fields = Told(), Told("json")
    for told in (text, fields):
        told.narrator.ready(Ready(first=True, filters=None))
        told.narrator.gap(Gap(0, 1, "cut", recovered=True))
        told.narrator.gap(Gap(2, 3, "cut", recovered=False))
        told.narrator.gap(Gap(4, 5, "cut", recovered=False))
        told.stream.truncate(0)
        told.stream.seek(0)
        told.summarize(kinds={"voicemail": 1, "sms": 2})
    assert text.lines() == ["3 events in 30 s (sms 2, voicemail 1), 1 reconnect, 2 gaps"]
    told_fields = fields.fields()
    assert told_fields["kinds"] == {"sms": 2, "voicemail": 1}
    assert (told_fields["reconnects"], told_fields["gaps"]) == (1, 2)


def test_the_summary_says_how_many_of_the_events_every_sink_has():
    told = Told()
    told.narrator.ready(Ready(first=True, filters=None))
    told.summarize(printed=2, kinds={"sms": 3})
    assert told.lines()[-1] == "2 of 3 events in 30 s (sms 3)"


@pytest.mark.parametrize("verbosity", [Verbosity.NORMAL, Verbosity.VERBOSE])
def test_dropped_events_are_in_the_record_and_with_v_in_the_text(verbosity):
    drops = DropCounter()
    drops.add(DropReason.SEEN_BEFORE, 2)
    text, record = Told(verbosity=verbosity), Told("json")
    for told in (text, record):
        told.summarize(drops=drops)
    added = ", 2 dropped (duplicate 2)" if verbosity is Verbosity.VERBOSE else ""
    assert text.lines() == [f"3 events in 30 s{added}"]
    assert record.fields()["dropped"] == {"seen_before": 2}


def test_steps_are_shown_with_v():
    told = Told(verbosity=Verbosity.VERBOSE)
    told.narrator.step("logging in")
    assert told.lines() == ["logging in"]
    assert told.narrator.doing == "logging in"


def test_a_wait_for_a_limit_is_reported_even_when_it_is_quiet():
    reason = "RingCentral allows 5 logins and connections per minute"
    told = Told(verbosity=Verbosity.QUIET)
    told.narrator.reconnecting(Reconnecting(reason, 56.4, limited=True), 100.0)
    told.narrator.waiting(12.0, reason, True)
    told.narrator.waiting(2.0, "unavailable", False)
    assert told.lines() == [
        f"waiting 57 s: {reason} (Ctrl-C to stop)",
        f"waiting 12 s: {reason} (Ctrl-C to stop)",
    ]
    assert (told.narrator.doing, told.narrator.next_try) == (f"waiting: {reason}", 156.4)
    told = Told()
    told.narrator.waiting(2.0, "unavailable", False)
    assert told.lines() == ["unavailable; trying again in 2 s"]


def test_what_other_threads_do_while_it_ends_is_not_reported():
    told = Told(verbosity=Verbosity.VERBOSE)
    told.narrator.is_ending = True
    told.narrator.step("logging in")
    told.narrator.waiting(13.0, "limited", True)
    told.narrator.waiting(13.0, "unavailable", False)
    assert told.lines() == []


def test_a_quiet_run_says_only_what_must_be_said():
    told = Told(verbosity=Verbosity.QUIET)
    told.narrator.ready(Ready(first=True, filters=None))
    told.narrator.reconnecting(Reconnecting("cut", 1), 100.0)
    told.summarize(seconds=1, printed=0)
    assert told.lines() == []


def test_it_is_known_when_the_next_try_is_made():
    told = Told()
    told.narrator.reconnecting(Reconnecting("refused", 42.0), 100.0)
    assert (told.narrator.doing, told.narrator.next_try) == ("waiting: refused", 142.0)
    told.narrator.step("logging in")
    assert (told.narrator.doing, told.narrator.next_try) == ("logging in", None)
    told.narrator.ready(Ready(first=True, filters=None))
    told.narrator.reconnecting(Reconnecting("cut", 1.0), 200.0)
    assert (told.narrator.doing, told.narrator.next_try) == ("reconnecting: cut", 201.0)
