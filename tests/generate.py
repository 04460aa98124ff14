"""Writes the files that are generated from the program: ``python -m tests.generate [--check]``.

These are the completion scripts, and what stands between markers in the README: its tables, and the
recipes that it shows of ``rc-tail help recipes``. With ``--check`` nothing is written: what differs
is printed, and the status is 1 when something does.
"""

import argparse
import difflib
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from rc_tail.cli.completion.command_tree import command_nodes
from rc_tail.cli.completion.scripts import scripts
from rc_tail.cli.help_pages.statuses import BY_SIGNAL, MEANINGS
from rc_tail.cli.help_pages.topics import recipes_page
from rc_tail.config.option import Option
from rc_tail.events.catalogue import KINDS
from rc_tail.events.kinds import EventKind
from rc_tail.events.listing import typed_form
from tests.readme.recipes import as_markdown

ROOT = Path(__file__).parents[1]
README = "README.md"
FIRST_RUN = "tests/data/captures/first-run.txt"
END = "<!-- end -->"


class MissingBlockError(Exception):
    """The README has no place for a table."""


def generated(root: Path) -> Iterator[tuple[Path, str]]:
    """Yield each file and its content.

    Raises:
        MissingBlockError: The README lacks a marker; the other files come before it.
    """
    for name, text in scripts().items():
        yield root / "completions" / name, text
    readme = root / README
    yield readme, with_blocks(readme.read_text(encoding="utf-8"))


def with_blocks(text: str) -> str:
    """Return a page with its tables replaced.

    Raises:
        MissingBlockError: A marker is missing, or not unique.
    """
    missing = []
    for name, lines in BLOCKS.items():
        begin = f"<!-- generated: {name} -->\n"
        before, found, rest = text.partition(begin)
        _, closed, after = rest.partition(END)
        if not found or not closed or begin in rest:
            missing.append(f"{README} must have one block, {begin.strip()} to {END}")
            continue
        block = "".join(f"{line}\n" for line in lines())
        text = f"{before}{begin}{block}{END}{after}"
    if missing:
        raise MissingBlockError("\n".join(missing))
    return text


def recipes() -> Iterator[str]:
    """Yield the recipes that the README shows."""
    return as_markdown(recipes_page())


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield _row(heads)
    yield _row(["---"] * len(heads))
    yield from map(_row, rows)


def _row(cells: Sequence[str]) -> str:
    escaped = [cell.replace("|", "\\|") for cell in cells]
    return f"| {' | '.join(escaped)} |"


def events() -> Iterator[str]:
    heads = ("event", "also", "what", "permission", "level", "parameters")
    return table(heads, map(_event, KINDS))


def _event(kind: EventKind) -> Sequence[str]:
    return (
        f"`{typed_form(kind)}`",
        f"`{kind.also}`" if kind.also else "",
        kind.summary,
        kind.permission or "not documented",
        kind.level.value,
        ", ".join(f"`{parameter.name}`" for parameter in kind.parameters),
    )


def options() -> Iterator[str]:
    return table(("option", "meaning"), map(_option, command_nodes()["tail"].options))


def _option(option: Option) -> Sequence[str]:
    short_first = ", ".join(reversed(option.spellings))
    return f"`{' '.join(filter(None, (short_first, option.placeholder)))}`", option.help


def exit_statuses() -> Iterator[str]:
    meanings: Mapping[int, str] = {**{int(s): text for s, text in MEANINGS.items()}, **BY_SIGNAL}
    rows = ((str(number), text) for number, text in meanings.items())
    return table(("status", "meaning"), rows)


def first_run() -> Iterator[str]:
    """Yield the capture of a first run as text."""
    capture = (ROOT / FIRST_RUN).read_text(encoding="utf-8")
    yield "```text"
    yield from re.sub(r"\\e\[[\d;]*m", "", capture).rstrip("$ \n").splitlines()
    yield "```"


BLOCKS: Mapping[str, Callable[[], Iterator[str]]] = {
    "events": events,
    "options": options,
    "exit-statuses": exit_statuses,
    "first-run": first_run,
    "recipes": recipes,
}


def difference(path: Path, content: str, root: Path) -> str:
    """Return the diff from a file to its content; empty when it is up to date."""
    current = path.read_text(encoding="utf-8") if path.exists() else ""
    name = path.relative_to(root).as_posix()
    lines = difflib.unified_diff(
        current.splitlines(keepends=True), content.splitlines(keepends=True), name, f"{name} (new)"
    )
    return "".join(lines)


def main(arguments: Sequence[str], root: Path = ROOT) -> int:
    """Write the files, or check them; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say what differs")
    check = parser.parse_args(arguments).check
    stale = False
    try:
        for path, content in generated(root):
            if not (changes := difference(path, content, root)):
                continue
            stale = True
            _write_or_show(path, content, changes, check=check)
    except MissingBlockError as error:
        print(error, file=sys.stderr)
        return 1
    if check and stale:
        print("These files are stale: run `make generated`.", file=sys.stderr)
    return int(check and stale)


def _write_or_show(path: Path, content: str, changes: str, *, check: bool) -> None:
    if check:
        print(changes, end="")
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    print(f"wrote {path}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
