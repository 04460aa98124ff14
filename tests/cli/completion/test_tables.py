"""The tables that the scripts are made of."""

import re

import pytest

from rc_tail.cli.commands import COMMANDS
from rc_tail.cli.completion.command_tree import command_nodes
from rc_tail.cli.completion.tables import Table, tables
from rc_tail.events.catalogue import GROUPS, KINDS, NAMES

TABLES = tables()
# What no shell takes for anything but itself, between quotes.
PLAIN = re.compile(r"\*?[A-Za-z0-9@:=,_-]+( [A-Za-z0-9@,-]+)?")


def looked_up(table: Table, word: str):
    found = [entries for words, entries in table.items() if word in words]
    assert len(found) <= 1
    return found[0] if found else ()


@pytest.mark.parametrize("name", TABLES)
def test_entries_are_plain_and_descriptions_are_one_line(name: str):
    for entries in TABLES[name].values():
        assert entries
        for entry, told in entries:
            assert PLAIN.fullmatch(entry), entry
            assert "\n" not in told


@pytest.mark.parametrize("name", TABLES)
def test_a_word_has_one_branch(name: str):
    words = [word for branch in TABLES[name] for word in branch]
    assert len(words) == len(set(words))


def test_commands_are_found_by_where_they_stand():
    assert [name for name, _ in looked_up(TABLES["commands"], "")] == list(COMMANDS)
    assert "run" in dict(looked_up(TABLES["commands"], "simulator"))
    assert looked_up(TABLES["commands"], "tail") == ()


def test_options_have_spellings_and_what_they_take():
    found = dict(looked_up(TABLES["options"], "tail"))
    assert "--json -" in found
    assert "--output,-o pretty,json,frame,none" in found
    assert "*--filter,-f @events" in found
    assert {word for branch in TABLES["options"] for word in branch} == set(command_nodes())


def test_arguments_are_marked_where_more_may_follow():
    assert looked_up(TABLES["arguments"], "tail") == (("*@events", ""),)
    assert looked_up(TABLES["arguments"], "simulator send") == (("@event", ""),)
    assert looked_up(TABLES["arguments"], "whoami") == ()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_parameters_are_found_by_both_names_of_an_event(kind):
    expected = tuple(
        (f"{'*' * p.several}{p.name}={','.join(p.values)}", p.summary) for p in kind.parameters
    )
    for name in filter(None, (kind.name, kind.also)):
        assert looked_up(TABLES["parameters"], name) == expected


def test_every_name_is_an_event_or_a_second_spelling_and_not_both():
    first = [name.removesuffix(":") for name, _ in looked_up(TABLES["events"], "")]
    second = [name.removesuffix(":") for name, _ in looked_up(TABLES["spellings"], "")]
    assert sorted([*first, *second]) == sorted(NAMES)


def test_events_that_need_an_id_end_with_a_colon():
    everything = {
        **dict(looked_up(TABLES["events"], "")),
        **dict(looked_up(TABLES["spellings"], "")),
    }
    for kind in KINDS:
        for name in filter(None, (kind.name, kind.also)):
            assert everything[f"{name}:" if kind.id_name else name] == kind.summary


def test_a_family_is_recognized_by_its_members():
    for name, kinds in GROUPS.items():
        told = {**dict(looked_up(TABLES["events"], "")), **dict(looked_up(TABLES["spellings"], ""))}
        assert all(kind.name in told[name] for kind in kinds)
