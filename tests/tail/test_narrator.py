"""What is said of a run, in words and in fields."""

import io
import json
from collections import Counter
from collections.abc import Mapping, Sequence

import pytest

from rc_tail.gateway.commands import FiltersDisabled, Gap, Notice, Ready, Reconnecting, TookOver
from rc_tail.gateway.drops import DropCounter, DropReason
from rc_tail.gateway.messages import DisabledFilter
from rc_tail.history.gap_filler import ReportPastEvents
from rc_tail.reporter import LogFormat, Reporter, Verbosity
from rc_tail.tail.narrator import Narrator
from rc_tail.text.timestamps import format_unix_local

START = 1_772_443_800.0  # 2026-03-02T09:30:00Z


class Told:
    """A narrator whose clock began at nine thirty, and what it said."""

    def __init__(
        self,
        log_format: LogFormat = "text",
        verbosity: Verbosity = Verbosity.NORMAL,
        *,
        without: Sequence[str] = ("voicemail",),
    ) -> None:
        self.stream = io.StringIO()
        self.narrator = Narrator(
            Reporter(self.stream, log_format=log_format, verbosity=verbosity),
            names=["sms", "voicemail"],
            wall=lambda moment: START + moment,
            place="as Ada Example, extension 101",
            without_history=without,
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


def test_ready_again():
    words, fields = both("ready", Ready(first=False, filters=None))
    assert words == "reconnected"
    assert (fields["event"], fields["events"]) == ("ready", ["sms", "voicemail"])


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
    ("delay", "when"), [(0.0, "now"), (0.04, "now"), (0.05, "in 0.1 s"), (4.2, "in 4.2 s")]
)
def test_reconnecting(delay, when):
    words, fields = both("reconnecting", Reconnecting("the connection was cut", delay), 100.0)
    assert words == f"the connection was cut; reconnecting {when}"
    assert (fields["event"], fields["reason"]) == ("reconnect", "the connection was cut")
    assert fields["delay"] == delay


@pytest.mark.parametrize(
    ("gap", "outcome"),
    [
        (Gap(10, 14.5, "cut", recovered=False), "events of this time may be missing"),
        (
            Gap(10, 14.5, "cut", recovered=False, replayed=3),
            "events of this time may be missing",
        ),
        (Gap(10, 14.5, "cut", recovered=True), "recovered, 0 events replayed, nothing is missing"),
        (
            Gap(10, 14.5, "cut", recovered=True, replayed=1),
            "recovered, 1 event replayed, nothing is missing",
        ),
        (
            Gap(10, 14.5, "cut", recovered=True, replayed=100, overflow=True),
            (
                "recovered, 100 events replayed, but the service's buffer was full and earlier ones "
                "may be missing"
            ),
        ),
        (
            Gap(10, 14.5, "cut", recovered=True, replayed=2, unsure=True),
            "recovered, 2 events replayed, but what was on its way then may be missing",
        ),
        (Gap(10, 14.5, "cut", recovered=False, events=1), "1 event lost"),
        (Gap(10, 14.5, "cut", recovered=False, events=12), "12 events lost"),
    ],
)
def test_gaps(gap, outcome):
    words, fields = both("gap", gap)
    shown = f"from {format_unix_local(START + 10)} to {format_unix_local(START + 14.5)}"
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
        "kinds_without_history": [] if outcome.endswith("nothing is missing") else ["voicemail"],
    }
    assert expected.items() <= fields.items()


def test_what_was_on_its_way_is_not_missing_where_the_history_has_all():
    gap = Gap(10, 14.5, "cut", recovered=True, replayed=1, unsure=True)
    told = Told(without=())
    told.narrator.gap(gap, filled=0)
    assert told.lines()[0].endswith(
        "(cut): recovered, 1 event replayed; 0 events filled from past events"
    )


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
    gap = Gap(10, 14.5, "cut", recovered=False)
    words, fields = both("gap", gap, filled=filled, failures=failures)
    assert words.endswith(f"(cut): events of this time may be missing; {outcome}")
    assert (fields["filled"], fields["failures"]) == (filled, failures)
    assert fields["kinds_without_history"] == ["voicemail"]


@pytest.mark.parametrize(
    ("late", "failures", "outcome", "level"),
    [
        (
            False,
            (),
            "3 events since {} from past events; no past events are available for voicemail",
            "info",
        ),
        (True, (), "3 events of the gap came late, from past events", "info"),
        (True, ("sms: no",), "3 events of the gap came late, from past events; sms: no", "warning"),
    ],
)
def test_history(late, failures, outcome, level):
    told = ReportPastEvents(start=10, printed=3, late=late, failures=failures)
    words, fields = both("past_events", told)
    assert words == outcome.format(format_unix_local(START + 10))
    assert (fields["event"], fields["level"], fields["printed"]) == ("history", level, 3)
    assert (fields["from"], fields["late"]) == ("2026-03-02T09:30:10.000Z", late)


def test_a_history_of_everything_lacks_nothing():
    stream = io.StringIO()
    Narrator(Reporter(stream), names=["sms"], wall=lambda at: START + at, place="").past_events(
        ReportPastEvents(start=0, printed=1, failures=(), late=False)
    )
    assert (
        stream.getvalue() == f"rc-tail: 1 event since {format_unix_local(START)} from past events\n"
    )


def test_a_takeover_is_told_to_the_curious_and_counted():
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
        told.narrator.ready(Ready(first=False, filters=None))
        told.narrator.gap(Gap(0, 1, "cut", recovered=True))
        told.narrator.gap(Gap(2, 3, "cut", recovered=True))
        told.stream.truncate(0)
        told.stream.seek(0)
        told.summarize(kinds={"voicemail": 1, "sms": 2})
    assert text.lines() == ["3 events in 30 s (sms 2, voicemail 1), 1 reconnect, 2 gaps"]
    told_fields = fields.fields()
    assert told_fields["kinds"] == {"sms": 2, "voicemail": 1}
    assert (told_fields["reconnects"], told_fields["gaps"]) == (1, 2)


@pytest.mark.parametrize("verbosity", [Verbosity.NORMAL, Verbosity.VERBOSE])
def test_dropped_events_are_in_the_record_and_with_v_in_the_text(verbosity):
    drops = DropCounter()
    drops.add(DropReason.SEEN_BEFORE, 2)
    text, record = Told(verbosity=verbosity), Told("json")
    for told in (text, record):
        told.summarize(drops=drops)
    added = ", 2 dropped (seen before 2)" if verbosity is Verbosity.VERBOSE else ""
    assert text.lines() == [f"3 events in 30 s{added}"]
    assert record.fields()["dropped"] == {"seen_before": 2}


def test_steps_are_told_to_the_curious():
    told = Told(verbosity=Verbosity.VERBOSE)
    told.narrator.step("logging in")
    assert told.lines() == ["logging in"]
    assert told.narrator.doing == "logging in"


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
