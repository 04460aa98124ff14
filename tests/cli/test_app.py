"""Which command a command line means."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.exceptions import TyperException

from rc_tail import __version__
from rc_tail.cli import app
from rc_tail.cli.commands import COMMANDS
from rc_tail.cli.completion.command_tree import command_nodes
from rc_tail.cli.exit import use_reporter
from rc_tail.errors import UsageError

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _no_reporter_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    use_reporter(None)


@pytest.mark.parametrize(
    ("words", "name", "rest"),
    [
        (["sms"], "tail", ["sms"]),
        (["tail", "sms"], "tail", ["sms"]),
        (["sms", "tail"], "tail", ["sms", "tail"]),
        (["--json", "sms"], "tail", ["--json", "sms"]),
        (["--profile", "work", "sms"], "tail", ["--profile", "work", "sms"]),
        # The value of an option is no command, even if it is called so.
        (["--profile", "login", "sms"], "tail", ["--profile", "login", "sms"]),
        (["--profile", "demo", "login"], "login", ["--profile", "demo"]),
        (["--profile=demo", "whoami", "--json"], "whoami", ["--profile=demo", "--json"]),
        (["-o", "json", "demo"], "demo", ["-o", "json"]),
        (["-q", "login"], "login", ["-q"]),
        (["--seed", "3", "demo"], "demo", ["--seed", "3"]),
        (["-qn", "2", "demo"], "demo", ["-qn", "2"]),
        (["-v", "--debug"], "tail", ["-v", "--debug"]),
        (["-q", "--", "login"], "tail", ["-q", "--", "login"]),
        (["--", "login"], "tail", ["--", "login"]),
        (["-"], "tail", ["-"]),
        (["-q", "-"], "tail", ["-q", "-"]),
        (["simulator", "run", "--port", "0"], "simulator", ["run", "--port", "0"]),
        (["/restapi/v1.0/account/~/presence"], "tail", ["/restapi/v1.0/account/~/presence"]),
    ],
)
def test_the_first_word_decides(words, name, rest):
    assert app.route(words) == (name, rest)


def test_without_words_it_shows_what_there_is_and_did_nothing(capsys):
    assert app.dispatch([]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("Usage: rc-tail [EVENT]... [OPTIONS]")


@pytest.mark.parametrize("word", ["-h", "--help"])
def test_help_is_no_error(capsys, word):
    assert app.dispatch([word]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("Usage: rc-tail [EVENT]... [OPTIONS]")
    assert err == ""


@pytest.mark.parametrize(
    "words",
    [["--version"], ["-V"], ["login", "--version"], ["sms", "-V"], ["sms", "--json", "--version"]],
)
def test_the_version_everywhere(capsys, words):
    assert app.dispatch(words) == 0
    assert capsys.readouterr().out == f"rc-tail {__version__}\n"


def test_behind_two_dashes_everything_is_an_event(capsys):
    with pytest.raises(UsageError) as raised:
        app.dispatch(["--", "--version"])
    assert "--version" in raised.value.message
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("word", ["-h", "--help"])
def test_every_command_explains_itself(capsys, name, word):
    assert app.dispatch([name, word]) in (0, None)
    out, err = capsys.readouterr()
    assert out.startswith(f"Usage: rc-tail {name} ")
    assert err == ""
    # No colours, no boxes, no line too long for a terminal.
    assert out.isascii() or "│" not in out
    assert max(map(len, out.splitlines())) <= 100


def test_the_tail_is_called_as_it_was_called(capsys):
    app.dispatch(["sms", "--help"])
    assert capsys.readouterr().out.startswith("Usage: rc-tail [OPTIONS] [EVENT]")


@pytest.mark.parametrize("name", [name for name, command in COMMANDS.items() if command.group])
def test_a_group_alone_shows_what_it_can_do_and_did_nothing(capsys, name):
    assert app.dispatch([name]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"Usage: rc-tail {name} ")


@pytest.mark.parametrize(
    ("word", "command"), [("loginn", "login"), ("profile", "profiles"), ("demmo", "demo")]
)
def test_a_mistyped_command(word, command):
    with pytest.raises(UsageError) as raised:
        app.dispatch([word])
    assert raised.value.hint.startswith(f"Did you mean the command `rc-tail {command}`?")


def swapped(word: str) -> str:
    """Two letters in the wrong order, as fingers do it."""
    return f"{word[:-2]}{word[-1]}{word[-2]}"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_mistyped_command_is_recognised(name):
    with pytest.raises(UsageError) as raised:
        app.dispatch([swapped(name)])
    assert f"`rc-tail {name}`?" in raised.value.hint


@pytest.mark.parametrize("path", [path for path in command_nodes() if " " in path])
def test_every_mistyped_command_of_a_group_is_recognised(path):
    group, name = path.split()
    with pytest.raises(TyperException) as raised:
        app.dispatch([group, swapped(name)])
    assert f"Did you mean '{name}'?" in raised.value.format_message()


def test_a_mistyped_event_is_no_mistyped_command():
    with pytest.raises(UsageError) as raised:
        app.dispatch(["voicemial"])
    assert "Did you mean the command" not in raised.value.hint
    assert "voicemail" in raised.value.message + raised.value.hint


@pytest.mark.parametrize(
    ("words", "message", "hints"),
    [
        (
            ["logni"],
            "'logni' is neither a command nor an event",
            "Did you mean the command `rc-tail login`?",
        ),
        (["smss"], "'smss' is neither a command nor an event (did you mean sms?)", "All commands"),
        (
            ["evends"],
            "'evends' is neither a command nor an event",
            "Did you mean the command `rc-tail events`?",
        ),
        (["--json", "prfiles"], "'prfiles' is neither", "the command `rc-tail profiles`?"),
        (["-q", "zzz", "smss"], "'zzz' is neither a command nor an event; no event is called", ""),
    ],
)
def test_a_word_that_is_neither_a_command_nor_an_event(words, message, hints):
    with pytest.raises(UsageError) as raised:
        app.dispatch(words)
    assert raised.value.message.startswith(message)
    assert hints in raised.value.hint
    assert "All events: rc-tail events" in raised.value.hint


def test_a_word_near_a_command_and_an_event_gets_both():
    with pytest.raises(UsageError) as raised:
        app.dispatch(["doctory"])
    message = "'doctory' is neither a command nor an event (did you mean directory?)"
    assert raised.value.message == message
    assert raised.value.hint.startswith("Did you mean the command `rc-tail doctor`?")


@pytest.mark.parametrize("words", [["tail", "logni"], ["sms", "logni"], ["--", "logni"]])
def test_where_no_command_can_stand_an_event_is_missing(words):
    with pytest.raises(UsageError) as raised:
        app.dispatch(words)
    assert raised.value.message == "no event is called 'logni'"


def test_what_is_wrong_with_a_command_is_no_mistyped_command():
    with pytest.raises(UsageError) as raised:
        app.dispatch(["tail", "smss"])
    assert "Did you mean the command" not in raised.value.hint


def test_a_mistyped_option_is_reported_by_typer():
    with pytest.raises(TyperException) as raised:
        app.dispatch(["sms", "--outptu", "json"])
    assert "--outptu" in raised.value.format_message()


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["tail", "--help"], ["events"]])
def test_help_needs_no_library_of_the_tail(words):
    heavy = ("requests", "websocket", "jwt", "h11", "wsproto", "cryptography")
    script = (
        "import sys; from rc_tail.cli.app import dispatch; dispatch(sys.argv[1:]);"
        f"loaded = [name for name in {heavy!r} if name in sys.modules];"
        "sys.exit(', '.join(loaded) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
