import inspect
from typing import Annotated, Any

import typer

from rc_tail.cli.taking import with_options

ONE = {"name": (Annotated[str, typer.Argument(metavar="NAME")], ...)}
TWO = {"loud": (Annotated[bool, typer.Option("--loud", help="Shout.")], False)}


@with_options({"name": (ONE["name"][0], "you")}, TWO)
def greet(**given: Any) -> None:
    """Say hello."""
    words = f"hello {given['name']}"
    print(words.upper() if given["loud"] else words)


def run(*words: str) -> None:
    app = typer.Typer(add_completion=False)
    app.command("greet")(greet)
    app(list(words), standalone_mode=False)


def test_a_command_takes_the_options_of_all_groups(capsys):
    run("ada", "--loud")
    assert capsys.readouterr().out == "HELLO ADA\n"


def test_an_option_that_is_not_given_has_its_default(capsys):
    run()
    assert capsys.readouterr().out == "hello you\n"


def test_the_signature_says_what_is_taken():
    parameters = inspect.signature(greet).parameters
    assert list(parameters) == ["name", "loud"]
    assert parameters["loud"].default is False
    assert parameters["name"].annotation is ONE["name"][0]
