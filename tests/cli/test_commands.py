"""The table of commands."""

import pytest

from rc_tail.cli.commands import COMMANDS, RESERVED, load, load_group
from rc_tail.events.catalogue import NAMES


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_where_the_table_says(name):
    if COMMANDS[name].group:
        group = load_group(name)
        assert group.help.endswith(".")
        assert all(run.__doc__ for run in group.commands.values())
    else:
        assert callable(load(name))
        assert load(name).__doc__


@pytest.mark.parametrize("entry", COMMANDS.values(), ids=COMMANDS)
def test_summaries_are_sentences_of_one_line(entry):
    assert entry.summary.endswith(".")
    assert "\n" not in entry.summary
    assert len(entry.summary) <= 70
    assert entry.section


def test_no_event_is_called_like_a_command():
    assert set(COMMANDS) <= RESERVED
    assert not RESERVED & set(NAMES)
