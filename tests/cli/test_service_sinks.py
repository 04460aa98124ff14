"""Destinations in a unit file: their options, and their secrets by credentials."""

import shlex
from pathlib import Path

import pytest


def test_destinations_go_into_the_unit_and_secrets_are_passed_by_systemd(run, tmp_path: Path):
    token, headers = tmp_path / "token 5%", tmp_path / "headers"
    for file in (token, headers):
        file.write_text("s3cret")
    words = ["--forward-to", "localhost:3000/hook", "--forward-token-file", str(token)]
    words += ["--forward-header-file", str(headers), "--no-handshake"]
    words += ["--exec", 'sh -c "echo $RC_EVENT_TEXT 5%"', "--exec-timeout", "5s"]
    status, out, err = run("systemd", "sms", *words)
    assert (status, err) == (0, "")
    assert "s3cret" not in out
    (command,) = [line for line in out.splitlines() if line.startswith("ExecStart=")]
    unquoted = shlex.split(command.replace("$$", "$").replace("%%", "%"))
    assert [word.replace("${CREDENTIALS_DIRECTORY}", "/c") for word in unquoted[-11:]] == [
        *["--exec", 'sh -c "echo $RC_EVENT_TEXT 5%"', "--exec-timeout", "5s"],
        *["--forward-to", "localhost:3000/hook", "--forward-header-file", "/c/forward-header-file"],
        *["--forward-token-file", "/c/forward-token-file", "--no-handshake"],
    ]
    assert f"LoadCredential=forward-header-file:{headers}\n" in out
    assert f"LoadCredential=forward-token-file:{tmp_path}/token 5%%\n" in out
    assert "WorkingDirectory=%S/rc-tail\n" in out
    assert shlex.join(words[:2]) in out.split("[Unit]")[0]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--exec-jobs", "2"], "--exec-jobs requires --exec"),
        (["--forward-to", "ftp://x"], "--forward-to needs an http or https address"),
        (
            ["--forward-to", "localhost:1", "--forward-token-file", "-"],
            "--forward-token-file: a service has no standard input",
        ),
    ],
)
def test_destinations_that_cannot_work_are_refused_now(run, words, message):
    status, out, err = run("systemd", "sms", *words)
    assert (status, out) == (2, "")
    assert message in err
