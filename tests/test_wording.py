"""What people read is plain English: the worst patterns of a translated style are refused."""

import ast
import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import pytest

from rc_tail.cli.commands import COMMANDS
from rc_tail.cli.completion.command_tree import command_nodes
from rc_tail.cli.help_pages.topics import TOPICS
from rc_tail.cli.overview import overview
from rc_tail.cli.systemd import unit_file
from rc_tail.cli.typer_app import click_command
from rc_tail.events.catalogue import KINDS
from rc_tail.simulator.faults.catalogue import FAULTS

ROOT = Path(__file__).parents[1]
PATTERNS = re.compile(
    r"\b(is no|are no|holds no|goes on|is told|are told|anew|when not said|"
    r"when nothing else is said|nobody|somebody|whoever)\b",
    re.IGNORECASE,
)
TEXTS = sorted(
    [
        *(ROOT / "rc_tail").rglob("*.py"),
        *(ROOT / "rc_tail").rglob("*.txt"),
        ROOT / "README.md",
    ],
)
# What invented people write in the simulator's messages is not the program's language.
INVENTED = ROOT / "rc_tail/simulator/traffic/outsiders.py"


def shown_to_users(path: Path) -> list[str]:
    """Every string of a module that is not a docstring; a text file's lines."""
    if path.suffix != ".py":
        return path.read_text().splitlines()
    tree = ast.parse(path.read_text())
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in docstrings
    ]


def test_texts_for_users_are_plain_english():
    texts = [text for path in TEXTS if path != INVENTED for text in shown_to_users(path)]
    assert len(texts) > 1000
    assert [text for text in texts if PATTERNS.search(text)] == []


def test_a_bad_text_would_be_found(tmp_path):
    module = tmp_path / "bad.py"
    module.write_text('"""Docstring: nobody."""\nWORDS = f"{1} is told"\n')
    texts = shown_to_users(module)
    assert "Docstring: nobody." not in texts
    assert any(PATTERNS.search(text) for text in texts)


def help_of(path: str) -> str:
    """The help of a command, or of one within a group."""
    name, *inner = path.split()
    command = click_command(name)
    for word in inner:
        command = command.commands[word]
    return str(command.make_context(path, [], resilient_parsing=True).get_help())


SHOWN: Mapping[str, Callable[[], str]] = {
    "overview": overview,
    **{f"help {topic}": page for topic, page in TOPICS.items()},
    **{f"{path} --help": partial(help_of, path) for path in [*COMMANDS, *command_nodes()] if path},
    "faults": lambda: "\n".join(f"{kind.description}\n{kind.expectation}" for kind in FAULTS),
    "events": lambda: "\n".join(
        f"{kind.summary}\n{[p.summary for p in kind.parameters]}" for kind in KINDS
    ),
    "unit file": lambda: unit_file(["/opt/rc-tail"], ["sms"], ["sms"]),
    "template unit": lambda: unit_file(["/opt/rc-tail"], ["sms"], ["sms"], template=True),
}


@pytest.mark.parametrize("name", SHOWN)
def test_pages_are_plain_english_as_a_whole(name):
    """Also where a sentence is put together from several strings, or broken between lines."""
    text = " ".join(SHOWN[name]().split())
    assert PATTERNS.findall(text) == []
    # A default is named once, by the help itself.
    assert "[default" not in text
