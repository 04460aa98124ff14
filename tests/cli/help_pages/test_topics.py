import re
import shlex
from pathlib import Path

import pytest

from rc_tail.cli.help_pages.topics import SUMMARIES, TOPICS
from rc_tail.cli.typer_app import click_command
from rc_tail.events.catalogue import NAMES
from rc_tail.simulator.faults.schedule import read_pairs, read_plan
from rc_tail.simulator.scenario import read_scenario
from rc_tail.simulator.send_request import find_kind

SIMULATED = re.findall(r"^    rc-tail simulator (.+)$", TOPICS["simulator"](), re.MULTILINE)


@pytest.mark.parametrize("topic", TOPICS)
def test_every_topic_has_a_page(topic):
    text = TOPICS[topic]()
    assert text.endswith("\n")
    assert text.isprintable() or "\n" in text
    assert len(text.splitlines()) > 3


@pytest.mark.parametrize("topic", TOPICS)
def test_what_is_to_be_read_fits_a_terminal(topic):
    # Commands, which are to be copied, stay in one piece.
    wide = [line for line in TOPICS[topic]().splitlines() if len(line) > 80]
    assert [line for line in wide if not line.startswith("    ")] == []


def test_statuses_and_pages_are_the_topics():
    assert list(SUMMARIES) == [topic for topic in TOPICS if not topic.isdigit()]
    assert "77" in TOPICS
    assert set(TOPICS).isdisjoint(NAMES)


@pytest.mark.parametrize("line", SIMULATED)
def test_commands_of_the_simulator_are_understood(line):
    command, *words = shlex.split(line)
    group = click_command("simulator")
    given = group.commands[command].make_context(command, words).params
    if command == "fault":
        plan = read_plan(given["name"], read_pairs(given["values"]), after=given["after"])
        assert plan.kind.name == given["name"]
    elif command == "send":
        assert find_kind(given["event"])
    else:
        assert command == "stop"


def test_the_scenario_of_the_page_is_one(tmp_path: Path):
    assert len(SIMULATED) > 5
    lines = re.findall(r"^    \d+(?:s|m|events) .+$", TOPICS["simulator"](), re.MULTILINE)
    scenario = tmp_path / "scenario"
    scenario.write_text("\n".join(lines))
    assert [plan.kind.name for plan in read_scenario(scenario).faults] == [
        "reset",
        "close",
        "rate-limited",
    ]
