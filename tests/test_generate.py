"""The writer of generated files, on a tree of its own."""

import re
from pathlib import Path

import pytest

from rc_tail.cli.completion.scripts import scripts
from rc_tail.errors import ExitStatus
from rc_tail.events.catalogue import KINDS
from tests.generate import BLOCKS, MissingBlockError, main, table, with_blocks

PAGE = "# Title\n\n" + "".join(
    f"## {name}\n\nBefore.\n\n<!-- generated: {name} -->\nold\n<!-- end -->\n\nBehind.\n\n"
    for name in BLOCKS
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "README.md").write_text(PAGE)
    return tmp_path


def block(page: str, name: str) -> list[str]:
    found = re.search(rf"<!-- generated: {name} -->\n(.*?)<!-- end -->", page, re.DOTALL)
    assert found is not None
    return found[1].splitlines()


def test_everything_is_written_and_then_fresh(root: Path, capsys: pytest.CaptureFixture[str]):
    assert main([], root) == 0
    written = {path.name: path.read_text() for path in (root / "completions").iterdir()}
    assert written == scripts()
    assert capsys.readouterr().out.count("wrote ") == len(written) + 1
    for arguments in ([], ["--check"]):
        assert main(arguments, root) == 0
        assert capsys.readouterr() == ("", "")


def test_a_check_shows_what_differs_and_writes_nothing(
    root: Path, capsys: pytest.CaptureFixture[str]
):
    assert main(["--check"], root) == 1
    out, told = capsys.readouterr()
    assert "--- completions/rc-tail.bash" in out
    assert "\n-old\n+| event |" in out
    assert "make generated" in told
    assert [path.name for path in root.iterdir()] == ["README.md"]
    assert (root / "README.md").read_text() == PAGE


def test_one_stale_line_is_enough(root: Path, capsys: pytest.CaptureFixture[str]):
    main([], root)
    capsys.readouterr()
    path = root / "completions" / "_rc-tail"
    path.write_text(path.read_text().replace("voicemail", "voicemale", 1))
    assert main(["--check"], root) == 1
    out = capsys.readouterr().out
    assert out.count("@@ ") == 1
    assert "completions/_rc-tail" in out


def test_only_blocks_change():
    page = with_blocks(PAGE)
    for name in BLOCKS:
        begin = {"first-run": "```text\n$ ", "recipes": "\n"}.get(name, "| ")
        assert f"## {name}\n\nBefore.\n\n<!-- generated: {name} -->\n{begin}" in page
    assert len(re.findall(r"(?:\||```)\n\n?<!-- end -->\n\nBehind\.\n", page)) == len(BLOCKS)
    assert "old" not in re.sub(r"\bolder|hold|threshold|the old spelling", "", page)
    assert with_blocks(page) == page


@pytest.mark.parametrize("name", BLOCKS)
@pytest.mark.parametrize(
    "damage",
    [
        lambda page, begin: page.replace(begin, ""),
        lambda page, begin: page.replace(begin, begin * 2),
        lambda page, begin: page[: page.index(begin) + len(begin)],
    ],
)
def test_a_block_that_is_missing_is_reported(root: Path, capsys, name, damage):
    begin = f"<!-- generated: {name} -->\n"
    damaged = damage(PAGE, begin)
    with pytest.raises(MissingBlockError, match=f"README.md must have one block, {begin.strip()}"):
        with_blocks(damaged)
    (root / "README.md").write_text(damaged)
    assert main([], root) == 1
    assert begin.strip() in capsys.readouterr().err
    # The other files need no README.
    assert (root / "completions" / "rc-tail.fish").exists()


def test_the_table_of_events_has_all_of_them():
    page = block(with_blocks(PAGE), "events")
    rows = [row.split(" | ") for row in page[2:]]
    assert len(rows) == len(KINDS)
    for kind, cells in zip(KINDS, rows, strict=True):
        assert cells[0].startswith(f"| `{kind.name}")
        assert cells[1:3] == [f"`{kind.also}`" if kind.also else "", kind.summary]
        assert cells[4] == kind.level
        assert all(f"`{parameter.name}`" in cells[5] for parameter in kind.parameters)


def test_the_table_of_options_has_them_as_people_write_them():
    text = "\n".join(block(with_blocks(PAGE), "options"))
    assert "| `-n, --count N` | Exit after N events. |" in text
    assert "| `-o, --output pretty\\|json\\|frame\\|none` | " in text
    assert "| `--json` | " in text


def test_the_table_of_statuses_has_all_of_them_and_the_signals():
    page = block(with_blocks(PAGE), "exit-statuses")
    numbers = [int(row.split(" | ")[0].removeprefix("| ")) for row in page[2:]]
    assert numbers == [*sorted(ExitStatus), 129, 130, 141, 143]


def test_a_cell_cannot_break_a_table():
    assert list(table(["a", "b"], [["x|y", "z"]])) == [
        "| a | b |",
        "| --- | --- |",
        "| x\\|y | z |",
    ]
