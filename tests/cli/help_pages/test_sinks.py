import re
import shlex

import pytest

from rc_tail.cli.help_pages.sinks import sinks_page
from rc_tail.cli.options import default_values
from rc_tail.cli.typer_app import click_command
from rc_tail.sinks.table import COMMON_OPTIONS, SINKS, sink_options

PAGE = sinks_page()
COMMANDS = [shlex.split(line) for line in PAGE.splitlines() if line.startswith("    rc-tail ")]


@pytest.mark.parametrize("kind", SINKS, ids=lambda kind: kind.name)
def test_a_row_brings_its_section(kind):
    section = PAGE.split(f"\n\n{kind.usage}\n\n")[1]
    flat = " ".join(section.split())
    assert flat.startswith(" ".join(kind.about.split()))
    for option in kind.options:
        assert f"\n  {option.usage}\n" in section
    # A reader learns what to expect of it.
    assert len(kind.about) > 100
    assert kind.about.endswith(".")
    spelling = kind.address.spellings[0] if kind.address else f"--sink {kind.schemes[0]}:"
    (row,) = [line for line in PAGE.splitlines() if line.startswith(f"  {spelling} ")]
    assert re.split("  +", row.strip()) == [spelling, kind.order, kind.often]


def test_what_holds_for_all_is_described():
    assert set(re.findall(r"--[a-z-]+", PAGE)) >= {
        option.spellings[0] for option in (*sink_options(), *COMMON_OPTIONS)
    }


def test_options_that_are_spoken_of_exist():
    known = {
        spelling
        for command in ("tail", "doctor")
        for parameter in click_command(command).params
        for spelling in (*parameter.opts, *parameter.secondary_opts)
    }
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", PAGE)) <= known


@pytest.mark.parametrize("words", COMMANDS, ids=shlex.join)
def test_every_command_line_is_understood(words):
    _, first, *rest = words
    command = first if first in ("doctor", "show") else "tail"
    given = (
        click_command(command)
        .make_context("rc-tail", rest if command == first else [first, *rest])
        .params
    )
    # It names a destination.
    defaults = default_values(command)
    assert any(
        given[option.name] != defaults[option.name]
        for option in (*(kind.address for kind in SINKS if kind.address), *COMMON_OPTIONS[:1])
    )
