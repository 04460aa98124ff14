"""How the options of a command are laid out."""

import re
from typing import Annotated

import pytest
import typer
from typer.exceptions import TyperException

from rc_tail.cli.typer_app import SectionedCommand, click_command
from rc_tail.errors import UsageError


def command(
    word: Annotated[str, typer.Argument(metavar="WORD", help="What to say.")] = "",
    *,
    loud: Annotated[bool, typer.Option("--loud", help="Say it loudly.")] = False,
    pause: Annotated[bool, typer.Option("--pause/--no-pause", help="Do not breathe.")] = True,
    size: Annotated[int, typer.Option("--size", help="How big.", rich_help_panel="Looks")] = 1,
    color: Annotated[str, typer.Option("--color", help="Which.", rich_help_panel="Looks")] = "red",
    secret: Annotated[bool, typer.Option("--secret", hidden=True)] = False,
) -> None:
    """Say something."""


@pytest.fixture
def shown(capsys: pytest.CaptureFixture[str]) -> str:
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command(cls=SectionedCommand)(command)
    typer.main.get_command(app)(["--help"], standalone_mode=False, prog_name="say")
    return capsys.readouterr().out


def test_sections_in_the_order_of_their_options_and_the_common_ones_last(shown):
    assert re.findall(r"^(\w+):", shown, re.MULTILINE)[1:] == ["Arguments", "Looks", "Options"]


def test_options_stand_under_their_heading(shown):
    looks, options = shown.partition("Looks:")[2].split("Options:")
    assert "--size" in looks
    assert "--color" in looks
    assert "--loud" in options
    assert "--help" in options


def test_arguments_are_called_as_they_are_shown(shown):
    assert re.search(r"^  WORD +What to say\.", shown, re.MULTILINE)


def test_what_is_the_case_anyway_is_not_shown(shown):
    assert re.search(r"^  --no-pause +Do not breathe\.", shown, re.MULTILINE)
    assert "--pause" not in shown


def test_hidden_options_stay_hidden(shown):
    assert "--secret" not in shown


def test_a_command_without_sections(capsys):
    def plain() -> None:
        """Do nothing."""

    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command(cls=SectionedCommand)(plain)
    typer.main.get_command(app)(["--help"], standalone_mode=False, prog_name="plain")
    assert re.findall(r"^(\w+):", capsys.readouterr().out, re.MULTILINE)[1:] == ["Options"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("--size 1 --size 2", "--size was given 2 times"),
        ("--size 1 --size=1 --size 3", "--size was given 3 times"),
        ("--fast --slow", "--fast or --slow was given 2 times"),
    ],
)
def test_of_two_values_none_is_forgotten_silently(words, told):
    with pytest.raises(UsageError) as refused:
        run(words)
    assert refused.value.message == told
    assert refused.value.hint


@pytest.mark.parametrize("words", ["--size", "--sizes 1", "--loud=yes"])
def test_whose_help_explains_an_error_is_known(words):
    with pytest.raises(TyperException) as refused:
        run(words)
    assert getattr(refused.value, "ctx", None) is not None


@pytest.mark.parametrize("words", ["--loud --loud", "--name a --name b", "--size 1 a"])
def test_what_cannot_contradict_itself_may_be_said_again(words):
    assert run(words) == words.split()[-1]


def run(words: str) -> object:
    """Run a command with options of every kind; return the last word that it was given."""

    def say(
        word: Annotated[str, typer.Argument()] = "",
        *,
        loud: Annotated[bool, typer.Option("--loud")] = False,
        size: Annotated[int, typer.Option("--size")] = 1,
        fast: Annotated[bool, typer.Option("--fast/--slow")] = True,
        name: Annotated[list[str] | None, typer.Option("--name")] = None,
    ) -> str:
        """Say something."""
        return word or (name[-1] if name else "--loud")

    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command(cls=SectionedCommand)(say)
    return typer.main.get_command(app)(words.split(), standalone_mode=False)


def test_whether_a_file_can_be_read_is_for_the_command_to_say(tmp_path, monkeypatch):
    """An env file that cannot be read ends with 78, any other with 2: Typer would make all 2."""
    monkeypatch.setattr("os.access", lambda *_: False)
    path = tmp_path / "file"
    path.touch()
    with click_command("tail").make_context("rc-tail", ["--env-file", str(path)]) as context:
        assert context.params["env_file"] == path
    with click_command("show").make_context("rc-tail show", [str(path)]) as context:
        assert list(context.params["files"]) == [path]
