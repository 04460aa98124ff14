import contextlib
import json
import os
import pty
import subprocess

import pytest

from tests.cli.conftest import PROGRAM, ROOT, Shell
from tests.rest.platform import ADA, ME, TOKEN, LoopbackPlatform, Reply


def test_who_is_logged_in_is_reported_without_asking(
    platform: LoopbackPlatform, shell: Shell
) -> None:
    shell.log_in()
    asked = len(platform.asked)
    done = shell.run("whoami")
    assert (done.status, done.stderr) == (0, "")
    *_, events = done.stdout.splitlines()
    assert done.stdout.splitlines() == [
        "user         Ada Example, extension 101 (ada@example.com)",
        "account      400000001",
        "app          client-id",
        f"server       {shell.url}",
        "credentials  profile default",
        "permissions  ReadMessages, ReadAccounts, WebSocketsSubscription",
        events,
    ]
    assert events.startswith("events       sms, voicemail")
    assert len(platform.asked) == asked


def test_one_json_object(shell: Shell) -> None:
    shell.log_in("--profile", "work")
    done = shell.run("whoami", "--json", "--profile", "work")
    assert done.stdout.count("\n") == 1
    assert json.loads(done.stdout) == {
        "account_id": "400000001",
        "extension_id": "400000101",
        "extension_number": "101",
        "name": "Ada Example",
        "email": "ada@example.com",
        "server": shell.url,
        "origin": "profile work",
        "profile": "work",
        "client_id": "client-id",
        "scope": ["ReadMessages", "ReadAccounts", "WebSocketsSubscription"],
    }


def test_not_logged_in(shell: Shell) -> None:
    for words in (["whoami"], ["whoami", "--json"], ["whoami", "--profile", "work"]):
        done = shell.run(*words)
        assert (done.status, done.stdout) == (77, "")
        assert "rc-tail login" in done.stderr


def test_credentials_of_the_environment_are_asked_about_once(
    platform: LoopbackPlatform, shell: Shell
) -> None:
    done = shell.run("whoami", environ=shell.variables)
    assert done.status == 0
    assert "user         Ada Example, extension 101" in done.stdout
    assert "credentials  environment (RC_*)" in done.stdout
    done = shell.run("whoami", "--json", environ=shell.variables)
    facts = json.loads(done.stdout)
    assert (facts["origin"], facts["profile"]) == ("environment (RC_*)", None)
    assert facts["name"] == "Ada Example"
    assert platform.paths() == [TOKEN, ME]


def test_after_a_login_it_knows_who_with_the_variables_still_set(shell: Shell) -> None:
    shell.log_in()
    assert "Ada Example" in shell.run("whoami", environ=shell.variables).stdout


def test_an_app_that_cannot_read_names_is_not_asked_again(
    platform: LoopbackPlatform, shell: Shell
) -> None:
    platform.answer(ME, Reply(403, {"errorCode": "CMN-401", "permissionName": "ReadAccounts"}))
    for _ in range(2):
        done = shell.run("whoami", environ=shell.variables)
        assert "extension 400000101 (the app cannot read names" in done.stdout
    assert platform.paths() == [TOKEN, ME]


def test_credentials_that_are_refused(platform: LoopbackPlatform, shell: Shell) -> None:
    platform.answer(TOKEN, Reply(400, {"error": "invalid_grant"}))
    done = shell.run("whoami", environ=shell.variables)
    assert (done.status, done.stdout) == (77, "")


@pytest.mark.parametrize("columns", [40, 60, 80])
@pytest.mark.parametrize("command", ["whoami", "profiles"])
def test_on_a_terminal_it_wraps_and_nothing_is_cut(
    shell: Shell, columns: int, command: str
) -> None:
    shell.log_in()
    piped = shell.run(command)
    master, slave = pty.openpty()
    done = subprocess.run(
        [*PROGRAM, command],
        env={**shell.environ, "COLUMNS": str(columns)},
        cwd=ROOT,
        stdin=slave,
        stdout=slave,
        timeout=60,
    )
    os.close(slave)
    shown = b""
    with contextlib.suppress(OSError):
        while data := os.read(master, 65536):
            shown += data
    os.close(master)
    assert done.returncode == 0
    lines = shown.decode().splitlines()
    assert max(map(len, lines)) <= columns
    assert "".join(shown.decode().split()) == "".join(piped.stdout.split())


def test_the_profile_that_is_named_wins_over_the_environment(shell: Shell) -> None:
    shell.log_in()
    done = shell.run("whoami", "--profile", "default", environ=shell.variables)
    assert "credentials  profile default" in done.stdout


def test_with_v_it_says_which_credentials_were_used(shell: Shell) -> None:
    shell.log_in()
    done = shell.run("whoami", "-v", environ=shell.variables)
    assert "using the credentials of the environment (RC_*)" in done.stderr


def test_half_of_the_variables_is_reported(shell: Shell) -> None:
    shell.log_in()
    done = shell.run("whoami", environ={"RC_USER_JWT": "x-jwt"})
    assert done.status == 0
    assert "RC_APP_CLIENT_ID is not" in done.stderr


@pytest.mark.parametrize("option", ["", "--json"])
def test_names_from_the_network_are_harmless(
    platform: LoopbackPlatform, shell: Shell, option: str
) -> None:
    platform.answer(ME, Reply(200, {**ADA, "name": "Ada\n\x1b[31m\u202e"}))
    shell.log_in()
    done = shell.run("whoami", *filter(None, [option]))
    assert "\x1b" not in done.stdout
    assert "\u202e" not in done.stdout
    assert "\\u202e" in done.stdout


def test_a_damaged_token_cache_is_left_for_the_next_login(shell: Shell) -> None:
    shell.log_in()
    cache = shell.folder / "cache" / "rc-tail" / "tokens" / "profile-default.json"
    cache.write_text("junk")
    assert shell.run("whoami").status == 0
    assert cache.read_text() == "junk"


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["--server", "https://other.example"], 78),
        (["--sandbox"], 78),
        (["--profile", "a/b"], 2),
        (["--profile", "work", "--env-file", "x"], 2),
    ],
)
def test_bad_input(shell: Shell, words: list[str], status: int) -> None:
    shell.log_in()
    done = shell.run("whoami", *words)
    assert (done.status, done.stdout) == (status, "")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "winner", "losers"),
    [
        (
            [],
            "using the credentials of the environment (RC_*)",
            ["profile 'default': the environ"],
        ),
        (["--profile", "default"], "using profile 'default'", ["--profile takes precedence"]),
        (
            ["--env-file", "{file}"],
            "using the credentials of the env file",
            ["--env-file takes precedence", "profile 'default': the env file"],
        ),
        (
            ["--server", "http://localhost:{port}"],
            "at http://localhost:",
            ["--server takes precedence", "profile 'default'"],
        ),
    ],
)
def test_with_v_it_says_who_won_over_whom(shell: Shell, words, winner, losers) -> None:
    shell.log_in()
    file = shell.folder / "env"
    file.write_text("".join(f"{name}={value}\n" for name, value in shell.variables.items()))
    port = shell.url.rpartition(":")[2]
    given = [word.format(file=file, port=port) for word in words]
    done = shell.run("whoami", "-v", *given, environ=shell.variables)
    assert done.status == 0
    assert winner in done.stderr
    for loser in losers:
        assert loser in done.stderr
    assert "not used" not in shell.run("whoami", *given, environ=shell.variables).stderr
