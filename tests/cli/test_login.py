import fcntl
import json
import os
import pty
import re
import select
import signal
import stat
import subprocess
import termios
import time
from pathlib import Path

import pytest

from tests.cli.conftest import PROGRAM, ROOT, Shell
from tests.rest.platform import JWT, ME, REVOKE, TOKEN, LoopbackPlatform, Reply

PATIENCE = 60


def test_a_login_from_variables(platform: LoopbackPlatform, shell: Shell) -> None:
    done = shell.log_in()
    assert done.stdout == ""
    assert f"logging in to {platform.url}" in done.stderr
    assert "logged in as Ada Example, extension 101 (ada@example.com)" in done.stderr
    assert "app permissions: ReadMessages, ReadAccounts, WebSocketsSubscription" in done.stderr
    assert "sms" in done.stderr
    assert str(shell.profile) in done.stderr
    assert "the-jwt-of-ada" not in done.stderr
    assert "client-secret" not in done.stderr
    assert platform.paths() == [TOKEN, ME]
    assert stat.S_IMODE(shell.profile.stat().st_mode) == 0o600
    assert stat.S_IMODE(shell.profile.parent.stat().st_mode) == 0o700


def test_its_token_is_the_one_that_is_used_next(platform: LoopbackPlatform, shell: Shell) -> None:
    shell.log_in()
    (cache,) = (shell.folder / "cache" / "rc-tail" / "tokens").glob("*.json")
    assert cache.name == "profile-default.json"
    assert "access-token-l1" in cache.read_text()
    assert "Ada Example" in cache.read_text()


def test_a_public_app_has_no_secret(platform: LoopbackPlatform, shell: Shell) -> None:
    environ = {**shell.variables, "RC_APP_CLIENT_SECRET": ""}
    assert shell.run("login", environ=environ).status == 0
    assert platform.asked[0].form["client_id"] == "client-id"
    assert json.loads(shell.profile.read_text())["client_secret"] is None


@pytest.mark.parametrize("quotes", ["", "'"])
def test_an_env_file_goes_to_a_profile(
    platform: LoopbackPlatform, shell: Shell, tmp_path: Path, quotes: str
) -> None:
    path = tmp_path / "rc.env"
    path.write_text(
        "".join(
            f"export {name}={quotes}{value}{quotes}\n" for name, value in shell.variables.items()
        )
    )
    done = shell.run("login", "--profile", "work", "--env-file", str(path))
    assert done.status == 0
    assert shell.profile.with_name("work.json").exists()
    assert not shell.profile.exists()


def test_a_profile_may_be_named_by_a_variable(platform: LoopbackPlatform, shell: Shell) -> None:
    assert shell.run("login", environ={**shell.variables, "RC_PROFILE": "work"}).status == 0
    assert shell.profile.with_name("work.json").exists()


@pytest.mark.parametrize("dash", [True, False])
def test_a_jwt_from_a_file(
    platform: LoopbackPlatform, shell: Shell, tmp_path: Path, dash: bool
) -> None:
    path = tmp_path / "jwt"
    path.write_text(f'"{JWT}-in-a-file"\n')
    file = "-" if dash else str(path)
    done = shell.run(
        "login",
        "--jwt-file",
        file,
        environ=shell.variables,
        stdin=path.read_text() if dash else "",
    )
    assert done.status == 0
    assert platform.asked[0].form["assertion"] == f"{JWT}-in-a-file"


@pytest.mark.parametrize(
    ("contents", "words"),
    [
        (None, "No such file"),
        (b"", "does not contain a JWT"),
        (b"two words", "does not contain a JWT"),
        (b"\xff", "is not text"),
        (b"x" * 70_000, "is larger than 65536 bytes"),
    ],
)
def test_a_jwt_file_that_holds_none(
    platform: LoopbackPlatform, shell: Shell, tmp_path: Path, contents: bytes | None, words: str
) -> None:
    path = tmp_path / "jwt"
    if contents is not None:
        path.write_bytes(contents)
    done = shell.run("login", "--jwt-file", str(path), environ=shell.variables)
    assert done.status == 2
    assert words in done.stderr
    assert platform.asked == []


def test_what_the_app_lacks_is_reported(platform: LoopbackPlatform, shell: Shell) -> None:
    platform.scope = "ReadMessages"
    done = shell.log_in()
    assert "lacks the permission WebSocketsSubscription" in done.stderr


def test_an_app_that_may_not_read_names_can_log_in(
    platform: LoopbackPlatform, shell: Shell
) -> None:
    platform.answer(ME, Reply(403, {"errorCode": "CMN-401", "permissionName": "ReadAccounts"}))
    done = shell.log_in()
    assert "logged in as extension 400000101" in done.stderr
    assert "lacks the permission ReadAccounts" in done.stderr


def test_a_service_that_tells_neither_permissions_nor_owner(
    platform: LoopbackPlatform, shell: Shell
) -> None:
    platform.answer(TOKEN, Reply(200, {"access_token": "at-1", "expires_in": 60}))
    done = shell.log_in()
    assert "did not report the permissions of the app" in done.stderr
    assert "WebSocketsSubscription" not in done.stderr


@pytest.mark.parametrize(
    ("path", "replies", "status", "words", "revoked"),
    [
        (
            TOKEN,
            [Reply(400, {"error": "invalid_grant", "error_description": "no\x1b[2J"})],
            77,
            r"invalid_grant no\x1b[2J",
            False,
        ),
        (TOKEN, [Reply(401, {"error": "invalid_client"})], 77, "client secret", False),
        (
            TOKEN,
            [Reply(302, None, {"Location": "https://elsewhere.example"})],
            69,
            "redirect",
            False,
        ),
        (TOKEN, [Reply(429, None, {"Retry-After": "60"})], 75, "slow down", False),
        (TOKEN, [Reply(200, b"<html>")], 69, "a web page without a title", False),
        (TOKEN, [Reply(200, b"hello")], 76, "is not a JSON object", False),
        (ME, [Reply(503)], 75, "temporarily unavailable", True),
    ],
)
def test_nothing_is_stored_that_does_not_work(
    platform: LoopbackPlatform,
    shell: Shell,
    path: str,
    replies: list[Reply],
    status: int,
    words: str,
    revoked: bool,
) -> None:
    platform.answer(path, *replies)
    done = shell.run("login", environ=shell.variables)
    assert done.status == status
    assert words in done.stderr
    assert "\x1b" not in done.stderr
    assert "Traceback" not in done.stderr
    assert "the-jwt-of-ada" not in done.stderr
    assert not shell.profile.exists()
    assert (platform.count(REVOKE) == 1) is revoked


def test_a_failed_login_leaves_the_one_before(platform: LoopbackPlatform, shell: Shell) -> None:
    shell.log_in()
    before = shell.profile.read_bytes()
    platform.answer(TOKEN, Reply(400, {"error": "invalid_grant"}))
    assert shell.run("login", environ=shell.variables).status == 77
    assert shell.profile.read_bytes() == before


def test_where_no_profile_can_be_written_no_session_is_made(
    platform: LoopbackPlatform, shell: Shell
) -> None:
    (shell.folder / "config").write_text("")
    done = shell.run("login", environ=shell.variables)
    assert done.status == 78
    assert "a profile cannot be saved in " in done.stderr
    assert "Set XDG_CONFIG_HOME" in done.stderr
    assert platform.paths() == []


def test_a_damaged_profile_is_not_written_over(platform: LoopbackPlatform, shell: Shell) -> None:
    shell.log_in()
    shell.profile.write_text("junk")
    done = shell.run("login", environ=shell.variables)
    assert done.status == 78
    assert "move it away" in done.stderr
    assert shell.profile.read_text() == "junk"
    assert platform.logins == 1


def test_without_a_cache_the_session_ends_with_the_command(
    platform: LoopbackPlatform, shell: Shell
) -> None:
    (shell.folder / "cache").write_text("")
    done = shell.log_in()
    assert "cannot be cached" in done.stderr
    assert platform.paths() == [TOKEN, ME, REVOKE]
    assert shell.profile.exists()


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (["--server", "http://rc.example"], 78, "unencrypted"),
        (["--server", "rc.example"], 2, "--server"),
        (["--server", "https://rc.example", "--sandbox"], 2, "cannot be combined"),
        (["--profile", "../x"], 2, "not a valid profile name"),
        (["--env-file", "missing.env"], 78, "cannot be read"),
        (["--ca-bundle", "missing.pem"], 2, "missing.pem"),
        (["-q", "-v"], 2, "-q cannot be combined"),
        (["--password", "x"], 2, "--password"),
    ],
)
def test_bad_input(
    platform: LoopbackPlatform, shell: Shell, words: list[str], status: int, told: str
) -> None:
    done = shell.run("login", *words, environ=shell.variables)
    assert done.status == status
    assert told in done.stderr
    assert platform.asked == []
    assert not shell.profile.exists()


def test_nothing_is_asked_without_a_terminal(platform: LoopbackPlatform, shell: Shell) -> None:
    done = shell.run("login", "--server", shell.url, stdin="client-id\nsecret\njwt\n")
    assert done.status == 77
    assert "no terminal" in done.stderr
    assert "RC_USER_JWT" in done.stderr
    assert platform.asked == []


def test_messages_as_json(platform: LoopbackPlatform, shell: Shell) -> None:
    done = shell.log_in("--log-format", "json")
    records = [json.loads(line) for line in done.stderr.splitlines()]
    assert {record["event"] for record in records} == {"login"}
    assert any("sms" in record.get("events", []) for record in records)


def test_quiet_says_nothing_but_warnings(platform: LoopbackPlatform, shell: Shell) -> None:
    done = shell.log_in("-q")
    assert "logged in" not in done.stderr


def test_debug_shows_requests_without_secrets(platform: LoopbackPlatform, shell: Shell) -> None:
    done = shell.log_in("--debug")
    assert f"> POST {platform.url}/restapi/oauth/token" in done.stderr
    for secret in ("the-jwt-of-ada", "client-secret", "access-token-l1"):
        assert secret not in done.stderr


# Prompts, on a real terminal.


class Session:
    """A command on a pseudo-terminal."""

    def __init__(self, shell: Shell, *words: str, environ: dict[str, str] | None = None) -> None:
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [*PROGRAM, *words],
            env={**shell.environ, "TERM": "dumb", **(environ or {})},
            stdin=slave,
            stdout=subprocess.PIPE,
            stderr=slave,
            cwd=ROOT,
            start_new_session=True,
            # It is the controlling terminal, so that Ctrl-C is a signal.
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        self.slave = slave
        self.shown = ""

    def wait_for(self, text: str) -> None:
        ends = time.monotonic() + PATIENCE
        while text not in self.shown:
            assert time.monotonic() < ends, self.shown
            self._read(0.2)

    def _read(self, timeout: float) -> bool:
        ready, _, _ = select.select([self.master], [], [], timeout)
        if ready:
            self.shown += os.read(self.master, 65536).decode()
        return bool(ready)

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def type_hidden(self, text: str) -> None:
        """Type when nothing of it is shown: before that it would not be read as a secret."""
        ends = time.monotonic() + PATIENCE
        while self.echoes():
            assert time.monotonic() < ends, self.shown
            time.sleep(0.01)
        self.type(text)

    def echoes(self) -> bool:
        return bool(termios.tcgetattr(self.slave)[3] & termios.ECHO)

    def end(self) -> int:
        status = self.process.wait(PATIENCE)
        while self._read(0):
            pass
        assert self.process.stdout is not None
        self.process.stdout.close()
        os.close(self.master)
        os.close(self.slave)
        return status


def only_server(shell: Shell) -> dict[str, str]:
    return {"RC_SERVER_URL": shell.url}


def test_secrets_are_asked_for_without_being_shown(
    platform: LoopbackPlatform, shell: Shell
) -> None:
    # Longer than a terminal's own line may be.
    jwt = JWT + "x" * 5000
    session = Session(shell, "login", environ=only_server(shell))
    session.wait_for("Client ID: ")
    session.type("typed-id\n")
    session.wait_for("Client secret")
    session.type_hidden("typed-secrex\x7ft\n")
    session.wait_for("JWT (hidden): ")
    for start in range(0, len(jwt), 1000):
        session.type_hidden(jwt[start : start + 1000])
    session.type("\n")
    session.wait_for("stored as profile")
    assert session.echoes()
    assert session.end() == 0
    assert platform.asked[0].form["assertion"] == jwt
    stored = json.loads(shell.profile.read_text())
    assert (stored["client_id"], stored["client_secret"]) == ("typed-id", "typed-secret")
    assert "typed-id" in session.shown
    assert "typed-secre" not in session.shown
    assert "xxxx" not in session.shown


def test_a_public_app_answers_with_nothing(platform: LoopbackPlatform, shell: Shell) -> None:
    session = Session(shell, "login", environ=only_server(shell))
    session.wait_for("Client ID: ")
    session.type("typed-id\n")
    session.wait_for("Client secret")
    session.type_hidden("\n")
    session.wait_for("JWT (hidden): ")
    session.type_hidden(f"wrong\x15{JWT}\n")
    assert session.end() == 0
    assert platform.asked[0].form["assertion"] == JWT
    assert platform.asked[0].form["client_id"] == "typed-id"


def test_answers_that_are_pasted_at_once(platform: LoopbackPlatform, shell: Shell) -> None:
    environ = {**only_server(shell), "RC_APP_CLIENT_ID": "client-id"}
    session = Session(shell, "login", environ=environ)
    session.wait_for("Client secret")
    session.type_hidden(f"pasted-secret\n{JWT}\n")
    assert session.end() == 0
    assert platform.asked[0].form["assertion"] == JWT


def test_a_jwt_from_standard_input_that_is_a_terminal(
    platform: LoopbackPlatform, shell: Shell
) -> None:
    environ = {**shell.variables, "RC_USER_JWT": ""}
    session = Session(shell, "login", "--jwt-file", "-", environ=environ)
    session.wait_for("JWT (hidden): ")
    session.type_hidden(f"{JWT}\n")
    assert session.end() == 0
    assert platform.asked[0].form["assertion"] == JWT


def test_it_says_where_the_values_are_found_and_asks_again(
    platform: LoopbackPlatform, shell: Shell
) -> None:
    session = Session(shell, "login", environ=only_server(shell))
    session.wait_for("Client ID: ")
    shown = " ".join(session.shown.split())
    for words in ("https://developers.ringcentral.com/", "REST API App", "JWT auth flow"):
        assert words in shown
    session.type("\n")
    session.wait_for("a client ID is required")
    session.type("typed-id\n")
    session.wait_for("Client secret")
    session.type_hidden("\n")
    session.wait_for("JWT (hidden): ")
    session.type_hidden("\n")
    session.wait_for("a JWT is required")
    session.type("half-of-a-jwt\n")
    session.wait_for("this does not look like a JWT")
    assert platform.asked == []
    # As wide as an editor or a mail wraps it, 2 KB long, in one write.
    long = f"{JWT}{'x' * 2000}"
    lines = [long[start : start + 72] for start in range(0, len(long), 72)]
    session.type('"' + "\r".join(lines) + '"\r')
    session.wait_for("stored as profile")
    assert session.end() == 0
    assert platform.asked[0].form["assertion"] == long
    assert "half-of-a-jwt" not in session.shown


@pytest.mark.parametrize("typed", ["\x04", "\x03"])
@pytest.mark.parametrize("question", ["Client ID: ", "JWT (hidden): "])
def test_a_prompt_ends_quietly(
    platform: LoopbackPlatform, shell: Shell, typed: str, question: str
) -> None:
    words = [] if question == "Client ID: " else ["--jwt-file", "-"]
    environ = {**only_server(shell), "RC_APP_CLIENT_ID": "i"} if words else only_server(shell)
    session = Session(shell, "login", *words, environ=environ)
    session.wait_for(question)
    if words:
        session.type_hidden(typed)
    else:
        session.type(typed)
    assert session.end() == -signal.SIGINT
    # The terminal shows the key itself, or nothing.
    assert re.fullmatch(r"(\^[CD]|\x08)*\s*", session.shown.rpartition(question)[2])
    assert platform.asked == []


def test_what_overrides_the_stored_login_is_said(
    platform: LoopbackPlatform, shell: Shell, tmp_path: Path
) -> None:
    same = "RC_APP_CLIENT_ID and RC_USER_JWT are set in the environment and override profile"
    assert f"rc-tail: {same} 'default'" in shell.log_in().stderr
    path = tmp_path / "jwt"
    path.write_text(f"{JWT}-other")
    done = shell.run("login", "--jwt-file", str(path), environ=shell.variables)
    assert f"rc-tail: {same} 'default': unset them, or use --profile default" in done.stderr
    done = shell.log_in("-q")
    assert done.stderr == ""


def test_ctrl_c_at_a_hidden_question_leaves_the_terminal_as_it_was(
    platform: LoopbackPlatform, shell: Shell
) -> None:
    environ = {**only_server(shell), "RC_APP_CLIENT_ID": "client-id"}
    session = Session(shell, "login", environ=environ)
    session.wait_for("Client secret")
    session.type_hidden("half")
    session.process.send_signal(signal.SIGINT)
    assert session.process.wait(PATIENCE) == -signal.SIGINT
    assert session.echoes()
    session.end()
    assert "half" not in session.shown
