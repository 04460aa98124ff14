from pathlib import Path

from rc_tail.state.spool_files import spool_files


def test_the_files_of_a_spool_are_those_of_sqlite(tmp_path: Path):
    names = [file.name for file in spool_files(tmp_path / "work.spool")]
    assert names == ["work.spool", "work.spool-wal", "work.spool-shm"]
