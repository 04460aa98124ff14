"""Write the README's transcripts and pictures anew: python -m tests.readme.write."""

import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from tests.readme.blocks import README, plain, shape, transcripts
from tests.readme.pictures import (
    CAPTURED,
    PICTURED,
    THEMES,
    path_of,
    picture,
    picture_of_captures,
    seen,
)
from tests.readme.shells import install, run_on_terminal

Show = Callable[[str], str]


def renewed(text: str, show: Show) -> str:
    """Return a text with what its blocks print now.

    What has kept its shape stays as it is, so that numbers do not change with every run.

    Args:
        text: The README.
        show: Runs a command, and gives what a terminal was sent.
    """
    lines = text.splitlines(keepends=True)
    # From the end: what is put in moves everything below it.
    for block, printed in reversed(transcripts(text)):
        shown = show(block.text)
        if shape(shown) != shape(printed.text):
            start = printed.first - 1
            lines[start : start + printed.text.count("\n")] = [plain(shown)]
    return "".join(lines)


def is_current(name: str, theme: str, shown: str) -> bool:
    """Tell whether a picture shows what is shown now, but for numbers and ids."""
    path = path_of(name, theme)
    now = picture(PICTURED[name], shown, theme)
    return path.exists() and shape(seen(path.read_text())) == shape(seen(now))


def draw(show: Show) -> None:
    """Draw the pictures that are not current."""
    for name, command in PICTURED.items():
        for theme in THEMES:
            shown = show(command)
            if not is_current(name, theme, shown):
                path_of(name, theme).write_text(picture(command, shown, theme))


def draw_captures() -> None:
    """Draw the pictures of what was captured in a real terminal."""
    for name in CAPTURED:
        for theme in THEMES:
            path_of(name, theme).write_text(picture_of_captures(name, theme))


def main() -> None:
    """Run what the README shows the output of, and write down what has changed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        programs = install(folder / "bin")

        @cache
        def show(command: str) -> str:
            return run_on_terminal(command, Path(tempfile.mkdtemp(dir=folder)) / "home", programs)

        README.write_text(renewed(README.read_text(), show))
        draw(show)
    draw_captures()


if __name__ == "__main__":
    main()
