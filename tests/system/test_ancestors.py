import os
import subprocess
import sys
from pathlib import Path

import pytest

from rc_tail.system.ancestors import ancestors


@pytest.mark.usefixtures("measured")
@pytest.mark.parametrize("proc", ["/proc", "/no-such-folder"], ids=["proc", "ps"])
def test_the_parent_comes_first(proc: str) -> None:
    code = f"""
from pathlib import Path
from rc_tail.system.ancestors import ancestors
for words in ancestors(Path({proc!r})):
    print(words[0] if words else "")
"""
    script = '"$0" -c "$1"; true'
    words = ["sh", "-c", script, sys.executable, code]
    # "sh" is a child of this test.
    inner = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
    first, second, *_ = inner.stdout.splitlines()
    assert first == "sh"
    assert "python" in second or "pytest" in second


def test_it_ends_at_the_first_process() -> None:
    assert 0 < len(list(ancestors())) < 64


def test_a_name_may_contain_anything(tmp_path: Path) -> None:
    for number, parent, words in [(os.getppid(), 7, b"a b\0c"), (7, 0, b"")]:
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "stat").write_bytes(b"%d (x) S (y)) S %d 1 2" % (number, parent))
        (folder / "cmdline").write_bytes(words)
    (tmp_path / "self").mkdir()
    (tmp_path / "self" / "stat").touch()
    assert list(ancestors(tmp_path)) == [["a b", "c"], [""]]


def test_a_process_that_has_gone_ends_it(tmp_path: Path) -> None:
    (tmp_path / "self").mkdir()
    (tmp_path / "self" / "stat").touch()
    assert list(ancestors(tmp_path)) == []
