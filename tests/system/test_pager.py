import shutil

import pytest

from rc_tail.system.pager import pager_command, show_in_pager


@pytest.mark.parametrize(
    ("variables", "command"),
    [
        ({"PAGER": "less -S"}, ["less", "-S"]),
        ({"PAGER": "'/opt/my pager' -x"}, ["/opt/my pager", "-x"]),
        ({"PAGER": "cat"}, []),
        ({"PAGER": ""}, []),
        ({"PAGER": " "}, []),
        ({"PAGER": "less", "TERM": "dumb"}, []),
    ],
)
def test_the_variable_names_the_pager(variables, command):
    assert pager_command({"TERM": "xterm", **variables}) == command


def test_a_quote_that_is_not_closed_is_an_error():
    with pytest.raises(ValueError, match="quot"):
        pager_command({"TERM": "xterm", "PAGER": "less 'x"})


@pytest.mark.parametrize(
    ("installed", "command"), [("less more", ["less"]), ("more", ["more"]), ("", [])]
)
def test_without_the_variable_it_is_one_that_is_installed(
    tmp_path, monkeypatch, installed, command
):
    for name in installed.split():
        program = tmp_path / name
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert pager_command({"TERM": "xterm"}) == command


def test_the_pager_gets_the_text_and_the_settings_of_git(tmp_path, capfd):
    environ = {"LV": "-x"}
    command = [shutil.which("sh") or "", "-c", "echo $LESS $LV; exec cat"]
    show_in_pager("one\ntwo\n", command, environ)
    assert capfd.readouterr().out == "FRX -x\none\ntwo\n"
    show_in_pager("", command, {"LESS": "S"})
    assert capfd.readouterr().out == "S -c\n"


def test_a_pager_that_reads_nothing_is_no_failure(capfd):
    show_in_pager("text\n" * 100_000, [shutil.which("true") or ""], {})
    assert capfd.readouterr() == ("", "")


def test_a_pager_that_is_missing_is_an_error():
    with pytest.raises(FileNotFoundError):
        show_in_pager("text", ["/no/such/pager"], {})
