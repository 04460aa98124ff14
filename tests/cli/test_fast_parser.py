"""What is understood without Typer is what Typer would have understood."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rc_tail.cli import app
from rc_tail.cli.choices import Color, LogFormat, Output, TimeFormat
from rc_tail.cli.fast_parser import DEFAULTS, FLAGS, SEVERAL, VALUES, read
from rc_tail.cli.typer_app import click_command

TYPER = click_command("tail")
WORDS = (
    *FLAGS,
    *VALUES,
    *("sms", "calls:direction=Inbound", "tail", "login", "", "-", "--", "a b", "ä", "--help"),
    *("1", "12", "0", "007", "-1", "1.5", "json", "utc", "never", "1h", "/account/~/presence"),
    *("--count=3", "--output=frame", "-n=3", "-n3", "-qv", "--filter=", "--cou", "--env-file"),
)


def by_typer(words: list[str]) -> dict[str, Any]:
    name, rest = app.route(words)
    assert name == "tail"
    with TYPER.make_context("rc-tail", rest) as context:
        params = context.params
    return {
        name: (list(value) or None) if name in {"events", *SEVERAL} else value
        for name, value in params.items()
    }


def test_the_defaults_are_those_that_typer_is_given():
    assert {parameter.name: parameter.default for parameter in TYPER.params} == DEFAULTS


@pytest.mark.parametrize("table", [FLAGS, VALUES])
def test_the_spellings_are_those_that_typer_is_given(table):
    declared = {
        spelling: parameter.name
        for parameter in TYPER.params
        for spelling in (*parameter.opts, *parameter.secondary_opts)
    }
    assert {s: name for s, (name, _) in table.items()}.items() <= declared.items()


def test_what_may_be_given_again_is_what_typer_takes_again():
    multiple = {p.name for p in TYPER.params if getattr(p, "multiple", False)}
    assert multiple == SEVERAL


def test_no_flag_takes_a_value_in_another_command():
    # Typer's way to the first word would skip the word behind it.
    assert FLAGS.keys().isdisjoint(app._options_with_value())


@settings(max_examples=200)
@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=6))
def test_any_line_is_understood_as_by_typer_or_left_to_it(words):
    understood = read(words)
    if understood is not None:
        assert understood == by_typer(words)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("sms fax", {"events": ["sms", "fax"]}),
        ("tail sms", {"events": ["sms"]}),
        ("--json tail sms", {"events": ["sms"], "as_json": True}),
        ("sms -n 1 -q", {"events": ["sms"], "count": 1, "quiet": True}),
        ("-f sms --filter=fax", {"filters": ["sms", "fax"]}),
        ("sms --no-history --no-follow", {"events": ["sms"], "history": False, "follow": False}),
        ("sms -o frame --time=utc", {"output": Output.frame, "time": TimeFormat.utc}),
        ("--log-format json --color never", {"log_format": LogFormat.json, "color": Color.never}),
        ("sms --json -q --json -q", {"as_json": True, "quiet": True}),
    ],
)
def test_usual_lines_are_understood(words, said):
    understood = read(words.split())
    assert understood is not None
    assert understood.keys() == DEFAULTS.keys()
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
        ["sms", "--ready-file", "x"],
        ["sms", "--nonsense"],
        ["sms", "--count", "12", "--count=3"],
        ["sms", "-n", "1", "--count=1"],
        ["sms", "--time", "local", "--time", "utc"],
        ["sms", "--history", "--no-history"],
        ["sms", "--no-follow", "--no-follow"],
    ],
)
def test_what_is_odd_or_wrong_is_left_to_typer(words):
    assert read(words) is None
