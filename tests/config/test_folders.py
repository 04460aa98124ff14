from pathlib import Path

import pytest

from rc_tail.config.folders import Folders


def test_the_folders_are_the_platforms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    folders = Folders.of_user()
    assert folders == Folders(
        tmp_path / "config" / "rc-tail",
        tmp_path / "cache" / "rc-tail",
        tmp_path / "state" / "rc-tail",
    )
    assert not any(tmp_path.iterdir())
