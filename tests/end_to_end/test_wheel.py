"""What is installed from the wheel works by itself, without the checkout that it was built from."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from rc_tail.cli.completion.scripts import scripts
from tests.end_to_end.processes import PATIENCE, ROOT, environ_in

# Where shells look, under the folder that a wheel is installed in.
SHARED = {
    "rc-tail.bash": "share/bash-completion/completions/rc-tail",
    "_rc-tail": "share/zsh/site-functions/_rc-tail",
    "rc-tail.fish": "share/fish/vendor_completions.d/rc-tail.fish",
}
_OFFLINE = ("No matching distribution", "Could not find a version", "Failed to establish")


def pip(*words: str) -> None:
    """Run pip; skip where what it needs cannot be fetched, but not in continuous integration."""
    done = subprocess.run(
        [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *words],
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE,
        check=False,
    )
    if any(words in done.stderr for words in _OFFLINE) and os.environ.get("CI") != "true":
        pytest.skip("there is no package index to fetch the build backend from")
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the wheel is installed in; its dependencies are this environment's."""
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--no-deps", "--wheel-dir", str(folder), str(ROOT))
    (wheel,) = folder.glob("rc_tail-*.whl")
    pip("install", "--no-deps", "--no-index", "--target", str(folder / "site"), str(wheel))
    return folder / "site"


def run(site: Path, home: Path, words: Sequence[str], shell: str = "bash") -> str:
    environ = environ_in(home, {"PYTHONPATH": str(site), "SHELL": f"/bin/{shell}"})
    done = subprocess.run(
        [str(site / "bin" / "rc-tail"), *words],
        cwd=home,
        env=environ,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("name", SHARED)
def test_the_wheel_carries_the_completion_scripts(installed: Path, name: str):
    assert (installed / SHARED[name]).read_text() == scripts()[name]


@pytest.mark.slow
# For zsh it may be a folder of the system's, which is no test's to write in.
@pytest.mark.parametrize(("shell", "name"), [("bash", "rc-tail.bash"), ("fish", "rc-tail.fish")])
def test_what_is_installed_installs_completion(
    installed: Path, tmp_path: Path, shell: str, name: str
):
    run(installed, tmp_path, ["--install-completion", shell], shell)
    written = [path for path in tmp_path.rglob("*rc-tail*") if path.is_file()]
    assert [path.read_text() for path in written] == [scripts()[name]]


@pytest.mark.slow
def test_what_is_installed_needs_no_checkout(installed: Path, tmp_path: Path):
    code = "import rc_tail; print(rc_tail.__file__)"
    environ = environ_in(tmp_path, {"PYTHONPATH": str(installed)})
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environ, capture_output=True, text=True
    )
    assert Path(found.stdout.strip()).is_relative_to(installed)
    assert "Recipes" in run(installed, tmp_path, ["help", "recipes"])
    shown = run(installed, tmp_path, ["demo", "sms", "--count", "1", "--rate", "50", "--json"])
    assert shown.count("\n") == 1
