"""Prints the lowest allowed version of every runtime dependency, as pip wants to read it.

``python -m tests.lowest > pins`` and ``pip install --constraint pins .`` give what somebody has
who never upgrades.
"""

import re
import sys
import tomllib
from pathlib import Path

_FLOOR = re.compile(r"([A-Za-z0-9._-]+)>=([0-9.]+)")


def pins(pyproject: str) -> list[str]:
    """Return a pin for every floor among the dependencies."""
    dependencies = tomllib.loads(pyproject)["project"]["dependencies"]
    found = [_FLOOR.fullmatch(dependency) for dependency in dependencies]
    if None in found:
        raise ValueError("a dependency has no floor, or something beside it")
    # Any patch release of it will do: some first ones were withdrawn.
    return [f"{match[1]}=={match[2]}.*" for match in found if match]


def main() -> int:
    """Print them."""
    sys.stdout.write("\n".join(pins(Path("pyproject.toml").read_text())) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
