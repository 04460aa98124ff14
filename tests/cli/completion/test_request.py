"""``rc-tail completion`` and ``--install-completion``."""

import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from rc_tail.cli.app import dispatch
from rc_tail.cli.completion.request import current_shell, install_completion
from rc_tail.cli.completion.scripts import script
from rc_tail.cli.completion.shells import SHELLS
from rc_tail.cli.exit import use_reporter
from rc_tail.errors import ExitStatus, SinkError, UsageError


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    site = tmp_path / ".zfunc"
    site.mkdir()
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "BASH_COMPLETION_USER_DIR", "SHELL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    # Else a zsh's script would go to the folder of this machine, when root runs the tests.
    monkeypatch.setenv("FPATH", str(site))
    yield tmp_path
    use_reporter(None)


PLACES = {
    "bash": ".local/share/bash-completion/completions/rc-tail",
    "zsh": ".zfunc/_rc-tail",
    "fish": ".config/fish/completions/rc-tail.fish",
}


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_is_printed(capsys: pytest.CaptureFixture[str], shell: str):
    assert dispatch(["completion", shell]) in (0, None)
    assert capsys.readouterr() == (script(shell), "")


def test_no_script_is_printed_for_another_shell(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(UsageError, match="no completion for the shell 'tcsh'") as caught:
        dispatch(["completion", "tcsh"])
    assert caught.value.hint == "Try: rc-tail completion bash|zsh|fish"
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("processes", "shell"),
    [
        (["zsh"], "zsh"),
        (["-zsh", "tmux"], "zsh"),
        (["/opt/homebrew/bin/fish -l", "login"], "fish"),
        (["bash -c 'rc-tail'", "zsh"], "bash"),
        (["bash -ic 'rc-tail'", "zsh"], "bash"),
        (["bash --norc --noprofile -i", "zsh"], "bash"),
        (["bash --rcfile x", "zsh"], "bash"),
        (["bash -o pipefail -s word", "zsh"], "bash"),
        (["fish -C 'set x' -i", "zsh"], "fish"),
        (["sudo rc-tail --install-completion", "fish"], "fish"),
        (["sudo rc-tail", "sudo rc-tail", "-fish"], "fish"),
        (["/bin/sh -c 'rc-tail'", "make completion", "zsh"], "zsh"),
        (["/bin/bash ./wrapper", "zsh"], "zsh"),
        (["bash +x -e wrapper", "dash", "fish"], "fish"),
        (["", "fish"], "fish"),
        # The login shell, where none of those is among the ancestors.
        (["dash", "xterm"], "bash"),
        ([], "bash"),
    ],
)
def test_the_shell_is_the_one_that_it_is_started_from(processes: list[str], shell: str):
    words = [shlex.split(process) for process in processes]
    assert current_shell(words, {"SHELL": "/usr/bin/bash"}, "") == shell


def test_a_shell_that_cannot_be_told():
    with pytest.raises(UsageError, match=r"cannot tell your shell from \$SHELL; name one"):
        current_shell([["cron"]], {}, "Try: x")


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_is_installed_and_it_is_said_where(
    capsys: pytest.CaptureFixture[str], home: Path, shell: str
):
    assert install_completion(["--install-completion", shell]) == ExitStatus.OK
    path = home / PLACES[shell]
    assert path.read_text() == script(shell)
    out, told = capsys.readouterr()
    assert out == ""
    assert f"wrote the completion for {shell} to {path}" in told
    assert f"start a new {shell} and press TAB after: rc-tail calls:" in told
    assert ("add this line to ~/." in told) == (shell != "fish")


def test_an_older_script_is_replaced_and_nothing_else_is_left(home: Path):
    path = home / PLACES["fish"]
    path.parent.mkdir(parents=True)
    path.write_text("old")
    install_completion(["--install-completion=fish"])
    assert path.read_text() == script("fish")
    assert list(path.parent.iterdir()) == [path]


def test_no_file_of_the_user_is_edited(home: Path):
    for name in (".bashrc", ".zshrc"):
        (home / name).write_text("mine\n")
    for shell in SHELLS:
        install_completion(["--install-completion", shell])
    assert (home / ".bashrc").read_text() == (home / ".zshrc").read_text() == "mine\n"


@pytest.mark.parametrize(
    ("words", "shell", "told"),
    [
        (["--install-completion", "tcsh"], "/bin/bash", "no completion for the shell 'tcsh'"),
        (["--install-completion="], "/bin/bash", "no completion for the shell ''"),
        (["--install-completion", "bash", "zsh"], "", "takes one shell, not 2 words"),
        (["--install-completion=bash", "zsh"], "", "takes one shell, not 2 words"),
    ],
)
def test_a_shell_that_is_not_known_is_wrong_usage(
    monkeypatch: pytest.MonkeyPatch, words: list[str], shell: str, told: str
):
    monkeypatch.setenv("SHELL", shell)
    with pytest.raises(UsageError, match=told) as caught:
        install_completion(words)
    assert caught.value.hint == "Try: rc-tail --install-completion bash|zsh|fish"


def test_what_cannot_be_written_is_reported(home: Path):
    # A file in place of the folder: root may write nearly everywhere else.
    (home / ".config").touch()
    with pytest.raises(SinkError, match=r"rc-tail\.fish cannot be written: "):
        install_completion(["--install-completion", "fish"])


def test_the_program_takes_the_option(home: Path):
    assert dispatch(["--install-completion=fish"]) == ExitStatus.OK
    assert (home / PLACES["fish"]).exists()


@pytest.mark.parametrize("shell", SHELLS)
def test_nothing_is_written_outside_the_home_folder(
    capsys: pytest.CaptureFixture[str],
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    home: Path,
    shell: str,
):
    outside = tmp_path_factory.mktemp("outside")
    names = ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "BASH_COMPLETION_USER_DIR", "ZDOTDIR", "FPATH")
    for name in names:
        monkeypatch.setenv(name, str(outside))
    install_completion(["--install-completion", shell])
    assert list(outside.iterdir()) == []
    (written,) = [path for path in home.rglob("*") if path.is_file()]
    told = capsys.readouterr().err
    assert f"to {written}" in told
    assert "is outside your home folder: nothing written there" in told
    assert f"{shell} does not read it by itself: add this line to" in told
