"""Where running simulators are written down."""

import os
import stat
from pathlib import Path

from rc_tail.simulator.certificate import certificate_file
from rc_tail.simulator.registry import register, registered, registered_addresses, unregister

ONE, OTHER = "http://127.0.0.1:40001", "https://127.0.0.1:40002"


def test_what_is_noted_is_found_until_it_is_forgotten(tmp_path: Path):
    assert registered_addresses(tmp_path) == []
    register(tmp_path, OTHER)
    register(tmp_path, ONE)
    assert registered_addresses(tmp_path) == [ONE, OTHER]
    certificate = certificate_file(tmp_path, int(ONE.rpartition(":")[2]))
    certificate.touch()
    unregister(tmp_path, ONE)
    assert not certificate.exists()
    assert registered_addresses(tmp_path) == [OTHER]
    unregister(tmp_path, ONE)
    assert registered_addresses(tmp_path) == [OTHER]


def test_it_is_for_its_owner_only(tmp_path: Path):
    register(tmp_path, ONE)
    (path,) = (tmp_path / "simulators").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_it_is_known_for_a_while(tmp_path: Path):
    with registered(tmp_path, ONE):
        assert registered_addresses(tmp_path) == [ONE]
    assert registered_addresses(tmp_path) == []


def test_where_nothing_can_be_written_it_runs_all_the_same(tmp_path: Path):
    (tmp_path / "file").touch()
    with registered(tmp_path / "file", ONE):
        assert registered_addresses(tmp_path / "file") == []


def test_an_invalid_address_is_skipped(tmp_path: Path):
    folder = tmp_path / "simulators"
    folder.mkdir()
    (folder / "40001.url").write_text("http://127.0.0.1:40002\n")
    (folder / "40003.url").write_bytes(b"\xff\x00" * 999)
    (folder / "40004.url").mkdir()
    os.mkfifo(folder / "40005.url")
    (folder / "40006.url").touch()
    assert registered_addresses(tmp_path) == []
