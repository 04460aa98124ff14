"""What ``--install-completion`` puts down is found by the shells, with the line that it tells."""

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from rc_tail.cli.completion.install import script_location
from rc_tail.cli.completion.shells import SHELLS
from tests.end_to_end.processes import PATIENCE, PROGRAM, environ_in
from tests.end_to_end.shells import Home, Terminal, needed

PACKAGE = Path("/usr/share/bash-completion/bash_completion")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def install(home: Home, *words: str, **variables: str) -> str:
    """Install a script as a user would; return what was told."""
    environ = environ_in(home.folder, {"SHELL": "/bin/false", **variables})
    for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        del environ[name]
    done = subprocess.run(
        [*PROGRAM, *words], env=environ, capture_output=True, text=True, timeout=PATIENCE
    )
    assert (done.returncode, done.stdout) == (0, "")
    return done.stderr


def line_told(told: str) -> str:
    found = re.search(r"add this line to ~/\.(?:bashrc|zshrc): (.*)", told)
    assert found is not None, told
    return found[1]


def test_bash_reads_the_line_that_is_shown(home: Home):
    line = line_told(install(home, "--install-completion", "bash"))
    with Terminal("bash", home, line) as running:
        assert running.run("rc-tail calls:dir\tIn\t") == ["rc-tail", "calls:direction=Inbound"]


def test_bash_with_its_package_finds_the_script_by_itself(home: Home):
    if not PACKAGE.exists():
        pytest.skip("the package bash-completion is not installed")
    told = install(home, "--install-completion", "bash")
    assert "bash does not read it by itself" not in told
    with Terminal("bash", home, f"source {PACKAGE}") as running:
        assert running.run("rc-tail calls:dir\tIn\t") == ["rc-tail", "calls:direction=Inbound"]


def test_fish_finds_the_script_by_itself(home: Home):
    needed("fish")
    install(home, "--install-completion=fish")
    done = subprocess.run(
        ["fish", "-c", "complete -C 'rc-tail voicem'"],
        env=home.environ,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.stdout == "voicemail\tnew voicemail\n", done.stderr


def test_zsh_finds_the_script_in_a_folder_that_it_searches(home: Home):
    needed("zsh")
    searched = subprocess.run(
        ["zsh", "-f", "-c", "print -r -- $FPATH"],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    ).stdout.strip()
    own = home.folder / ".zfunc"
    own.mkdir()
    home.environ["FPATH"] = f"{own}:{searched}"
    told = install(home, "--install-completion", "zsh", FPATH=home.environ["FPATH"])
    assert (own / "_rc-tail").exists()
    with Terminal("zsh", home, line_told(told)) as running:
        assert running.run("rc-tail calls:dir\tIn\t") == ["rc-tail", "calls:direction=Inbound"]


def test_zsh_reads_the_line_where_it_searches_no_such_folder(home: Home):
    needed("zsh")
    found = script_location("zsh", home.environ, home.folder / "empty")
    found.path.parent.mkdir(parents=True)
    found.path.write_text(home.script("zsh").read_text())
    with Terminal("zsh", home, found.line) as running:
        assert running.run("rc-tail calls:dir\tIn\t") == ["rc-tail", "calls:direction=Inbound"]


def test_zsh_takes_the_script_when_it_is_sourced_too(home: Home):
    needed("zsh")
    setup = f"autoload -Uz compinit; compinit -u -D; source {home.script('zsh')}"
    with Terminal("zsh", home, setup) as running:
        assert running.run("rc-tail calls:dir\tIn\t") == ["rc-tail", "calls:direction=Inbound"]


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    "wrapper",
    [
        "{program}",
        "env A=b nice {program}",
        "make -s -f {makefile}",
        "{script}",
    ],
)
def test_it_serves_the_shell_that_it_is_started_from(home: Home, shell: str, wrapper: str):
    needed(shell)
    program = shlex.join([*PROGRAM, "--install-completion"])
    makefile, script = home.folder / "Makefile", home.folder / "wrapper"
    makefile.write_text(f"all:\n\t{program}; true\n")
    script.write_text(f"#!/bin/bash\n{program}\ntrue\n")
    script.chmod(0o755)
    command = wrapper.format(program=program, makefile=makefile, script=script)
    environ = environ_in(home.folder, {"SHELL": "/bin/false"})
    for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        del environ[name]
    # The second command keeps the shell from replacing itself by the first.
    done = subprocess.run(
        [shell, "-c", f"{command}; true"], env=environ, capture_output=True, timeout=PATIENCE
    )
    assert f"wrote the completion for {shell} to {home.folder}" in done.stderr.decode()
