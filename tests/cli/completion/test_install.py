"""Where the scripts go, in trees that look like several systems."""

from pathlib import Path

import pytest

from rc_tail.cli.completion.install import ScriptLocation, script_location
from rc_tail.cli.completion.shells import SHELLS
from rc_tail.errors import ConfigError

COMPINIT = "autoload -Uz compinit; compinit"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = tmp_path / "home"
    made.mkdir()
    return made


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "root"
    made.mkdir()
    return made


@pytest.mark.parametrize(
    ("shell", "variable", "path"),
    [
        ("bash", "", "home/.local/share/bash-completion/completions/rc-tail"),
        ("bash", "XDG_DATA_HOME", "home/other/bash-completion/completions/rc-tail"),
        ("bash", "BASH_COMPLETION_USER_DIR", "home/other/completions/rc-tail"),
        ("fish", "", "home/.config/fish/completions/rc-tail.fish"),
        ("fish", "XDG_CONFIG_HOME", "home/other/fish/completions/rc-tail.fish"),
        ("zsh", "", "home/.local/share/zsh/site-functions/_rc-tail"),
        ("zsh", "XDG_DATA_HOME", "home/other/zsh/site-functions/_rc-tail"),
    ],
)
def test_scripts_go_where_the_shell_keeps_such_things(
    tmp_path: Path, home: Path, root: Path, shell: str, variable: str, path: str
):
    environ = {"HOME": str(home), variable or "UNSET": str(home / "other")}
    assert script_location(shell, environ, root).path == tmp_path / path


@pytest.mark.parametrize("shell", SHELLS)
def test_a_folder_that_is_no_whole_path_does_not_count(home: Path, root: Path, shell: str):
    environ = {"HOME": str(home), "XDG_DATA_HOME": "data", "XDG_CONFIG_HOME": "config"}
    assert script_location(shell, environ, root).path.is_relative_to(home)


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("environ", [{}, {"HOME": ""}, {"HOME": "somewhere"}])
def test_without_a_home_there_is_no_place(root: Path, shell: str, environ: dict[str, str]):
    with pytest.raises(ConfigError, match="no home folder"):
        script_location(shell, environ, root)


@pytest.mark.parametrize(
    "package",
    [
        "usr/share/bash-completion/bash_completion",
        "usr/local/share/bash-completion/bash_completion",
        "opt/homebrew/share/bash-completion/bash_completion",
        "opt/local/share/bash-completion/bash_completion",
    ],
)
def test_bash_needs_no_line_where_its_package_is_installed(home: Path, root: Path, package: str):
    environ = {"HOME": str(home)}
    assert script_location("bash", environ, root).needed
    (root / package).parent.mkdir(parents=True)
    (root / package).touch()
    found = script_location("bash", environ, root)
    assert not found.needed
    assert found.file == "~/.bashrc"
    assert found.line == "source ~/.local/share/bash-completion/completions/rc-tail"


def test_of_several_folders_of_bash_the_first_counts(home: Path, root: Path):
    several = f"{home / 'first'}:{home / 'second'}"
    environ = {"HOME": str(home), "BASH_COMPLETION_USER_DIR": several}
    assert script_location("bash", environ, root).path == home / "first" / "completions" / "rc-tail"


@pytest.mark.parametrize("way", ["{home}/../outside", "{home}/link", "{outside}"])
@pytest.mark.parametrize(
    ("shell", "variable", "path"),
    [
        ("bash", "XDG_DATA_HOME", ".local/share/bash-completion/completions/rc-tail"),
        ("bash", "BASH_COMPLETION_USER_DIR", ".local/share/bash-completion/completions/rc-tail"),
        ("fish", "XDG_CONFIG_HOME", ".config/fish/completions/rc-tail.fish"),
        ("zsh", "XDG_DATA_HOME", ".local/share/zsh/site-functions/_rc-tail"),
        ("zsh", "FPATH", ".local/share/zsh/site-functions/_rc-tail"),
    ],
)
def test_a_folder_outside_the_home_folder_is_passed_over(
    tmp_path: Path, home: Path, root: Path, shell: str, variable: str, path: str, way: str
):
    outside = tmp_path / "outside"
    outside.mkdir()
    (home / "link").symlink_to(outside)
    environ = {"HOME": str(home), variable: way.format(home=home, outside=outside)}
    found = script_location(shell, environ, root)
    assert found.path == home / path
    assert found.needed
    assert found.line
    assert found.passed_over == ("" if variable == "FPATH" else variable)


def test_a_home_folder_may_be_a_link(tmp_path: Path, home: Path, root: Path):
    link = tmp_path / "link"
    link.symlink_to(home)
    environ = {"HOME": str(link), "XDG_CONFIG_HOME": str(home / "config")}
    assert (
        script_location("fish", environ, root).path == home / "config/fish/completions/rc-tail.fish"
    )


def test_a_line_is_quoted_where_it_must_be(home: Path, root: Path):
    environ = {"HOME": str(home), "XDG_DATA_HOME": str(home / "my data")}
    expected = "~/'my data/bash-completion/completions/rc-tail'"
    assert script_location("bash", environ, root).line == f"source {expected}"
    assert (
        "fpath=(~/'my data/zsh/site-functions' $fpath)"
        in script_location("zsh", environ, root).line
    )


def test_fish_needs_no_line(home: Path, root: Path):
    found = script_location("fish", {"HOME": str(home)}, root)
    assert found == ScriptLocation(home / ".config" / "fish" / "completions" / "rc-tail.fish")


def test_zsh_users_learn_the_folder_to_add_where_none_can_be_written(home: Path, root: Path):
    found = script_location("zsh", {"HOME": str(home), "FPATH": "/nowhere/site-functions"}, root)
    assert found.needed
    assert found.file == "~/.zshrc"
    assert found.line == f"fpath=(~/.local/share/zsh/site-functions $fpath); {COMPINIT}"


def test_zsh_searches_what_its_variable_names(home: Path, root: Path, tmp_path: Path):
    theirs, own = tmp_path / "share" / "zsh" / "site-functions", home / ".zfunc"
    for folder in (theirs, own):
        folder.mkdir(parents=True)
    environ = {"HOME": str(home), "FPATH": f".:{theirs}:{home / 'gone'}:{own}"}
    assert script_location("zsh", environ, root) == ScriptLocation(
        own / "_rc-tail", COMPINIT, "~/.zshrc"
    )
    own.rmdir()
    # The folders of the machine and of the distribution are left alone.
    assert script_location("zsh", environ, root).needed


def test_the_start_up_file_of_zsh_may_be_elsewhere(home: Path, root: Path):
    environ = {"HOME": str(home), "ZDOTDIR": str(home / ".zsh")}
    assert script_location("zsh", environ, root).file == "$ZDOTDIR/.zshrc"
