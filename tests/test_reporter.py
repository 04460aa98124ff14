"""What is said on standard error."""

import io
import json
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rc_tail.errors import ConfigError, JwtRejectedError, RcTailError
from rc_tail.reporter import LogFormat, Reporter, Verbosity
from rc_tail.text.redact import Redactor

NOON = datetime(2026, 3, 2, 12, 0, 0, 250_000, UTC)
LEVELS = ("info", "verbose", "debug", "warning")


class Told:
    """A reporter and what it wrote."""

    def __init__(self, log_format: LogFormat = "text", **options: object) -> None:
        self.stream = io.StringIO()
        self.redactor = Redactor()
        self.reporter = Reporter(
            self.stream,
            log_format=log_format,
            redactor=self.redactor,
            clock=lambda: NOON,
            **options,  # type: ignore[arg-type]
        )

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    def records(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.mark.parametrize(
    ("verbosity", "shown"),
    [
        (Verbosity.QUIET, ["warning"]),
        (Verbosity.NORMAL, ["info", "warning"]),
        (Verbosity.VERBOSE, ["info", "verbose", "warning"]),
        (Verbosity.DEBUG, ["info", "verbose", "debug", "warning"]),
    ],
)
@pytest.mark.parametrize("log_format", ["text", "json"])
def test_how_much_is_said(log_format, verbosity, shown):
    told = Told(log_format, verbosity=verbosity)
    for level in LEVELS:
        getattr(told.reporter, level)("event", f"a {level}")
    told.reporter.error(RcTailError("an error"))
    words = [line.split()[-1].strip('",}') for line in told.text.splitlines()]
    if log_format == "json":
        words = [str(record["message"]).split()[-1] for record in told.records()]
    assert words == [*shown, "error"]


def test_text_is_one_line_with_the_programs_name():
    told = Told()
    told.reporter.info("ready", "ready: listening to sms", events=["sms"])
    assert told.text == "rc-tail: ready: listening to sms\n"


def test_an_error_says_what_to_do_now():
    told = Told()
    told.reporter.error(ConfigError("the profile is damaged", hint="Log in again.\nOr delete it."))
    told.reporter.error(ConfigError("no more words"))
    assert told.text.splitlines() == [
        "rc-tail: error: the profile is damaged",
        "  Log in again.",
        "  Or delete it.",
        "rc-tail: error: no more words",
    ]


def test_json_is_one_object_a_line():
    told = Told("json")
    told.reporter.info("ready", "ready", events=["sms"], filters=[])
    told.reporter.error(JwtRejectedError("refused", hint="Log in again.", code="OAU-140"))
    told.reporter.error(ConfigError("damaged"))
    time = "2026-03-02T12:00:00.250Z"
    assert told.records() == [
        {
            "time": time,
            "level": "info",
            "event": "ready",
            "message": "ready",
            "events": ["sms"],
            "filters": [],
        },
        {
            "time": time,
            "level": "error",
            "event": "error",
            "message": "refused",
            "status": 77,
            "code": "OAU-140",
            "hint": "Log in again.",
        },
        {"time": time, "level": "error", "event": "error", "message": "damaged", "status": 78},
    ]


def test_the_time_is_reported_in_utc():
    stream = io.StringIO()
    before = datetime.now(UTC)
    Reporter(stream, log_format="json").info("event", "now")
    told = datetime.fromisoformat(json.loads(stream.getvalue())["time"])
    assert before.replace(microsecond=0) <= told <= datetime.now(UTC)
    assert told.utcoffset() is not None


@pytest.mark.parametrize("verbosity", [Verbosity.QUIET, Verbosity.NORMAL])
def test_a_wait_for_a_limit_is_always_reported(verbosity):
    text, recorded = Told(verbosity=verbosity), Told("json", verbosity=verbosity)
    for told in (text, recorded):
        told.reporter.wait(56.2, "RingCentral allows 5 calls per minute")
    words = "waiting 57 s: RingCentral allows 5 calls per minute (Ctrl-C to stop)"
    assert text.text == f"rc-tail: {words}\n"
    (record,) = recorded.records()
    expected = ("wait", words, 56.2, "RingCentral allows 5 calls per minute")
    assert tuple(record[key] for key in ("event", "message", "seconds", "reason")) == expected


@pytest.fixture
def zone(monkeypatch):
    """Three and a half hours behind UTC."""
    monkeypatch.setenv("TZ", "XST+3:30")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("moment", "on_terminal"),
    [
        (NOON, "08:30:00"),
        (NOON.replace(hour=3, minute=30), "00:00:00"),
        (NOON.replace(hour=3, minute=29, second=59), "2026-03-01 23:59:59"),
        (NOON + timedelta(days=1), "2026-03-03 08:30:00"),
    ],
)
@pytest.mark.usefixtures("zone")
def test_a_terminal_shows_the_local_time_of_day_and_json_is_in_utc(moment, on_terminal):
    told = Told(columns=lambda: 80)
    assert told.reporter.time_words(moment.timestamp()) == on_terminal
    told = Told("json", columns=lambda: 80)
    assert told.reporter.time_words(moment.timestamp()) == f"{moment:%Y-%m-%dT%H:%M:%S}.250Z"


@pytest.mark.usefixtures("zone")
def test_a_log_shows_times_with_date_and_zone():
    assert Told().reporter.time_words(NOON.timestamp()) == "2026-03-02 08:30:00-03:30"


@pytest.mark.parametrize(
    ("level", "color"), [("warning", "\x1b[35m"), ("verbose", "\x1b[2m"), ("debug", "\x1b[2m")]
)
def test_colours(level, color):
    told = Told(verbosity=Verbosity.DEBUG, color=True)
    getattr(told.reporter, level)("event", "words")
    assert told.text == f"{color}rc-tail: words\x1b[0m\n"


def test_an_error_is_red_with_its_hint_and_the_rest_is_not_coloured():
    told = Told(color=True)
    told.reporter.info("event", "words")
    told.reporter.error(RcTailError("bad", hint="better"))
    assert told.text.splitlines() == [
        "rc-tail: words",
        "\x1b[31mrc-tail: error: bad\x1b[0m",
        "\x1b[31m  better\x1b[0m",
    ]


def test_json_is_never_coloured():
    told = Told("json", color=True)
    told.reporter.error(RcTailError("bad"))
    assert "\x1b" not in told.text


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_untrusted_text_is_harmless(log_format):
    told = Told(log_format, verbosity=Verbosity.DEBUG)
    told.reporter.info("gap", "a\nrc-tail: error: forged\x1b[2J\u202e", reason="\x9b31m\u2028")
    told.reporter.error(RcTailError("bad\x1b[2J", hint="do\x1b[2J"))
    assert not {"\x1b", "\x9b", "\u202e", "\u2028"} & set(told.text)
    assert told.text.count("\n") == (3 if log_format == "text" else 2)
    if log_format == "json":
        assert told.records()[0]["message"] == "a\nrc-tail: error: forged\x1b[2J\u202e"


# A secret in the clear, with what JSON escapes, with what a terminal must not see, in known shapes.
SECRETS = [
    "the-plain-secret",
    'quo"ted\\secret',
    "new\nline-secret",
    "bell\x07secret",
    "gr\u00fc\u00df\u202e",
]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("log_format", ["text", "json"])
def test_secrets_are_hidden_before_they_are_escaped(log_format, secret):
    told = Told(log_format)
    told.redactor.add(secret)
    told.reporter.info("event", f"<{secret}>", field=secret, nested=[{"deep": (secret,)}])
    told.reporter.error(
        RcTailError(f"<{secret}>", hint=f"not {secret}" if "\n" not in secret else "-")
    )
    assert "<***>" in told.text
    if log_format == "json":
        assert secret not in json.dumps(told.records(), ensure_ascii=False)
        assert told.records()[0]["nested"] == [{"deep": ["***"]}]
    for part in (secret, json.dumps(secret)[1:-1], repr(secret)[1:-1]):
        assert part not in told.text


FRAME = (
    '[{"type":"ServerNotification","wsc":{"token":"V1ND-unknown","sequence":1}},{"text":"a\\"b"}]'
)


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_frames_are_shown_without_tokens_that_were_never_registered(log_format):
    told = Told(log_format, verbosity=Verbosity.DEBUG)
    told.reporter.debug("frame", f'{FRAME} access_token=abc\\"', frame=FRAME)
    assert "V1ND-unknown" not in told.text
    if log_format == "json":
        (record,) = told.records()
        assert json.loads(str(record["frame"]))[1] == {"text": 'a"b'}


@given(st.text(), st.text())
def test_any_words_are_one_valid_line(message, field):
    told = Told("json")
    told.reporter.info("event", message, field=field)
    assert told.text.count("\n") == 1
    (record,) = told.records()
    assert set(record) == {"time", "level", "event", "message", "field"}


class Gone(io.StringIO):
    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error
        self.tries = 0

    def write(self, text: str) -> int:
        self.tries += 1
        raise self.error


@pytest.mark.parametrize("error", [BrokenPipeError(), OSError(5, "I/O"), ValueError("closed file")])
def test_a_stderr_that_is_gone_stops_nothing(error):
    stream = Gone(error)
    reporter = Reporter(stream)
    reporter.info("event", "one")
    reporter.error(RcTailError("two"))
    assert stream.tries == 2


def test_other_failures_are_not_hidden():
    with pytest.raises(ZeroDivisionError):
        Reporter(Gone(ZeroDivisionError())).info("event", "words")


def test_threads_do_not_mix_their_lines():
    told = Told()

    def tell(name: str) -> None:
        for _ in range(200):
            told.reporter.info("event", name * 50)

    threads = [threading.Thread(target=tell, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = told.text.splitlines()
    assert len(lines) == 800
    assert {line.removeprefix("rc-tail: ") for line in lines} == {name * 50 for name in "abcd"}


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (200, ["rc-tail: error: it went wrong in many words", "  Do this and then that."]),
        (
            30,
            [
                "rc-tail: error: it went wrong",
                "  in many words",
                "  Do this and then that.",
            ],
        ),
        (
            22,
            [
                "rc-tail: error: it",
                "  went wrong in many",
                "  words",
                "  Do this and then",
                "  that.",
            ],
        ),
        (1, ["rc-tail:", "  error:", "  it", "  went", "  wrong", "  in", "  many", "  words"]),
    ],
)
def test_on_a_terminal_messages_are_broken_between_words(width, shown):
    told = Told(columns=lambda: width)
    told.reporter.error(
        RcTailError(
            "it went wrong in many words", hint="" if width == 1 else "Do this and then that."
        )
    )
    assert told.text.splitlines() == shown


def test_each_line_of_a_message_has_its_colour():
    told = Told(columns=lambda: 40, color=True)
    told.reporter.warning("gap", "word " * 9 + "end")
    assert told.text == (
        "\x1b[35mrc-tail: word word word word word word\x1b[0m\n"
        "\x1b[35m         word word word end\x1b[0m\n"
    )


def test_a_frame_is_shown_in_one_piece():
    told = Told(columns=lambda: 20, verbosity=Verbosity.DEBUG)
    told.reporter.debug("frame", "> " + "[1, 2, 3] " * 9 + "end")
    assert told.text.count("\n") == 1


def test_records_are_never_broken():
    told = Told("json", columns=lambda: 20)
    told.reporter.info("ready", "word " * 99)
    assert told.text.count("\n") == 1
