"""What people read is plain English: the worst patterns of a translated style are refused."""

import ast
import re
from pathlib import Path

import pytest

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


@pytest.mark.parametrize(
    "path", [p for p in TEXTS if p != INVENTED], ids=lambda p: str(p.relative_to(ROOT))
)
def test_texts_for_users_are_plain_english(path):
    found = [t for t in shown_to_users(path) if PATTERNS.search(t)]
    assert found == []


def test_a_bad_text_would_be_found(tmp_path):
    module = tmp_path / "bad.py"
    module.write_text('"""Docstring: nobody."""\nWORDS = f"{1} is told"\n')
    texts = shown_to_users(module)
    assert "Docstring: nobody." not in texts
    assert any(PATTERNS.search(text) for text in texts)
