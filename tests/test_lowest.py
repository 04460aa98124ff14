from pathlib import Path

import pytest

from tests.lowest import pins

ROOT = Path(__file__).parents[1]


def test_every_dependency_of_the_project_has_a_floor_and_no_ceiling():
    found = pins((ROOT / "pyproject.toml").read_text())
    assert "websocket-client==1.8.*" in found
    assert all(pin.endswith(".*") for pin in found)


@pytest.mark.parametrize("dependency", ["requests", "requests>=2,<3", "requests==2.0"])
def test_anything_else_is_refused(dependency: str):
    with pytest.raises(ValueError, match="no floor"):
        pins(f'[project]\ndependencies = ["{dependency}"]')
