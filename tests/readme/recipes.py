"""The recipes of ``rc-tail help recipes``, and the part of them that the README shows."""

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from rc_tail.cli.help_pages.topics import RECIPES, SIMULATOR
from tests.readme.blocks import Block

_WIDTH = 120


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of the page.

    Attributes:
        text: Its lines; those of commands without their indentation.
        section: The heading it follows; empty in the introduction.
        first: The number of its first line in the page, from 1.
        is_commands: Whether it is to be pasted into a shell.
    """

    text: str
    section: str
    first: int
    is_commands: bool


def paragraphs(page: str) -> Iterator[Paragraph]:
    """Yield the paragraphs of a page of recipes, without its title and headings.

    Commands are indented. A heading is a line that does not end like a sentence.
    """
    section = ""
    first = 1
    for part in page.split("\n\n"):
        text = part.strip("\n")
        if text.startswith("    "):
            yield Paragraph(textwrap.dedent(text) + "\n", section, first, is_commands=True)
        elif text.endswith((".", ":")):
            yield Paragraph(text + "\n", section, first, is_commands=False)
        elif first > 1:
            section = text
        first += part.count("\n") + 2


def recipe_blocks() -> list[Block]:
    """Return the commands of all recipes, as blocks."""
    page = RECIPES.read_text(encoding="utf-8")
    return [
        Block("sh", each.text, each.section, "", each.first)
        for each in paragraphs(page)
        if each.is_commands
    ]


def simulator_blocks() -> list[Block]:
    """Return the commands of the page about the simulator that start one and stop it."""
    page = SIMULATOR.read_text(encoding="utf-8")
    return [
        Block("sh", each.text, each.section, "", each.first)
        for each in paragraphs(page)
        if each.is_commands and each.text.startswith("eval ")
    ]


def sections(page: str) -> list[str]:
    """Return the headings of a page of recipes."""
    return list(dict.fromkeys(each.section for each in paragraphs(page) if each.section))


def as_markdown(page: str) -> Iterator[str]:
    """Yield the introduction and the first section of a page of recipes, as lines of Markdown."""
    shown = ("", *sections(page)[:1])
    for each in paragraphs(page):
        if each.section not in shown:
            break
        yield ""
        if each.is_commands:
            yield from ("```sh", *each.text.splitlines(), "```")
        else:
            words = " ".join(each.text.split())
            yield from textwrap.wrap(words, _WIDTH, break_on_hyphens=False, break_long_words=False)
    yield ""
