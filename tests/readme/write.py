"""Write the README's transcripts anew: python -m tests.readme.write.

Only those whose shape has changed, so that numbers do not change with every run.
"""

import tempfile
from pathlib import Path

from tests.readme.blocks import README, plain, shape, transcripts
from tests.readme.shells import install, run_on_terminal


def main() -> None:
    """Run what the README shows the output of, and put in what is new."""
    text = README.read_text()
    lines = text.splitlines(keepends=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        programs = install(folder / "bin")
        # From the end: what is put in moves everything below it.
        for block, printed in reversed(transcripts(text)):
            shown = run_on_terminal(block.text, folder / f"home-{block.first}", programs)
            if shape(shown) != shape(printed.text):
                start = printed.first - 1
                lines[start : start + printed.text.count("\n")] = [plain(shown)]
    README.write_text("".join(lines))


if __name__ == "__main__":
    main()
