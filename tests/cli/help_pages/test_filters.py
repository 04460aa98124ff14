import shlex

import pytest

from rc_tail.cli.help_pages.filters import EXAMPLES, filters_page
from rc_tail.cli.typer_app import click_command
from rc_tail.events.catalogue import GROUPS
from rc_tail.events.selection.select import select
from rc_tail.output.where import Where


def command_lines() -> list[list[str]]:
    lines = (line.strip() for line in filters_page().splitlines())
    return [shlex.split(line) for line in lines if line.startswith("rc-tail ")]


def test_every_example_is_shown_as_a_shell_takes_it():
    shown = command_lines()
    for examples in EXAMPLES.values():
        for example in examples:
            assert ["rc-tail", *example] in shown


@pytest.mark.parametrize("words", command_lines(), ids=shlex.join)
def test_every_command_line_is_understood(words):
    _, first, *rest = words
    if first == "events":
        assert click_command("events").make_context("rc-tail events", rest).params is not None
        return
    given = click_command("tail").make_context("rc-tail", [first, *rest]).params
    assert select(given["events"], given["filters"] or []).filters
    for expression in given["where"] or []:
        Where([expression], lambda words: None)
    if given["exclude"]:
        assert select(given["exclude"]).filters


def test_families_are_listed():
    text = filters_page()
    assert all(kind.name in text for kinds in GROUPS.values() for kind in kinds)
