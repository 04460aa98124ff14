"""The options that commands share: as data, and what is told when they are used wrongly."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from rc_tail.cli.app import dispatch
from rc_tail.cli.arguments import ARGUMENTS
from rc_tail.cli.completion.command_tree import command_nodes
from rc_tail.cli.completion.scripts import scripts
from rc_tail.cli.completion.tables import tables
from rc_tail.cli.exit import run_and_exit, use_reporter
from rc_tail.cli.fast_parser import parse
from rc_tail.cli.options import (
    OPTIONS,
    arguments_of,
    default_values,
    options_of,
    parse_values,
)
from rc_tail.cli.typer_app import click_command
from rc_tail.config.option import (
    FLAG,
    Argument,
    Color,
    LogFormat,
    Option,
    Output,
    TimeFormat,
    ValueSource,
)
from rc_tail.errors import UsageError
from rc_tail.text.durations import parse_duration
from tests.cli.wrong import ROWS
from tests.generate import options as readme_rows


@pytest.fixture
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty home, without any credentials: nothing can be asked of anybody."""
    for name in ("config", "cache", "state"):
        monkeypatch.setenv(f"XDG_{name.upper()}_HOME", str(tmp_path / name))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    yield
    use_reporter(None)


def name_of(entry: object) -> str:
    if isinstance(entry, Option):
        return f"{entry.spellings[0]} of {entry.commands[0]}"
    return f"{entry.name} of {entry.commands[0]}" if isinstance(entry, Argument) else str(entry)


@pytest.mark.parametrize("option", OPTIONS, ids=name_of)
def test_every_option_says_what_it_does(option):
    assert option.help.endswith(".")
    assert option.help[0].isupper() or option.help.startswith("pretty: ")
    assert "\n" not in option.help


@pytest.mark.parametrize("option", OPTIONS, ids=name_of)
def test_no_secret_is_ever_the_value_of_an_option(option):
    # What names a file with a secret names no secret.
    words = " ".join(s for s in option.spellings if not s.endswith("-file")).lower()
    assert "secret" not in words
    assert "password" not in words
    # Except how the tokens of a simulator behave: a switch, and a time.
    assert "token" not in words or option.is_flag or option.parse is parse_duration


@pytest.mark.parametrize("entry", [*OPTIONS, *ARGUMENTS], ids=name_of)
def test_every_entry_is_of_commands_that_exist(entry):
    assert entry.commands
    assert set(entry.commands) <= command_nodes().keys()


@pytest.mark.parametrize("command", [path for path in command_nodes() if path])
def test_no_command_has_two_entries_of_one_name_or_spelling(command):
    options = options_of(command)
    names = [option.name for option in options]
    names += [argument.name for argument in arguments_of(command)]
    spellings = [s for option in options for s in (*option.spellings, option.opposite) if s]
    assert len(names) == len(set(names))
    assert len(spellings) == len(set(spellings))


def test_what_is_not_given_has_its_default():
    values = default_values("demo")
    assert (values["events"], values["filters"]) == ((), ())
    assert (values["mask"], values["history"], values["rate"]) == (False, True, "2")
    assert values["count"] is None
    assert "profile" not in values


def test_texts_are_converted_by_the_parser_of_their_option():
    values = {"rate": "30/m", "seconds": None, "count": 3}
    assert parse_values("demo", values) == {"rate": 0.5, "seconds": None, "count": 3}
    with pytest.raises(UsageError, match="--for: invalid duration 'soon'"):
        parse_values("demo", {"seconds": "soon"})


# One entry adds an option.

NEW = Option(
    "--colour-blind -B KIND",
    "Use shapes in place of colours.",
    ("tail", "show"),
    "Shapes",
    repeatable=True,
    completion=ValueSource.FILES,
)


@pytest.fixture
def _new_option(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("rc_tail.cli.options.OPTIONS", (*OPTIONS, NEW))
    command_nodes.cache_clear()
    yield
    command_nodes.cache_clear()


@pytest.mark.usefixtures("_new_option")
def test_a_new_entry_is_parsed_explained_completed_and_documented(capsys):
    words = ["--colour-blind", "red", "sms", "-B", "green", "--colour-blind=blue"]
    values = parse(words)
    assert values is not None
    assert values["colour_blind"] == ("red", "green", "blue")
    with click_command("tail").make_context("rc-tail", words) as context:
        assert list(context.params["colour_blind"]) == ["red", "green", "blue"]

    dispatch(["tail", "--help"])
    dispatch(["show", "--help"])
    help_entry = r"^Shapes:\n  (-B, --colour-blind|--colour-blind, -B) KIND +Use shapes in place of"
    assert len(re.findall(help_entry, capsys.readouterr().out, re.MULTILINE)) == 2

    entry = ("*--colour-blind,-B @files", NEW.help)
    for branch, entries in tables()["options"].items():
        assert (entry in entries) == bool({"", "tail", "show"} & set(branch))
    assert all("--colour-blind,-B @files" in script for script in scripts().values())
    assert f"| `-B, --colour-blind KIND` | {NEW.help} |" in list(readme_rows())


@pytest.mark.usefixtures("_new_option")
def test_a_new_entry_reaches_its_command(monkeypatch):
    seen: list[object] = []
    monkeypatch.setattr("rc_tail.cli.show.show", lambda values: seen.append(values["colour_blind"]))
    dispatch(["show", "file", "-B", "red"])
    dispatch(["-B", "red", "show", "file"])
    assert seen == [("red",), ("red",)]


@pytest.mark.parametrize("kind", [Output, TimeFormat, LogFormat, Color])
def test_choices_are_spelled_as_they_are_called(kind):
    assert all(choice.name == choice.value for choice in kind)


def test_what_scripts_may_rely_on():
    assert [str(choice) for choice in Output] == ["pretty", "json", "frame", "none"]
    assert [str(choice) for choice in TimeFormat] == ["local", "utc", "relative", "none"]
    assert [str(choice) for choice in LogFormat] == ["text", "json"]
    assert [str(choice) for choice in Color] == ["auto", "always", "never"]


# What is wrong with them on a command line.

TAIL = {option.spellings[0]: option for option in command_nodes()["tail"].options}
ALL = [
    (name, option)
    for name, place in command_nodes().items()
    for option in place.options
    if name and option.spellings[0] != "--help"
]
WITH_VALUE = [(name, option) for name, option in ALL if option.takes != FLAG]
FLAGS = [(name, option) for name, option in ALL if option.takes == FLAG]


def named(value: object) -> str:
    return value.spellings[0] if isinstance(value, Option) else str(value)


def needed(option: str) -> list[str]:
    """What an option of a sink needs beside itself."""
    named = {"--exec-": ["--exec", "true"], "--forward-": ["--forward-to", "localhost:1"]}
    fitting = [words for start, words in named.items() if option.startswith(start)]
    return fitting[0] if fitting and option not in fitting[0] else []


def refused(words: Sequence[str], capfd: pytest.CaptureFixture[str]) -> str:
    """Run a command line that must end with 2 and one message; return that."""
    use_reporter(None)
    with pytest.raises(SystemExit) as ended:
        run_and_exit(lambda: dispatch(words), words)
    out, err = capfd.readouterr()
    assert (ended.value.code, out) == (2, ""), err
    first, *others = err.splitlines()
    assert first.startswith("rc-tail: error: ")
    assert [line for line in others if not line.startswith("  ")] == []
    return err


def test_every_option_has_its_row():
    assert list(ROWS) == list(TAIL)
    assert [n for n, option in TAIL.items() if (option.takes == FLAG) == bool(ROWS[n].good)] == []


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [(name, value, told) for name, row in ROWS.items() for value, told in row.values],
)
@pytest.mark.usefixtures("_home")
def test_a_wrong_value_is_refused(option, value, told, capfd):
    more = needed(option)
    err = refused(["sms", *more, f"{option}={value}"], capfd)
    assert told in err
    assert option in err or value.split(",")[-1] in err


@pytest.mark.parametrize(
    ("option", "line", "told"),
    [(name, line, told) for name, row in ROWS.items() for line, told in row.lines],
)
@pytest.mark.usefixtures("_home")
def test_what_contradicts_an_option_is_refused(option, line, told, capfd):
    good = ROWS[option].good
    events = [] if line == "directory" else ["sms"]
    err = refused([*events, option, *filter(None, [good]), *line.split()], capfd)
    assert told in err


@pytest.mark.parametrize("option", [name for name, row in ROWS.items() if row.good])
@pytest.mark.usefixtures("_home")
def test_an_empty_value_is_refused(option, capfd):
    more = needed(option)
    err = refused(["sms", *more, f"{option}="], capfd)
    assert option in err or "empty event name" in err or "'' is not" in err


@pytest.mark.parametrize(
    "option", [n for n, o in TAIL.items() if o.takes != FLAG and not o.repeatable]
)
@pytest.mark.usefixtures("_home")
def test_a_repeated_value_is_refused(option, capfd):
    value = ROWS[option].good
    err = refused(["sms", option, value, option, value], capfd)
    assert f"{option} was given 2 times" in err
    assert "once" in err


@pytest.mark.parametrize(("name", "option"), WITH_VALUE, ids=named)
@pytest.mark.usefixtures("_home")
def test_a_missing_value_is_reported(name, option, capfd):
    err = refused([*name.split(), option.spellings[0]], capfd)
    assert f"{option.spellings[0]}' requires an argument" in err
    assert f"rc-tail {name} --help" in err


@pytest.mark.parametrize(("name", "option"), FLAGS, ids=named)
@pytest.mark.usefixtures("_home")
def test_a_flag_takes_no_value(name, option, capfd):
    err = refused([*name.split(), f"{option.spellings[0]}=yes"], capfd)
    assert f"{option.spellings[0]}' does not take a value" in err


@pytest.mark.parametrize(("name", "option"), ALL, ids=named)
@pytest.mark.usefixtures("_home")
def test_a_mistyped_option_is_recognised(name, option, capfd):
    spelling = option.spellings[0]
    # Two letters in the wrong order, as fingers do it.
    mistyped = f"{spelling[:-2]}{spelling[-1]}{spelling[-2]}"
    if mistyped == spelling:
        mistyped = f"{spelling}x"
    err = refused([*name.split(), mistyped], capfd)
    assert mistyped in err
    assert f"Did you mean {spelling}?" in err
