"""What is understood without Typer is what Typer would have understood."""

from itertools import chain
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rc_tail.cli import app
from rc_tail.cli.fast_parser import parse
from rc_tail.cli.options import default_values, options_of
from rc_tail.cli.typer_app import click_command
from rc_tail.config.option import Color, LogFormat, Option, Output, TimeFormat
from tests.cli.wrong import ROWS

OPTIONS = options_of("tail")
SPELLINGS = [
    spelling for option in OPTIONS for spelling in (*option.spellings, option.opposite) if spelling
]
WORDS = (
    *SPELLINGS,
    *(f"{spelling}=" for spelling in SPELLINGS),
    *("sms", "calls:direction=Inbound", "tail", "login", "", "-", "--", "a b", "ä", "--help"),
    *("1", "12", "64", "65", "0", "007", "-1", "1.5", "json", "utc", "never", "1h", "a/b", "."),
    *("--count=3", "--output=frame", "--exec-jobs=9", "-n=3", "-n3", "-qv", "--cou"),
)
# A word, or an option with a value that it takes.
PARTS = st.one_of(
    st.sampled_from(WORDS).map(lambda word: [word]),
    st.sampled_from(OPTIONS).map(lambda option: usual(option)),
    st.sampled_from([option for option in OPTIONS if not option.is_flag]).map(
        lambda option: ["=".join(usual(option))]
    ),
)


def usual(option: Option) -> list[str]:
    spelling = option.spellings[0]
    return [spelling] if option.is_flag else [spelling, ROWS[spelling].good]


def by_typer(words: list[str]) -> dict[str, Any]:
    name, rest = app.route(words)
    assert name == "tail"
    with TYPER.make_context("rc-tail", rest) as context:
        params = context.params
    repeatable = {"events", *(option.name for option in OPTIONS if option.repeatable)}
    return {
        name: tuple(value or ()) if name in repeatable else value for name, value in params.items()
    }


TYPER = click_command("tail")


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_every_option_of_the_tail_is_parsed_without_typer(option):
    words = ["sms", *usual(option)]
    values = parse(words)
    assert values is not None
    assert values == by_typer(words)
    assert values != parse(["sms"]) or option.type in (TimeFormat, LogFormat, Color)


def test_no_flag_takes_a_value_in_another_command():
    # Typer's way to the first word would skip the word behind it.
    flags = {spelling for option in OPTIONS if option.is_flag for spelling in option.spellings}
    assert flags.isdisjoint(app._options_with_value())


@settings(max_examples=400)
@given(st.lists(PARTS, min_size=1, max_size=6).map(lambda parts: [*chain(*parts)]))
def test_any_line_is_understood_as_by_typer_or_left_to_it(words):
    understood = parse(words)
    if understood is not None:
        assert understood == by_typer(words)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("sms fax", {"events": ("sms", "fax")}),
        ("tail sms", {"events": ("sms",)}),
        ("--json tail sms", {"events": ("sms",), "as_json": True}),
        ("sms -n 1 -q", {"events": ("sms",), "count": 1, "quiet": True}),
        ("-f sms --filter=fax", {"filters": ("sms", "fax")}),
        ("sms --no-history --no-follow", {"events": ("sms",), "history": False, "follow": False}),
        ("sms -o frame --time=utc", {"output": Output.frame, "time": TimeFormat.utc}),
        ("--log-format json --color never", {"log_format": LogFormat.json, "color": Color.never}),
        ("sms --json -q --json -q", {"as_json": True, "quiet": True}),
    ],
)
def test_usual_lines_are_understood(words, said):
    understood = parse(words.split())
    assert understood is not None
    assert understood.keys() == default_values("tail").keys()
    assert {name: understood[name] for name in said} == said


@pytest.mark.parametrize(
    "words",
    [
        ["login"],
        ["--json", "simulator", "run"],
        ["--help"],
        ["sms", "--", "-x"],
        ["sms", "-"],
        ["sms", "-qv"],
        ["sms", "-n3"],
        ["sms", "-n=3"],
        ["sms", "--count"],
        ["sms", "--count", "0"],
        ["sms", "--count", "-1"],
        ["sms", "--count", "1" * 10],
        ["sms", "--count", "²"],
        ["sms", "--count", ""],
        ["sms", "--template", "--json"],
        ["sms", "--output", "xml"],
        ["sms", "--exec-jobs", "65"],
        ["sms", "--ready-file", "-"],
        ["sms", "--ready-fd", "0"],
        ["sms", "--nonsense"],
        ["sms", "--count", "12", "--count=3"],
        ["sms", "-n", "1", "--count=1"],
        ["sms", "--time", "local", "--time", "utc"],
        ["sms", "--history", "--no-history"],
        ["sms", "--no-follow", "--no-follow"],
    ],
)
def test_what_is_odd_or_wrong_is_left_to_typer(words):
    assert parse(words) is None
