"""The completion scripts: the engine for a shell, with the tables inserted."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from rc_tail.cli.completion.shells import SHELLS
from rc_tail.cli.completion.tables import Entries, Entry, Table, tables

_MARK = "#TABLES#\n"
_CONTINUED = " \\\n"


@dataclass(frozen=True, slots=True)
class Dialect:
    """The syntax of a shell's function that looks up a word.

    Attributes:
        head: Opens a function and the choice in it; ``{name}`` is its name.
        words: Formats the words of one branch.
        branch: One branch; ``{words}`` are the quoted words, ``{entries}`` its lines.
        entry: Formats one entry.
        tail: Closes both.
    """

    head: str
    words: Callable[[tuple[str, ...]], str]
    branch: str
    entry: Callable[[Entry], str]
    tail: str


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _fish_quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _sh(entry: Callable[[Entry], str]) -> Dialect:
    return Dialect(
        head="{name}() {{\n    reply=()\n    case $1 in\n",
        words=lambda words: " | ".join(map(_quoted, words)),
        branch="    {words})\n        reply=(\n{entries}        )\n        ;;\n",
        entry=lambda pair: f"            {entry(pair)}\n",
        tail="    esac\n}\n",
    )


def _described(pair: Entry) -> str:
    return " ".join(filter(None, pair))


DIALECTS: Mapping[str, Dialect] = {
    # Bash shows no descriptions.
    "bash": _sh(lambda pair: _quoted(pair[0])),
    "zsh": _sh(lambda pair: _quoted(_described(pair))),
    "fish": Dialect(
        head="function {name}\n    switch $argv[1]\n",
        words=lambda words: " ".join(map(_fish_quoted, words)),
        branch="        case {words}\n            printf '%s\\n' \\\n{entries}",
        entry=lambda pair: f"                {_fish_quoted(_described(pair))} \\\n",
        tail="    end\nend\n",
    ),
}

# The names of the files in which the shells look for the scripts.
FILES: Mapping[str, str] = {"bash": "rc-tail.bash", "zsh": "_rc-tail", "fish": "rc-tail.fish"}


def script(shell: str) -> str:
    """Return the completion script of a shell, one of `SHELLS`.

    Every command's module is imported.
    """
    engine = Path(__file__).with_name(f"engine.{shell}").read_text(encoding="utf-8")
    prefix = "__rc_tail_table_" if shell == "fish" else "_rc_tail_table_"
    functions = [
        function(f"{prefix}{name}", table, DIALECTS[shell]) for name, table in tables().items()
    ]
    return engine.replace(_MARK, "\n".join(functions))


def scripts() -> dict[str, str]:
    """Return all scripts, by the names of their files."""
    return {FILES[shell]: script(shell) for shell in SHELLS}


def function(name: str, table: Table, dialect: Dialect) -> str:
    """Return the source of a shell function that looks up the entries for a word."""
    return "".join(_pieces(name, table, dialect))


def _pieces(name: str, table: Table, dialect: Dialect) -> Iterator[str]:
    yield dialect.head.format(name=name)
    for words, entries in table.items():
        lines = _lines(entries, dialect)
        yield dialect.branch.format(words=dialect.words(words), entries=lines)
    yield dialect.tail


def _lines(entries: Entries, dialect: Dialect) -> str:
    text = "".join(map(dialect.entry, entries))
    # Fish continues a line after a backslash, which the last line must not have.
    return text.removesuffix(_CONTINUED) + "\n" if text.endswith(_CONTINUED) else text
