"""Write the README's transcripts anew: python -m tests.readme.write."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.readme.blocks import README, Block, plain, shape, transcripts
from tests.readme.shells import install, run_on_terminal


def renewed(text: str, show: Callable[[Block], str]) -> str:
    """Return a text with what its blocks print now.

    What has kept its shape stays as it is, so that numbers do not change with every run.

    Args:
        text: The README.
        show: Runs a block, and gives what a terminal was sent.
    """
    lines = text.splitlines(keepends=True)
    # From the end: what is put in moves everything below it.
    for block, printed in reversed(transcripts(text)):
        shown = show(block)
        if shape(shown) != shape(printed.text):
            start = printed.first - 1
            lines[start : start + printed.text.count("\n")] = [plain(shown)]
    return "".join(lines)


def main() -> None:
    """Run what the README shows the output of, and write down what has changed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        programs = install(folder / "bin")
        text = renewed(
            README.read_text(),
            lambda block: run_on_terminal(block.text, folder / f"home-{block.first}", programs),
        )
    README.write_text(text)


if __name__ == "__main__":
    main()
