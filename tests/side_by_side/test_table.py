"""The table of the comparison, and its place in the README."""

from pathlib import Path

import pytest

from tests.side_by_side import __main__ as program
from tests.side_by_side.compare import FAULTS, Result, table


def result(*, deaf: float | None, ended: bool = False) -> Result:
    return Result(
        name="one 1.0",
        sent=9,
        received=5,
        twice=1,
        told=1,
        after=2,
        lost=1,
        deaf=deaf,
        ended=ended,
    )


@pytest.mark.parametrize(
    ("fared", "words"),
    [
        (result(deaf=30.4), "30"),
        (result(deaf=39.6, ended=True), "40, then it ends"),
        (result(deaf=None), "more than 150"),
    ],
)
def test_each_client_has_a_row(fared: Result, words: str) -> None:
    *_, row, _, note = table([fared], seed=7).splitlines()
    assert row == f"| one 1.0 | 9 | 5 | 1 | 1 | 2 | 1 | {words} |"
    assert "seed 7" in note
    assert all(name in note for name, _ in FAULTS)


def test_it_goes_between_its_marks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(program, "ROOT", tmp_path)
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{program.BEGIN}\nold\n{program.END}\nafter\n")
    assert program.write("new") == 0
    assert readme.read_text() == f"before\n{program.BEGIN}\n\nnew\n\n{program.END}\nafter\n"
    readme.write_text("no marks")
    assert program.write("new") == 1
    assert readme.read_text() == "no marks"
    assert "side-by-side" in capsys.readouterr().err
