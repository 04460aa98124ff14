"""Compare clients under the same faults: ``python -m tests.side_by_side [--write]``."""

import argparse
import sys

from tests.end_to_end.processes import ROOT
from tests.side_by_side.clients import clients
from tests.side_by_side.compare import Trial, table

BEGIN, END = "<!-- generated: side-by-side -->", "<!-- end -->"


def main() -> int:
    """Compare, print the table, and write it into the README when asked."""
    parser = argparse.ArgumentParser(prog="python -m tests.side_by_side", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="into the README as well")
    given = parser.parse_args()

    def tell(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    results = [Trial(client, given.seed, tell).run() for client in clients(sys.stderr)]
    text = table(results, given.seed)
    print(text)
    return write(text) if given.write else 0


def write(text: str) -> int:
    """Put the table between its marks; return 1 where there are none."""
    readme = ROOT / "README.md"
    before, begin, rest = readme.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        print(f"README.md has no {BEGIN} with {END} behind it", file=sys.stderr)
        return 1
    readme.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
