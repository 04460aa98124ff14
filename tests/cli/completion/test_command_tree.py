"""What can stand where, compared with what the commands themselves say."""

import re

import pytest

from rc_tail.cli.commands import COMMANDS
from rc_tail.cli.completion.command_tree import command_nodes
from rc_tail.cli.typer_app import click_command
from rc_tail.config.option import FLAG, Color, LogFormat, Option, Output, ValueSource

PLACES = command_nodes()
# An option at the beginning of a line of the help, in all its spellings.
HELPED = re.compile(r"^  ((?:-{1,2}[a-z][a-z-]*(?:, | / )?)+)", re.MULTILINE)
# What is the case anyway, and is not offered.
USUAL = {"--history", "--follow"}


def option(place: str, spelling: str) -> Option:
    (found,) = [each for each in PLACES[place].options if spelling in each.spellings]
    return found


def command(place: str):
    name, *inner = place.split()
    found = click_command(name)
    for each in inner:
        found = found.commands[each]
    return found


@pytest.mark.parametrize("place", [place for place in PLACES if place])
def test_a_place_has_the_options_that_the_help_has(place: str):
    context = command(place).make_context(place, [], resilient_parsing=True)
    groups = HELPED.findall(command(place).get_help(context))
    told = {spelling for group in groups for spelling in re.findall(r"-{1,2}[a-z-]+", group)}
    # A group that was not asked by the program itself knows no -h.
    assert {s for each in PLACES[place].options for s in each.spellings} | USUAL >= told
    assert {s for each in PLACES[place].options for s in each.spellings} - {"-h"} <= told


def test_there_is_a_place_for_every_command_and_the_commands_inside():
    assert {name.split()[0] for name in PLACES if name} == set(COMMANDS)
    for name, entry in COMMANDS.items():
        inner = {place.removeprefix(f"{name} ") for place in PLACES if place.startswith(f"{name} ")}
        assert set(PLACES[name].commands) == inner
        assert bool(inner) == entry.group


def test_the_program_takes_what_the_tail_takes_and_commands_besides():
    program, tail = PLACES[""], PLACES["tail"]
    assert dict(program.commands) == {name: each.summary for name, each in COMMANDS.items()}
    assert program.arguments == tail.arguments
    assert [argument.name for argument in tail.arguments] == ["events"]
    own = [each.spellings[0] for each in program.options[len(tail.options) :]]
    assert program.options[: len(tail.options)] == tail.options
    assert own == ["--version", "--install-completion"]


@pytest.mark.parametrize(
    ("place", "spelling", "takes", "repeatable", "placeholder"),
    [
        ("tail", "--json", FLAG, False, ""),
        ("tail", "-q", FLAG, False, ""),
        ("tail", "-f", ValueSource.EVENTS, True, "EVENT"),
        ("tail", "--env-file", ValueSource.FILES, False, "FILE"),
        ("login", "--jwt-file", ValueSource.FILES, False, "FILE|-"),
        ("tail", "--profile", ValueSource.PROFILES, False, "NAME"),
        ("tail", "--resume", ValueSource.RESUMES, False, "NAME"),
        ("tail", "--exec", ValueSource.PROGRAMS, False, "COMMAND"),
        ("tail", "--extension", ValueSource.TEXT, True, "ID"),
        ("tail", "--count", ValueSource.TEXT, False, "N"),
        ("simulator run", "--rate", ValueSource.TEXT, False, "N|N/s"),
        ("tail", "-o", ",".join(Output), False, "|".join(Output)),
        ("events", "--log-format", ",".join(LogFormat), False, "|".join(LogFormat)),
        ("demo", "--color", ",".join(Color), False, "|".join(Color)),
    ],
)
def test_what_an_option_takes(
    place: str, spelling: str, takes: str, repeatable: bool, placeholder: str
):
    found = option(place, spelling)
    assert (found.takes, found.repeatable, found.placeholder) == (takes, repeatable, placeholder)


@pytest.mark.parametrize(
    ("place", "takes"),
    [
        ("events", [(ValueSource.EVENT, True)]),
        ("simulator send", [(ValueSource.EVENT, False)]),
        ("whoami", []),
        ("tail", [(ValueSource.EVENTS, True)]),
        ("simulator", []),
    ],
)
def test_what_a_command_takes(place: str, takes: list[tuple[str, bool]]):
    assert [(each.takes, each.repeatable) for each in PLACES[place].arguments] == takes


def test_a_switch_is_offered_as_what_changes_something():
    assert option("tail", "--no-history").spellings == ("--no-history",)
    assert option("tail", "--no-follow").takes == FLAG


def test_the_long_spelling_comes_first():
    assert option("tail", "-o").spellings == ("--output", "-o")
    for place in PLACES.values():
        assert all(each.spellings[0].startswith("--") for each in place.options)


def test_everything_is_reported_in_one_line():
    for place in PLACES.values():
        for told in (*place.commands.values(), *(each.help for each in place.options)):
            assert told
            assert "\n" not in told
