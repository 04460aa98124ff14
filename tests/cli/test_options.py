"""The options that commands share: as data, and what is told when they are used wrongly."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import typer

from rc_tail.cli import exit as edge
from rc_tail.cli import options
from rc_tail.cli.app import dispatch
from rc_tail.cli.choices import Color, LogFormat, Output, TimeFormat
from rc_tail.cli.completion.command_tree import FLAG, CommandOption, command_nodes
from tests.cli.wrong import ROWS

OPTIONS = {
    name: annotation.__metadata__[0]
    for name, annotation in vars(options).items()
    if hasattr(annotation, "__metadata__")
}


@pytest.fixture
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty home, without any credentials: nothing can be asked of anybody."""
    for name in ("config", "cache", "state"):
        monkeypatch.setenv(f"XDG_{name.upper()}_HOME", str(tmp_path / name))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    yield
    edge._Current.reporter = None


def test_there_are_options():
    assert len(OPTIONS) > 20


@pytest.mark.parametrize("option", OPTIONS.values(), ids=OPTIONS)
def test_every_option_says_what_it_does(option):
    assert option.help
    assert option.help.endswith(".")
    assert option.help[0].isupper()


@pytest.mark.parametrize("option", OPTIONS.values(), ids=OPTIONS)
def test_no_secret_is_ever_the_value_of_an_option(option):
    words = " ".join(getattr(option, "param_decls", None) or ()).lower()
    assert "secret" not in words
    assert "password" not in words
    assert "token" not in words


def test_no_spelling_means_two_things():
    spellings: dict[str, set[str]] = {}
    for option in OPTIONS.values():
        if isinstance(option, typer.models.OptionInfo):
            for spelling in option.param_decls or ():
                spellings.setdefault(spelling, set()).add(option.metavar or "flag")
    assert {spelling for spelling, kinds in spellings.items() if len(kinds) > 1} == set()


@pytest.mark.parametrize("kind", [Output, TimeFormat, LogFormat, Color])
def test_choices_are_spelled_as_they_are_called(kind):
    assert all(choice.name == choice.value for choice in kind)


def test_what_scripts_may_rely_on():
    assert [str(choice) for choice in Output] == ["pretty", "json", "frame"]
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
    return value.spellings[0] if isinstance(value, CommandOption) else str(value)


def refused(words: Sequence[str], capfd: pytest.CaptureFixture[str]) -> str:
    """Run a command line that must end with 2 and one message; return that."""
    edge._Current.reporter = None
    with pytest.raises(SystemExit) as ended:
        edge.run(lambda: dispatch(words), words)
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
    more = ["--exec", "true"] if option.startswith("--exec-") else []
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
    more = ["--exec", "true"] if option.startswith("--exec-") else []
    err = refused(["sms", *more, f"{option}="], capfd)
    assert option in err or "is empty" in err or "'' is no" in err


@pytest.mark.parametrize(
    "option", [n for n, o in TAIL.items() if o.takes != FLAG and not o.several]
)
@pytest.mark.usefixtures("_home")
def test_a_repeated_value_is_refused(option, capfd):
    value = ROWS[option].good
    err = refused(["sms", option, value, option, value], capfd)
    assert f"{option} is given 2 times" in err
    assert "once" in err


@pytest.mark.parametrize(("name", "option"), WITH_VALUE, ids=named)
@pytest.mark.usefixtures("_home")
def test_a_missing_value_is_told(name, option, capfd):
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
