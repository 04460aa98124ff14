"""Homes in which nothing can be kept: with credentials in the environment the tail needs none."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from rc_tail.simulator.instance import Simulator
from tests.end_to_end.processes import Tails

_FOLDERS = ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME")


def _missing(folder: Path) -> Mapping[str, str]:
    return {"HOME": str(folder / "no" / "such" / "folder")}


def _a_file(folder: Path) -> Mapping[str, str]:
    (folder / "file").touch()
    return {"HOME": str(folder / "file")}


def _read_only(folder: Path) -> Mapping[str, str]:
    # Nobody may make files in there, not even who may write everywhere.
    return {"HOME": "/proc/self"} if os.geteuid() == 0 else {"HOME": str(_closed(folder))}


def _closed(folder: Path) -> Path:
    closed = folder / "closed"
    closed.mkdir(mode=0o500)
    return closed


@pytest.mark.parametrize("home", [_missing, _a_file, _read_only])
def test_it_works_from_the_environment(simulator: Simulator, tail: Tails, tmp_path: Path, home):
    running = tail(
        "sms", "--count", "1", environ={**dict.fromkeys(_FOLDERS, ""), **home(tmp_path)}
    ).wait_ready()
    simulator.send("sms", text="hi")
    assert running.wait() == 0, running.told
    assert running.events(1)[0]["body"]["subject"] == "hi"
    assert "Traceback" not in running.told
