"""``--install-completion`` and ``--show-completion``."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from rc_tail.cli.app import dispatch
from rc_tail.cli.completion.request import run_completion
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
@pytest.mark.parametrize("form", [["--show-completion", "{}"], ["--show-completion={}"]])
def test_a_script_is_shown(capsys: pytest.CaptureFixture[str], shell: str, form: list[str]):
    assert run_completion([word.format(shell) for word in form]) == ExitStatus.OK
    assert capsys.readouterr() == (script(shell), "")


@pytest.mark.parametrize(
    ("path", "shell"),
    [("/bin/bash", "bash"), ("/usr/local/bin/zsh", "zsh"), ("/opt/homebrew/bin/fish", "fish")],
)
def test_without_a_name_it_is_the_shell_of_the_user(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, path: str, shell: str
):
    monkeypatch.setenv("SHELL", path)
    assert run_completion(["--show-completion"]) == ExitStatus.OK
    assert capsys.readouterr().out == script(shell)


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_is_installed_and_it_is_said_where(
    capsys: pytest.CaptureFixture[str], home: Path, shell: str
):
    assert run_completion(["--install-completion", shell]) == ExitStatus.OK
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
    run_completion(["--install-completion=fish"])
    assert path.read_text() == script("fish")
    assert list(path.parent.iterdir()) == [path]


def test_no_file_of_the_user_is_edited(home: Path):
    for name in (".bashrc", ".zshrc"):
        (home / name).write_text("mine\n")
    for shell in SHELLS:
        run_completion(["--install-completion", shell])
    assert (home / ".bashrc").read_text() == (home / ".zshrc").read_text() == "mine\n"


@pytest.mark.parametrize(
    ("words", "shell", "told"),
    [
        (["--install-completion", "tcsh"], "/bin/bash", "no completion for the shell 'tcsh'"),
        (["--install-completion="], "/bin/bash", "no completion for the shell ''"),
        (["--install-completion"], "/bin/sh", "no completion for the shell 'sh'"),
        (["--show-completion"], "", "SHELL does not say which shell you use"),
        (["--show-completion", "bash", "zsh"], "", "takes one shell, not 2 words"),
        (["--show-completion=bash", "zsh"], "", "takes one shell, not 2 words"),
    ],
)
def test_a_shell_that_is_not_known_is_wrong_usage(
    monkeypatch: pytest.MonkeyPatch, words: list[str], shell: str, told: str
):
    monkeypatch.setenv("SHELL", shell)
    with pytest.raises(UsageError, match=told) as caught:
        run_completion(words)
    assert caught.value.hint == "Try: rc-tail --install-completion bash|zsh|fish"


def test_what_cannot_be_written_is_reported(home: Path):
    # A file in place of the folder: root may write nearly everywhere else.
    (home / ".config").touch()
    with pytest.raises(SinkError, match=r"rc-tail\.fish cannot be written: "):
        run_completion(["--install-completion", "fish"])


def test_the_program_takes_both_options(home: Path, capsys: pytest.CaptureFixture[str]):
    assert dispatch(["--show-completion", "fish"]) == ExitStatus.OK
    assert capsys.readouterr().out == script("fish")
    assert dispatch(["--install-completion=fish"]) == ExitStatus.OK
    assert (home / PLACES["fish"]).exists()
