import json
import re
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rc_tail.events.catalogue import KINDS, by_name
from rc_tail.events.families.people import CHAT, PERSON, Named
from rc_tail.gateway.messages import Notification
from rc_tail.output.names import NameBook
from rc_tail.output.pretty import Pretty
from rc_tail.text.columns import cells
from rc_tail.text.escape import is_plain
from tests.events.hostile import bodies

X = "/restapi/v1.0/account/400000001/extension/400000101"
SMS = f"{X}/message-store/instant?type=SMS"
# Ends a column of Hebrew or Arabic; from the network it would be shown as an escape.
MARK = "\u200e"
PAINT = re.compile(r"\x1b\[[0-9;]*m")


def now():
    return datetime(2026, 3, 2, tzinfo=UTC)


def pretty(*, color=False, width=None, time="utc", kinds=("missed-calls",)):
    return Pretty(
        color=color,
        width=None if width is None else lambda: width,
        time=time,
        now=now,
        kinds=kinds,
    )


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
    shown = "".join(form(n).decode() for n in notifications)
    return shown.replace(MARK, "").splitlines()


def test_lines_are_aligned_in_columns():
    names = ("sms", "voicemail", "fax", "missed-calls", "dnd", "recorded-calls")
    shown = [sample(name) for name in names]
    wide = [text("日本 👍", who="山田太郎"), text("x", who="Zoë"), text("long", who="Z" * 40)]
    assert lines(pretty(), *shown, *wide, text("end")) == [
        "09:36:00Z  sms           ↙ +16505550199 → Ada Example             Are we still on for noon?",
        "09:36:00Z  voicemail     ↙ Bob Sample → Ada Example               17 s, transcribed",
        "09:36:00Z  fax           ↙ +16505550177 → Ada Example             2 pages, fine",
        "09:36:00Z  missed-calls  ↙ Bob Sample → Ada Example               MISSED",
        "09:36:00Z  dnd             Ada Example                            takes no calls",
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
                "\x1b[2m09:36:00Z\x1b[0m  presence        extension 400000101                    "
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
    assert line.split()[:6] == ["09:36:00Z", "sms", "Bob", "Sample", "→", "Ada"]
    assert line.endswith(f"  {what}")
    assert width is None or cells(line) == width or line.endswith("word…")


@pytest.mark.parametrize("width", [41, 60, 79, 80, 81, 100, 120])
def test_on_a_terminal_no_line_is_wider_than_it(width):
    form = pretty(width=width)
    wide = [text("日本 👍" * 50, who="山田太郎" * 20), text("x" * 200, who="Z" * 200)]
    shown = [notification(kind.event_of("400000001", "400000101"), kind.sample) for kind in KINDS]
    assert [line for line in lines(form, *shown, *wide, *shown) if cells(line) > width] == []


@pytest.mark.parametrize("width", [1, 20, 35])
def test_however_narrow_it_is_some_of_everything_is_shown(width):
    [line] = lines(pretty(width=width), text("word word word", who="Bob Sample"))
    assert line == "09:36:00Z sms        Bob Sam… word wo…"


@pytest.mark.parametrize(
    ("who", "width", "shown"),
    [
        ("Bob Sample", 140, "Bob Sample → extension 400000101"),
        ("Bob Sample", 120, "Bob Sample → ext. 400000101"),
        ("Bob Sample, of sales", 120, "Bob Sample,… → ext. 400000101"),
        ("Bob Sample", 80, "Bob Sample → ext. 40000…"),
        ("Bob Sample, of sales", 50, "Bob Sample…"),
        ("Bo", 50, "Bo"),
        ("", 48, "→ ext. 4…"),
        ("山田太郎" * 9, 120, "山田太郎山田… → ext. 400000101"),
    ],
)
def test_who_and_to_whom_share_the_room_that_there_is(who, width, shown):
    sms = text("x" * 80, who=who, to=[{"extensionId": "400000101"}])
    [line] = lines(pretty(width=width), sms)
    assert f" {shown} " in line
    assert cells(line) <= width


def test_without_room_for_both_the_other_one_is_shown():
    form = pretty(width=40, time="none")
    both = [
        text("hello", who="Bob Sample of sales", direction=each) for each in ("Inbound", "Outbound")
    ]
    assert lines(form, *both) == [
        "sms      ↙ Bob Sample of…  hello",
        "sms      ↗ → Ada           hello",
    ]


@pytest.mark.parametrize("wrap", [True, False])
def test_a_terminal_that_is_resized_gets_columns_of_its_own(wrap):
    width = 200
    form = Pretty(color=False, width=lambda: width, time="utc", now=now, wrap=wrap)
    wide = lines(form, sample("insights-ms-teams"), text("hello", who="Z" * 30))
    width = 60
    narrow = lines(form, text("hello there " * 5))
    assert max(map(cells, narrow)) <= 60
    width = 200
    again = lines(form, sample("insights-ms-teams"), text("hello", who="Z" * 30))
    assert again == wide


@pytest.mark.parametrize(("letters", "is_cut"), [(60, False), (61, False), (62, True)])
def test_a_line_is_cut_only_where_it_does_not_fit(letters, is_cut):
    [line] = lines(pretty(width=120), text("x" * letters))
    assert len(line) == min(59 + letters, 120)
    assert line.endswith("…") is is_cut


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


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), st.sampled_from(KINDS), st.booleans(), st.none() | st.integers(1, 200))
def test_every_body_is_one_harmless_line(data, kind, color, width):
    body = data.draw(bodies(kind.sample))
    shown = notification(kind.event_of("1", "2"), body, data.draw(st.text(max_size=10)))
    line = pretty(color=color, width=width, time="local")(shown).decode()
    plain = PAINT.sub("", line).replace(MARK, "")
    assert line.endswith("\n")
    assert is_plain(plain.removesuffix("\n"))
    assert color or plain == line.replace(MARK, "")


def test_senders_of_every_length_leave_the_columns_where_they_are():
    form = pretty(time="none")
    texts = [text("hello", who="山" * (n % 10)) for n in range(100)]
    assert {cells(line.partition("hello")[0]) for line in lines(form, *texts)} == {55}


def wrapped(width, *, one_extension=True, time="utc", color=False, kinds=("sms",)):
    return Pretty(
        color=color,
        width=lambda: width,
        time=time,
        now=now,
        wrap=True,
        one_extension=one_extension,
        kinds=kinds,
    )


WIDTHS = (40, 60, 80, 100, 120, 200)
LONG = (
    "word " * 30 + "日本 👍 " * 20 + "x" * 300 + " שלום مرحبا " + "👨\u200d👩\u200d👧 ❤\ufe0f " * 9
)


def from_cell(row, start):
    """The rest of a row from a cell on."""
    head = ""
    for char in row:
        if cells(head) >= start:
            break
        head += char
    return row[len(head) :]


def text_start(rows):
    """The cell in which the text begins that is 'word word ...'."""
    row = next(row for row in rows if "word" in row)
    return cells(row.partition("word")[0])


@pytest.mark.parametrize("width", [20, *WIDTHS])
@pytest.mark.parametrize("one_extension", [True, False])
@pytest.mark.parametrize("who", ["Bob", "山田太郎" * 5, "👩\u200d💻 " * 8, "שלום " * 9])
def test_a_wrapped_text_is_complete_and_fits(width, one_extension, who):
    form = wrapped(width, one_extension=one_extension)
    rows = lines(form, text(LONG, who=who, direction="Inbound"))
    assert [row for row in rows if cells(row) > max(width, 32)] == []
    start = text_start(rows)
    first = next(number for number, row in enumerate(rows) if "word" in row)
    texts = [from_cell(row, start) for row in rows[first:]]
    assert "".join("".join(texts).split()) == "".join(LONG.split())
    heads = [
        *rows[:first],
        *(row.removesuffix(t) for row, t in zip(rows[first:], texts, strict=True)),
    ]
    assert "".join(who.split()) in "".join("".join(heads).split())
    assert "…" not in "".join(rows)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("one_extension", [True, False])
@pytest.mark.parametrize("wrap", [True, False])
def test_every_text_begins_in_the_same_column(width, one_extension, wrap):
    """Whatever kind comes and whoever it is from, once the longest is known."""
    form = Pretty(
        color=False,
        width=lambda: width,
        time="utc",
        now=now,
        wrap=wrap,
        one_extension=one_extension,
        kinds=[kind.name for kind in KINDS],
    )
    lines(form, text("x", who="+441632960961", direction="Inbound"))
    starts = set()
    for kind in KINDS:
        for who in ("Bob Sample", "山田 太郎", "+441632960961", "👩\u200d💻", "שלום עליכם"):
            body = {
                "from": {"name": who},
                "to": [{"name": "Ada"}],
                "subject": "word word",
                "text": "word word",
                "direction": "Inbound",
            }
            rows = lines(form, notification(kind.event_of("1", "2"), body))
            starts |= {text_start(rows)} if any("word" in row for row in rows) else set()
    assert len(starts) == 1


@pytest.mark.parametrize(("width", "least"), [(60, 25), (80, 45), (100, 50), (120, 70)])
def test_the_usual_kinds_leave_room_for_the_text(width, least):
    form = wrapped(width, time="local")
    usual = ("sms", "voicemail", "fax", "calls", "presence", "team-posts")
    rows = lines(form, *map(sample, usual), text("word " * 50, direction="Inbound"))
    assert width - text_start(rows) >= least


def test_a_wrapped_text_hangs_under_its_column():
    [first, second] = lines(wrapped(80), text("word " * 12 + "end", who="Bob", direction="Inbound"))
    assert first == f"09:36:00Z sms        ← Bob          {' '.join(['word'] * 9)}"
    assert second == f"{' ' * 36}word word word end"


def test_what_is_too_long_wraps_in_every_column():
    both = (
        sample("favorite-presence-detailed", activeCalls=[]),
        text("word " * 9, who="Zoë Beispiel"),
    )
    known = ("favorite-presence-detailed",)
    assert lines(wrapped(80, one_extension=False, time="none", kinds=known), *both) == [
        "favorite-        extension 400000102      Busy (ringing; status set to",
        "presence-                                 Available)",
        "detailed",
        "sms              Zoë Beispiel → Ada       word word word word word word word",
        "                                          word word",
    ]


def test_two_parties_that_are_too_long_break_before_the_second():
    long = text(
        "hi", who="Grace Muster of Sales", to=[{"name": "Ada Example"}], direction="Inbound"
    )
    assert lines(wrapped(80, one_extension=False, time="none"), long) == [
        "sms        ↙ Grace Muster of Sales →  hi",
        "             Ada Example",
    ]


def test_a_phone_number_is_not_broken():
    long = text("hi", who="+441632960961", direction="Inbound")
    form = wrapped(80, time="none")
    assert lines(form, long, text("hi", who="Bob", direction="Inbound")) == [
        "sms        ← +441632960961 hi",
        "sms        ← Bob           hi",
    ]


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


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), st.sampled_from(KINDS), st.booleans(), st.integers(1, 200))
def test_every_body_is_harmless_when_wrapped(data, kind, one_extension, width):
    body = data.draw(bodies(kind.sample))
    shown = notification(kind.event_of("1", "2"), body, data.draw(st.text(max_size=10)))
    form = wrapped(width, one_extension=one_extension)
    rows = form(shown).decode().removesuffix("\n").split("\n")
    assert all(is_plain(row.replace(MARK, "")) and row.count(MARK) <= 1 for row in rows)


def test_texts_and_voicemails_and_faxes_have_colours_of_their_own():
    form = wrapped(80, color=True)
    colours = {}
    for kind in KINDS:
        row = form(notification(kind.event_of("1", "2"), kind.sample)).decode()
        found = re.search(r"(\x1b\[[0-9;]*m)" + re.escape(kind.name[:6]), row)
        colours[kind.name] = found[1] if found else ""
    mine = [colours[name] for name in ("sms", "voicemail", "fax")]
    assert len(set(mine)) == 3
    assert all(mine)
    others = {colour for name, colour in colours.items() if name not in ("sms", "voicemail", "fax")}
    assert not {colours["voicemail"], colours["fax"]} & others
    assert colours["sms"] not in {colours["calls"], colours["presence"], colours["team-posts"]}


@pytest.mark.parametrize("color", [True, False])
def test_a_missed_call_stands_out(color):
    row = wrapped(80, color=color)(sample("missed-calls")).decode()
    assert ("\x1b[1;31mMISSED\x1b[0m" in row) is color
    assert " MISSED" in PAINT.sub("", row)


def known():
    names = NameBook()
    names.found += [
        Named(PERSON, "400000101", "Ada Example"),
        Named(PERSON, "400000102", "Bob Sample"),
        Named(CHAT, "995000000001", "Engineering"),
        Named(PERSON, "400000900", "Support"),
    ]
    return names


def with_names(one_extension, *, names=None):
    return Pretty(
        color=False,
        width=lambda: 200,
        time="none",
        now=now,
        wrap=True,
        one_extension=one_extension,
        kinds=("queue-presence",),
        names=names or known(),
    )


@pytest.mark.parametrize(
    ("shown", "one", "both"),
    [
        (
            sample("team-posts"),
            "Bob Sample Deploy is done [in Engineering]",
            "Bob Sample → Engineering Deploy is done",
        ),
        (
            sample("team-posts", text=None, type="PersonsAdded", addedPersonIds=["400000101"]),
            "Bob Sample added Ada Example [in Engineering]",
            "Bob Sample → Engineering added Ada Example",
        ),
        # What a person wrote stays as it was written.
        (
            sample("team-posts", text="ask person 400000102"),
            "Bob Sample ask person 400000102 [in Engineering]",
            "Bob Sample → Engineering ask person 400000102",
        ),
        (
            sample("team-posts", groupId="7", creatorId="8"),
            "person 8 Deploy is done",
            "person 8 → chat 7 Deploy is done",
        ),
        (
            sample("line-presence", dndStatus="TakeAllCalls"),
            "Bob Sample Busy (on a call; status set to Available)",
            "Bob Sample Busy (on a call; status set to Available)",
        ),
        # The own extension is not named in each line.
        (sample("dnd"), "takes no calls", "Ada Example takes no calls"),
        (
            sample("queue-presence"),
            "Support Bob Sample takes calls, extension 400000103 takes no calls",
            "Support Bob Sample takes calls, extension 400000103 takes no calls",
        ),
        (
            sample("lines"),
            "monitors the lines of Bob Sample, extension 400000103",
            "Ada Example monitors the lines of Bob Sample, extension 400000103",
        ),
    ],
)
def test_names_stand_instead_of_ids(shown, one, both):
    for one_extension, words in ((True, one), (False, both)):
        [row] = lines(with_names(one_extension), shown)
        assert " ".join(row.split()[1:]) == words


def test_a_name_is_learned_from_an_event_and_shown_in_the_next_one():
    form = with_names(one_extension=False, names=NameBook())
    call = sample("calls")
    shown = [sample("dnd"), call, sample("dnd")]
    assert [" ".join(row.split()[1:]) for row in lines(form, *shown)] == [
        "extension 400000101 takes no calls",
        "↙ Bob Sample → Ada Example ringing",
        "Ada Example takes no calls",
    ]


def test_a_name_is_as_harmless_as_all_text():
    names = NameBook()
    names.found.append(Named(PERSON, "400000102", "Eve\x1b[2J\n\u202e"))
    row = with_names(one_extension=True, names=names)(sample("team-posts")).decode()
    assert "Eve\\x1b[2J" in row
    assert is_plain(row.removesuffix("\n"))
