"""Homes in which nothing can be kept: with credentials in the environment the tail needs none."""

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from rc_tail.simulator.instance import Simulator
from tests.end_to_end.processes import PATIENCE, PROGRAM, ROOT, Tails

pytestmark = pytest.mark.slow

_FOLDERS = ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME")


def _missing(folder: Path) -> Mapping[str, str]:
    return {"HOME": str(folder / "no" / "such" / "folder")}


def _a_file(folder: Path) -> Mapping[str, str]:
    (folder / "file").touch()
    return {"HOME": str(folder / "file")}


def _read_only(folder: Path) -> Mapping[str, str]:
    # Nobody may make files in there, not even who may write everywhere.
    return {"HOME": "/proc/self"} if os.geteuid() == 0 else {"HOME": str(_closed(folder))}


def _empty(_: Path) -> Mapping[str, str]:
    return {"HOME": ""}


def _relative(_: Path) -> Mapping[str, str]:
    return {"HOME": "some/folder"}


def _closed(folder: Path) -> Path:
    closed = folder / "closed"
    closed.mkdir(mode=0o500)
    return closed


HOMES = [_missing, _a_file, _read_only, _empty, _relative]


@pytest.mark.parametrize("home", HOMES)
def test_it_works_from_the_environment(simulator: Simulator, tail: Tails, tmp_path: Path, home):
    running = tail(
        "sms", "--count", "1", environ={**dict.fromkeys(_FOLDERS, ""), **home(tmp_path)}
    ).wait_ready()
    simulator.send("sms", text="hi")
    assert running.wait() == 0, running.told
    assert running.events(1)[0]["body"]["subject"] == "hi"
    assert "Traceback" not in running.told


@pytest.mark.parametrize("home", [_a_file, _read_only, _empty, _relative])
@pytest.mark.parametrize(
    ("words", "variable"),
    [(("sms", "--resume", "work"), "XDG_STATE_HOME"), (("login",), "XDG_CONFIG_HOME")],
)
def test_what_must_be_kept_names_the_variable_for_its_folder(
    simulator: Simulator, tail: Tails, tmp_path: Path, home, words, variable
):
    running = tail(*words, environ={**dict.fromkeys(_FOLDERS, ""), **home(tmp_path)})
    running.ends_with(78)
    assert f"Set {variable} to a folder that can be written" in running.told
    assert "Traceback" not in running.told
    assert simulator.requests == []
    assert not list(running.home.iterdir())


def test_what_a_variable_names_is_used_without_a_home(tail: Tails, tmp_path: Path):
    state = tmp_path / "elsewhere"
    running = tail(
        "sms", "--resume", "work",
        environ={**dict.fromkeys(_FOLDERS, ""), "HOME": "", "XDG_STATE_HOME": str(state)},
    ).wait_ready()  # fmt: skip
    assert running.stop() == -signal.SIGTERM
    assert (state / "rc-tail" / "resume" / "work.json").exists()


# A user that the system does not know, as in a container that is given any number.
STRANGER = 54321
_STRANGE = [
    "setpriv", f"--reuid={STRANGER}", f"--regid={STRANGER}", "--clear-groups",
    # It may read the interpreter, wherever that is, and still writes nothing.
    "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search",
]  # fmt: skip
COMMANDS = {
    "--version": 0, "--help": 0, "help 77": 0, "events sms": 0, "systemd sms": 0,
    "show /dev/null": 0, "demo --count 1": 0, "whoami": 0, "profiles": 0, "doctor sms": 0,
    "sms --for 0.2s": 0, "sms --since 1h --no-follow": 0, "sms --resume work": 78, "login": 78,
    "logout": 0, "simulator status": 0, "simulator send sms": 75, "completion bash": 0,
    "--install-completion bash": 78, "simulator run --tls": 78, "sms --profile work": 77,
}  # fmt: skip


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="needs root")
@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_of_a_user_without_entry_and_home(
    simulator: Simulator, tmp_path: Path, words: str
):
    done = stranger(words, tmp_path, simulator.variables)
    assert "Traceback" not in done.stderr
    assert done.returncode == COMMANDS[words], done.stdout + done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="needs root")
def test_a_simulator_of_a_user_without_entry_and_home(tmp_path: Path):
    started = stranger("simulator run --background", tmp_path, {})
    assert started.returncode == 0, started.stderr
    exports = dict(
        line.removeprefix("export ").split("=", 1) for line in started.stdout.split("\n")[:4]
    )
    assert stranger("simulator status", tmp_path, exports).returncode == 0
    assert stranger("simulator stop", tmp_path, exports).returncode == 0
    assert stranger("simulator status", tmp_path, exports).returncode == 69
    assert list(tmp_path.iterdir()) == []


def stranger(
    words: str, folder: Path, variables: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run a command as a user without entry and home, in a folder that anybody may write."""
    folder.chmod(0o777)
    kept = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [*_STRANGE, *PROGRAM, *words.split()],
        cwd=folder,
        env={**kept, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
