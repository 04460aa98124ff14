"""The table of commands."""

from importlib import import_module

import pytest
import typer

from rc_tail.cli.commands import COMMANDS, RESERVED
from rc_tail.events.catalogue import NAMES


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_where_the_table_says(name):
    entry = COMMANDS[name]
    target = getattr(import_module(f"rc_tail.cli.{entry.module}"), name)
    assert isinstance(target, typer.Typer) is entry.group
    assert callable(target) or entry.group


@pytest.mark.parametrize("entry", COMMANDS.values(), ids=COMMANDS)
def test_summaries_are_sentences_of_one_line(entry):
    assert entry.summary.endswith(".")
    assert "\n" not in entry.summary
    assert len(entry.summary) <= 70
    assert entry.section


def test_no_event_is_called_like_a_command():
    assert set(COMMANDS) <= RESERVED
    assert not RESERVED & set(NAMES)
