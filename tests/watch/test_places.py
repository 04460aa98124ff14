import os
from pathlib import Path

import pytest

from rc_tail.errors import ExitStatus, UsageError
from rc_tail.watch.places import refuse_other_things


@pytest.mark.parametrize("name", ["fifo", "link", "dangling", ""])
def test_what_would_be_replaced_by_mistake_is_refused_and_stays(tmp_path: Path, name: str):
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    (tmp_path / "file").write_text("kept")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    before = {path: path.lstat().st_mode for path in tmp_path.iterdir()}
    with pytest.raises(UsageError, match=r"^--it: .* is no regular file$") as refused:
        refuse_other_things("--it", tmp_path / name)
    assert refused.value.exit_status == ExitStatus.USAGE
    assert {path: path.lstat().st_mode for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("name", ["file", "nothing", "missing/file"])
def test_a_file_and_nothing_are_well(tmp_path: Path, name: str):
    (tmp_path / "file").write_text("")
    refuse_other_things("--it", tmp_path / name)


def test_what_cannot_be_looked_at_is_the_systems_to_tell(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError):
        refuse_other_things("--it", tmp_path / "file" / "inner")
