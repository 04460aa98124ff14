"""The options that commands share, as data."""

import pytest
import typer

from rc_tail.cli import options
from rc_tail.cli.choices import Color, LogFormat, Output, TimeColumn

OPTIONS = {
    name: annotation.__metadata__[0]
    for name, annotation in vars(options).items()
    if hasattr(annotation, "__metadata__")
}


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


@pytest.mark.parametrize("kind", [Output, TimeColumn, LogFormat, Color])
def test_choices_are_spelled_as_they_are_called(kind):
    assert all(choice.name == choice.value for choice in kind)


def test_what_scripts_may_rely_on():
    assert [str(choice) for choice in Output] == ["pretty", "json", "frame"]
    assert [str(choice) for choice in TimeColumn] == ["local", "utc", "relative", "none"]
    assert [str(choice) for choice in LogFormat] == ["text", "json"]
    assert [str(choice) for choice in Color] == ["auto", "always", "never"]
