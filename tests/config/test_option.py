"""What follows from an entry of the table of options."""

from pathlib import Path

import pytest

from rc_tail.config.option import FLAG, Argument, Color, Option, ValueSource

TEXT = Option("--name -n NAME", "", ())
FILE = Option("--to-file FILE", "", (), type=Path)
SWITCH = Option("--no-light", "", (), key="light", type=bool, default=True, opposite="--light")
CHOICE = Option("--color", "", (), type=Color, default=Color.auto)


def test_a_usage_line_has_the_spellings_and_what_stands_for_the_value():
    assert (TEXT.spellings, TEXT.metavar) == (("--name", "-n"), "NAME")
    assert (CHOICE.spellings, CHOICE.metavar) == (("--color",), "")


@pytest.mark.parametrize(
    ("option", "name"),
    [(TEXT, "name"), (FILE, "to_file"), (SWITCH, "light"), (CHOICE, "color")],
)
def test_a_value_has_the_name_of_the_long_spelling_or_a_name_of_its_own(option, name):
    assert option.name == name


@pytest.mark.parametrize(
    ("option", "value"),
    [
        (TEXT, None),
        (TEXT._replace(repeatable=True), ()),
        (Option("--flag", "", (), type=bool), False),
        (SWITCH, True),
        (CHOICE, Color.auto),
        (Argument("word", "WORD", "", (), repeatable=False), None),
        (Argument("word", "WORD", "", ()), ()),
        (Argument("word", "WORD", "", (), default=("a", "b")), ("a", "b")),
    ],
)
def test_an_option_that_is_not_given_has_its_default(option, value):
    assert option.value_if_absent == value


@pytest.mark.parametrize(
    ("option", "takes", "placeholder"),
    [
        (TEXT, ValueSource.TEXT, "NAME"),
        (TEXT._replace(completion=ValueSource.PROFILES), ValueSource.PROFILES, "NAME"),
        (FILE, ValueSource.FILES, "FILE"),
        (SWITCH, FLAG, ""),
        (CHOICE, "auto,always,never", "auto|always|never"),
        (Option("--text", "", ()), ValueSource.TEXT, "VALUE"),
    ],
)
def test_what_completion_offers_as_a_value(option, takes, placeholder):
    assert (option.takes, option.placeholder) == (takes, placeholder)


@pytest.mark.parametrize(
    ("argument", "takes"),
    [
        (Argument("word", "WORD", "", ()), ValueSource.TEXT),
        (Argument("file", "FILE", "", (), type=Path), ValueSource.FILES),
        (Argument("topic", "TOPIC", "", (), choices=lambda: ["a", "b"]), "a,b"),
    ],
)
def test_what_completion_offers_as_an_argument(argument, takes):
    assert argument.takes == takes
