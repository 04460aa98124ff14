import re
import signal

import pytest

from rc_tail.cli.commands import COMMANDS
from rc_tail.cli.help_pages.pages import NO_RESTART, PAGES
from rc_tail.cli.help_pages.statuses import (
    BY_SIGNAL,
    MEANINGS,
    WIDTH,
    meaning,
    status_page,
    statuses_page,
)
from rc_tail.cli.typer_app import click_command
from rc_tail.errors import ExitStatus

ALL = [*MEANINGS, *BY_SIGNAL]


@pytest.mark.parametrize("status", ALL)
def test_a_page_says_what_it_means_and_what_to_do(status):
    text = status_page(status)
    lines = text.splitlines()
    assert lines[0] == f"Exit status {int(status)}"
    assert meaning(status).split()[0] in lines[2]
    assert all(len(line) <= WIDTH for line in lines)
    flat = " ".join(text.split())
    for case in PAGES[status].cases:
        assert " ".join(case.cause.split()) in flat
        assert " ".join(case.cure.split()) in flat


def test_what_is_hopeless_is_said():
    for status in ALL:
        said = "Retrying will not help" in status_page(status)
        assert said is (status in NO_RESTART)


def test_the_list_has_all_of_them():
    text = statuses_page()
    numbers = re.findall(r"^ *(\d+)  ", text, re.MULTILINE)
    assert [int(number) for number in numbers] == ALL
    assert max(map(len, text.splitlines())) <= WIDTH
    assert ExitStatus.AUTH in ALL


@pytest.mark.parametrize(
    "status",
    [
        *(ExitStatus.USAGE, ExitStatus.UNREACHABLE, ExitStatus.OUTPUT),
        *(ExitStatus.AUTH, ExitStatus.CONFIG),
    ],
)
def test_what_destinations_of_events_end_with_is_explained(status):
    assert any("destination" in case.cause for case in PAGES[status].cases)


def test_options_and_commands_that_are_spoken_of_exist():
    words = " ".join(status_page(status) for status in ALL)
    known = {"--port"}
    for name in COMMANDS:
        for parameter in click_command(name).params:
            known |= {*parameter.opts, *parameter.secondary_opts}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", words)) <= known | {"--help"}
    named = set(re.findall(r"`rc-tail ([a-z]+)", " ".join(words.split())))
    assert named - {"sms"} <= set(COMMANDS)


def test_every_status_has_a_meaning_and_they_stand_in_order():
    assert list(MEANINGS) == sorted(ExitStatus)


@pytest.mark.parametrize("text", [*MEANINGS.values(), *BY_SIGNAL.values()])
def test_a_meaning_is_one_sentence(text):
    assert text[0].isupper() or text.startswith("`")
    assert text.endswith(".")
    assert ". " not in text


@pytest.mark.parametrize("name", ["SIGHUP", "SIGINT", "SIGPIPE", "SIGTERM"])
def test_signals_are_reported_by_the_number_that_a_shell_shows(name):
    assert name in BY_SIGNAL[128 + signal.Signals[name]]
