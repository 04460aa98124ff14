import pytest

from rc_tail.cli.commands import COMMANDS
from rc_tail.cli.completion.command_tree import command_nodes
from rc_tail.cli.help_pages.topics import TOPICS


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_is_its_page(run, topic):
    assert run("help", topic) == (0, TOPICS[topic](), "")


def test_help_alone_lists_commands_and_topics(run):
    status, out, err = run("help")
    assert (status, err) == (0, "")
    for name in (*COMMANDS, *TOPICS):
        assert name in out


@pytest.mark.parametrize("name", sorted(set(COMMANDS) - set(TOPICS)))
def test_help_of_a_command_is_what_it_says_itself(run, name):
    status, out, err = run("help", name)
    assert (status, err) == (0, "")
    assert out.startswith("Usage: rc-tail")
    asked = run(name, "--help")[1]
    # The word tail may be left out.
    assert out == asked.replace("Usage: rc-tail tail ", "Usage: rc-tail ")


def test_the_simulator_is_a_topic_and_a_command(run):
    assert run("help", "simulator")[1].startswith("The simulator\n")
    assert run("simulator", "--help")[1].startswith("Usage: rc-tail simulator ")


def test_help_of_a_command_within_one(run):
    status, out, _ = run("help", "simulator", "run")
    assert status == 0
    assert out.startswith("Usage: rc-tail simulator run ")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["recipees"], "Did you mean recipes?"),
        (["exit-code"], "Did you mean exit-codes?"),
        (["docter"], "Did you mean doctor?"),
        (["76", "77"], "no help topic '76 77'"),
        (["sms"], "rc-tail events sms"),
        (["9999"], "a status such as 77"),
        (["\x1b[31m"], "'\\\\x1b[31m'"),
        (["simulator", "walk"], "walk"),
    ],
)
def test_an_unknown_topic(run, words, told):
    status, out, err = run("help", *words)
    assert (status, out) == (2, "")
    assert told in err


def test_topics_can_be_completed():
    (argument,) = command_nodes()["help"].arguments
    assert argument.takes.split(",") == list(dict.fromkeys([*TOPICS, *COMMANDS]))
