"""What stands in fenced blocks of the README, and under which markers."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"

NOT_RUN = re.compile(r"<!-- not run: (?P<reason>.+) -->")
OUTPUT = "<!-- output -->"

_FENCE = re.compile(r"```(?P<language>\w*)\s*")


@dataclass(frozen=True)
class Block:
    """A fenced block.

    Attributes:
        language: The word behind the fence.
        text: Its lines.
        heading: The heading that it stands under.
        marker: The comment right before it, or nothing.
        first: The number of its first line in the README, from 1.
    """

    language: str
    text: str
    heading: str
    marker: str
    first: int

    @property
    def reason(self) -> str:
        """Why it is not run; empty when it is."""
        match = NOT_RUN.fullmatch(self.marker)
        return match["reason"] if match else ""

    def __str__(self) -> str:
        # The line helps to find it, the words to know it again.
        return f"{self.first}: {self.text.partition(chr(10))[0][:60]}"


def blocks(text: str) -> Iterator[Block]:
    """Yield the fenced blocks of a text, in order."""
    heading = marker = language = ""
    inside: list[str] | None = None
    for number, line in enumerate(text.splitlines(), 1):
        if inside is not None:
            if line == "```":
                first = number - len(inside)
                yield Block(language, "".join(inside), heading, marker, first)
                inside, marker = None, ""
            else:
                inside.append(f"{line}\n")
        elif fence := _FENCE.fullmatch(line):
            inside, language = [], fence["language"]
        elif line.strip():
            heading = line.lstrip("# ") if line.startswith("#") else heading
            marker = line.strip() if line.startswith("<!--") else ""
    assert inside is None, "a fence is not closed"


def shell_blocks(text: str) -> list[Block]:
    """Return the blocks that a reader pastes into a shell."""
    return [block for block in blocks(text) if block.language == "sh"]


def transcripts(text: str) -> list[tuple[Block, Block]]:
    """Return what is run together with what it prints, where the README shows that."""
    found: list[tuple[Block, Block]] = []
    before: Block | None = None
    for block in blocks(text):
        if block.marker == OUTPUT:
            assert before is not None, f"{block}: nothing before it prints this"
            found.append((before, block))
        before = block
    return found


def settled(sent: str) -> str:
    """Return what stays on a terminal that was sent this, with its colours."""
    # A line that is cleared, such as the one that says how the tail is, leaves nothing behind.
    return re.sub(r"[^\n]*\r\x1b\[J", "", sent.replace("\r\n", "\n"))


def plain(sent: str) -> str:
    """Return what stays on a terminal that was sent this, without colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", settled(sent))


def shape(shown: str) -> str:
    """Return what is the same in every run of a transcript: all but numbers and ids."""
    text = re.sub(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "UUID", plain(shown))
    # What takes less than a millisecond is said so.
    text = re.sub(r"(?:<|&lt;)(?=\d+ ms)", "", text)
    return re.sub(r"\d+(?:\.\d+)?", "0", text)


def lines_outside_details(text: str) -> list[str]:
    """Return the lines that a page shows before any of its details is opened."""
    lines = []
    depth = 0
    for line in text.splitlines():
        depth += line.startswith("<details")
        if depth == 0:
            lines.append(line)
        depth -= line.startswith("</details")
    return lines
