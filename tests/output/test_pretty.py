import json
import re
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rc_tail.events.catalogue import KINDS, by_name
from rc_tail.gateway.messages import Notification
from rc_tail.output.pretty import Pretty
from rc_tail.text.columns import cells
from rc_tail.text.escape import is_plain
from tests.events.hostile import bodies

X = "/restapi/v1.0/account/400000001/extension/400000101"
SMS = f"{X}/message-store/instant?type=SMS"
PAINT = re.compile(r"\x1b\[[0-9;]*m")


def now():
    return datetime(2026, 3, 2, tzinfo=UTC)


def pretty(*, color=False, width=None, time="utc"):
    return Pretty(color=color, width=None if width is None else lambda: width, time=time, now=now)


def notification(event, body, timestamp="2026-03-02T09:36:00.123Z"):
    payload = {"uuid": "1", "event": event, "timestamp": timestamp, "body": body}
    return Notification("1", event, timestamp, json.dumps(payload).encode())


def text(words, who="Bob Sample", **more):
    return notification(
        SMS,
        {"from": {"name": who}, "to": [{"name": "Ada"}], "subject": words, **more},
    )


def sample(name, **changes):
    kind = by_name(name)
    assert kind is not None
    return notification(kind.event_of("400000001", "400000101"), {**kind.sample, **changes})


def lines(form, *notifications):
    return "".join(form(n).decode() for n in notifications).splitlines()


def test_lines_are_aligned_in_columns():
    names = ("sms", "voicemail", "fax", "missed-calls", "dnd", "recorded-calls")
    shown = [sample(name) for name in names]
    wide = [text("日本 👍", who="山田太郎"), text("x", who="Zoë"), text("long", who="Z" * 40)]
    assert lines(pretty(), *shown, *wide, text("end")) == [
        "09:36:00Z  sms           ↙ +16505550199 → Ada Example             Are we still on for noon?",
        "09:36:00Z  voicemail     ↙ Bob Sample → Ada Example               17 s, transcribed",
        "09:36:00Z  fax           ↙ +16505550177 → extension 400000101     2 pages, fine",
        "09:36:00Z  missed-calls  ↙ Bob Sample → Ada Example               MISSED",
        "09:36:00Z  dnd             extension 400000101                    takes no calls",
        "09:36:00Z  recorded-calls  ↙ Bob Sample → Ada Example               answered, recording",
        "09:36:00Z  sms               山田太郎 → Ada                         日本 👍",
        "09:36:00Z  sms               Zoë → Ada                              x",
        f"09:36:00Z  sms               {'Z' * 40} → Ada  long",
        f"09:36:00Z  sms               Bob Sample → Ada{' ' * 30}  end",
    ]


@pytest.mark.parametrize(
    ("shown", "painted"),
    [
        (
            sample("sms"),
            (
                "\x1b[2m09:36:00Z\x1b[0m  \x1b[32msms\x1b[0m           \x1b[2m↙\x1b[0m "
                "+16505550199 → Ada Example             Are we still on for noon?"
            ),
        ),
        (
            sample("missed-calls"),
            (
                "\x1b[2m09:36:00Z\x1b[0m  \x1b[36mmissed-calls\x1b[0m  \x1b[2m↙\x1b[0m "
                "Bob Sample → Ada Example               \x1b[1;31mMISSED\x1b[0m"
            ),
        ),
        (
            sample("presence", presenceStatus="Offline"),
            (
                "\x1b[2m09:36:00Z\x1b[0m  \x1b[35mpresence\x1b[0m        extension 400000101                    "
                "\x1b[2mOffline (on a call; status set to Available)\x1b[0m"
            ),
        ),
        (
            sample("directory"),
            (
                "\x1b[2m09:36:00Z\x1b[0m  directory       Bob Sample                             "
                "changed, ext. 102, User, Enabled, Sales"
            ),
        ),
        (
            notification("/x", {"a": 1}),
            f"\x1b[2m09:36:00Z\x1b[0m  other{' ' * 50}/x: a=1",
        ),
    ],
)
def test_colours(shown, painted):
    assert lines(pretty(color=True), shown) == [painted]
    assert lines(pretty(), shown) == [PAINT.sub("", painted)]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_colours_change_nothing_else(kind):
    shown = notification(kind.event_of("1", "2"), kind.sample)
    for width in (None, 60, 100):
        plain = lines(pretty(width=width), shown)
        assert [
            PAINT.sub("", line) for line in lines(pretty(color=True, width=width), shown)
        ] == plain


@pytest.mark.parametrize(
    ("time", "start"),
    [
        ("utc", "2026-03-01 09:36:00Z  sms"),
        ("relative", " 14h ago  sms"),
        ("none", "sms"),
    ],
)
@pytest.mark.parametrize("color", [True, False])
def test_the_time_column(time, start, color):
    shown = notification(SMS, {"subject": "x"}, "2026-03-01T09:36:00Z")
    [line] = lines(pretty(time=time, color=color), shown)
    assert PAINT.sub("", line).startswith(start)


@pytest.mark.parametrize(
    ("width", "what"),
    [
        (None, "word " * 99 + "end"),
        (80, "word word word word word word…"),
        (61, "word word word…"),
    ],
)
def test_the_last_column_is_cut_first_and_only_on_a_terminal(width, what):
    [line] = lines(pretty(width=width), text("word " * 99 + "end"))
    assert line.startswith("09:36:00Z  sms             Bob Sample → Ada")
    assert line.endswith(f"  {what}")


@pytest.mark.parametrize("width", [41, 60, 79, 80, 81, 100, 120])
def test_on_a_terminal_no_line_is_wider_than_it(width):
    form = pretty(width=width)
    wide = [text("日本 👍" * 50, who="山田太郎" * 20), text("x" * 200, who="Z" * 200)]
    shown = [notification(kind.event_of("400000001", "400000101"), kind.sample) for kind in KINDS]
    assert [line for line in lines(form, *shown, *wide, *shown) if cells(line) > width] == []


@pytest.mark.parametrize("width", [1, 20, 40])
def test_however_narrow_it_is_some_of_everything_is_shown(width):
    [line] = lines(pretty(width=width), text("word word word", who="Bob Sample"))
    assert line == "09:36:00Z  sms         Bob Sam…  word wo…"


@pytest.mark.parametrize(
    ("who", "width", "shown"),
    [
        ("Bob Sample", 80, "Bob Sample → extension 400000101"),
        ("Bob Sample", 75, "Bob Sample → ext. 400000101"),
        ("Bob Sample, of sales", 75, "Bob Sample,… → ext. 400000101"),
        ("Bob Sample", 62, "Bob Sa… → ext. 4…"),
        ("Bob Sample, of sales", 60, "Bob Sample, of…"),
        ("Bo", 60, "Bo"),
        ("", 50, "→ ext.…"),
        ("山田太郎" * 9, 80, "山田太郎山田太郎… → ext. 400000101"),
    ],
)
def test_who_and_to_whom_share_the_room_that_there_is(who, width, shown):
    sms = text("x" * 80, who=who, to=[{"extensionId": "400000101"}])
    [line] = lines(pretty(width=width), sms)
    assert f" {shown} " in line
    assert cells(line) <= width


def test_without_room_for_both_the_other_one_is_shown():
    form = pretty(width=40, time="none")
    both = [text("hello", direction="Inbound"), text("hello", direction="Outbound")]
    assert lines(form, *both) == [
        "sms       ↙ Bob Sample     hello",
        "sms       ↗ → Ada          hello",
    ]


def test_a_terminal_that_becomes_narrow_gets_narrow_columns():
    width = 200
    form = Pretty(color=False, width=lambda: width, time="utc", now=now)
    lines(form, sample("insights-ms-teams"), text("hello", who="Z" * 30))
    width = 60
    [line] = lines(form, text("hello there"))
    assert line == "09:36:00Z  sms             Bob Sample       hello there"


@pytest.mark.parametrize(("letters", "cut"), [(60, False), (61, False), (62, True)])
def test_a_line_is_cut_only_where_it_does_not_fit(letters, cut):
    [line] = lines(pretty(width=120), text("x" * letters))
    assert len(line) == min(59 + letters, 120)
    assert line.endswith("…") is cut


def test_the_columns_leave_room_on_a_narrow_terminal():
    [line] = lines(pretty(width=60, time="none"), text("hello there", who="B"))
    assert line == "sms             B → Ada           hello there"


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("a\nb", r"a ⏎ b"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("\x9b2J", r"\x9b2J"),
        ("\ud83d", r"\ud83d"),
        ("👨‍👩‍👧", "👨‍👩‍👧"),
    ],
)
def test_no_text_of_others_reaches_the_terminal_as_a_command(words, shown):
    for color in (True, False):
        line = pretty(color=color)(text(words, who=words)).decode()
        assert shown in line
        assert is_plain(PAINT.sub("", line).removesuffix("\n"))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), st.sampled_from(KINDS), st.booleans(), st.none() | st.integers(1, 200))
def test_every_body_is_one_harmless_line(data, kind, color, width):
    body = data.draw(bodies(kind.sample))
    shown = notification(kind.event_of("1", "2"), body, data.draw(st.text(max_size=10)))
    line = pretty(color=color, width=width, time="local")(shown).decode()
    plain = PAINT.sub("", line)
    assert line.endswith("\n")
    assert is_plain(plain.removesuffix("\n"))
    assert color or plain == line


def test_senders_of_every_length_leave_the_columns_where_they_are():
    form = pretty(time="none")
    texts = [text("hello", who="山" * (n % 10)) for n in range(100)]
    assert {cells(line.partition("hello")[0]) for line in lines(form, *texts)} == {55}


def wrapped(width, *, one_extension=True, time="utc", color=False):
    return Pretty(
        color=color,
        width=lambda: width,
        time=time,
        now=now,
        wrap=True,
        one_extension=one_extension,
    )


LONG = "word " * 30 + "日本 👍 " * 20 + "x" * 300 + " שלום"


@pytest.mark.parametrize("width", [20, 40, 60, 80, 100, 120, 200])
@pytest.mark.parametrize("one_extension", [True, False])
def test_a_wrapped_text_is_complete_and_fits(width, one_extension):
    form = wrapped(width, one_extension=one_extension)
    shown = lines(form, text(LONG, who="山田太郎" * 5, direction="Inbound"))
    assert [line for line in shown if cells(line) > max(width, 32)] == []
    joined = "".join("".join(shown).split())
    assert "".join(LONG.split()) in joined
    assert "…" not in joined


def test_a_wrapped_text_hangs_under_its_column():
    [first, second] = lines(wrapped(80), text("word " * 12 + "end", who="Bob", direction="Inbound"))
    assert first == f"09:36:00Z sms        ← Bob          {' '.join(['word'] * 9)}"
    assert second == f"{' ' * 36}word word word end"


def test_the_other_party_alone_is_shown_for_one_extension():
    both = [text("hi", direction=each) for each in ("Inbound", "Outbound")]
    assert lines(wrapped(80, time="none"), *both) == [
        "sms        ← Bob Sample   hi",
        "sms        → Ada          hi",
    ]


def test_a_change_of_day_is_a_line_of_its_own():
    days = [f"2026-03-0{day}T09:36:00Z" for day in (1, 1, 2)]
    shown = lines(wrapped(80), *(notification(SMS, {"subject": "x"}, day) for day in days))
    assert [line.split()[0] for line in shown] == [
        "2026-03-01",
        "09:36:00Z",
        "09:36:00Z",
        "2026-03-02",
        "09:36:00Z",
    ]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), st.sampled_from(KINDS), st.booleans(), st.integers(1, 200))
def test_every_body_is_harmless_when_wrapped(data, kind, one_extension, width):
    body = data.draw(bodies(kind.sample))
    shown = notification(kind.event_of("1", "2"), body, data.draw(st.text(max_size=10)))
    form = wrapped(width, one_extension=one_extension)
    assert all(is_plain(line) for line in form(shown).decode().removesuffix("\n").split("\n"))
