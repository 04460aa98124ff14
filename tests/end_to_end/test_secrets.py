"""No secret of a whole run is anywhere but in the stores that are made for it."""

import base64
import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from rc_tail.simulator.instance import Simulator
from rc_tail.simulator.service.ids import Ids
from rc_tail.simulator.service.options import Options
from tests.end_to_end.processes import Tail, Tails, environ_in, eventually
from tests.keyring_backend import BACKEND, FOLDER, MOOD

CLIENT_ID = "app-of-the-test"
# With everything that is written otherwise in addresses, forms and JSON. None looks like a secret.
CLIENT_SECRET = 'hush/+&=%"hush'
JWT = "e30.quiet-words_of.some-ada"
WRONG_SECRET, WRONG_JWT = "wrong/+secret&hush", "e30.quiet-words_of.some-bob"
# Where secrets may be, from the home of the user.
STORES = ("config/rc-tail/profiles/", "cache/rc-tail/tokens/", "state/rc-tail/resume/")
# Breaks where secrets are at hand, in the way that no author thinks of.
CRASH = """
from rc_tail.rest.client import RestClient

def broken(self, access_token):
    raise KeyError("came upon " + access_token) from ValueError(repr({"jwt": %r}))

RestClient.wstoken = broken
from rc_tail.__main__ import main
main()
"""


def spellings(secret: str) -> set[str]:
    """A secret as it is, and as it is written in forms, addresses and JSON."""
    return {
        secret,
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        repr(secret)[1:-1],
    }


@dataclass
class Evidence:
    """Everything that came of the run.

    Attributes:
        outputs: What each command printed, on both streams.
        files: The contents of each file that was there at any time, by its path in the home.
        modes: The modes of the stores' files and folders.
        secrets: Every spelling of every secret, under what it is.
    """

    outputs: dict[str, str] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    modes: dict[str, int] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)

    def know(self, what: str, *secrets: str) -> None:
        for secret in secrets:
            self.secrets |= dict.fromkeys(spellings(secret), what)

    def look_at(self, home: Path) -> None:
        """Keep what is in the home now."""
        for path in home.rglob("*"):
            name = path.relative_to(home).as_posix()
            if path.is_file():
                # A later look must not hide what an earlier one found.
                self.files[name] = self.files.get(name, b"") + path.read_bytes()
            if f"{name}/".startswith(STORES):
                self.modes[name] = stat.S_IMODE(path.stat().st_mode)

    def found_in(self, text: str) -> set[str]:
        return {what for secret, what in self.secrets.items() if secret in text}


class Run:
    """A whole run in one home.

    Args:
        tails: Starts processes.
        simulator: What they talk to.
        home: Where their user lives.
    """

    def __init__(self, tails: Tails, simulator: Simulator, home: Path) -> None:
        self.tails, self.simulator, self.home = tails, simulator, home
        self.evidence = Evidence()
        self.login = {
            "RC_SERVER_URL": simulator.url,
            "RC_APP_CLIENT_ID": CLIENT_ID,
            "RC_APP_CLIENT_SECRET": CLIENT_SECRET,
            "RC_USER_JWT": JWT,
        }

    def with_login(self, **differently: str) -> dict[str, Any]:
        """The variables of the login, some of them changed."""
        return {**self.login, **differently}

    def start(self, *words: str, **variables: str) -> Tail:
        # Nobody's own keyring, unless a test brings one.
        alone = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
        return self.tails(*words, home=self.home, variables={**alone, **variables})

    def ends(self, running: Tail, status: int, name: str) -> None:
        """It ends so; what it printed is kept."""
        ended = running.wait()
        self.keep(name, "\n".join(running.lines()), running.told)
        assert ended == status, f"{name}: {ended}\n{running.told}"

    def keep(self, name: str, *texts: str) -> None:
        self.evidence.outputs[name] = "\n".join(texts)
        self.evidence.look_at(self.home)

    def does(self, *words: str, status: int = 0, **variables: str) -> None:
        name = f"{len(self.evidence.outputs)}: {' '.join(words)}"
        self.ends(self.start(*words, **variables), status, name)


def walk(run: Run) -> None:
    """All that a user does in the life of a login, told in as many words as there are."""
    refuse_wrong_logins(run)
    run.does("login", "--debug", **run.with_login())
    for words in (["whoami", "-v"], ["whoami", "--json"], ["profiles", "--json"]):
        run.does(*words)
    run.does("doctor", "--debug")
    run.does("doctor", "sms", "--json", "--debug", "--log-format", "json")
    tail_with_cuts(run)
    continue_after_a_kill(run)
    run_commands(run)
    crash(run)
    run.does("logout", "--debug")
    run.does("sms", status=77)


def refuse_wrong_logins(run: Run) -> None:
    run.simulator.fault("unauthorized", on="token")
    run.does("login", "--debug", status=77, **run.with_login(RC_USER_JWT=WRONG_JWT))
    wrong = run.with_login(RC_APP_CLIENT_SECRET=WRONG_SECRET)
    run.does("login", "--debug", "--log-format", "json", status=77, **wrong)
    run.does("doctor", "--json", "-v", status=77, **wrong)


def tail_with_cuts(run: Run) -> None:
    """A tail that loses its connection, its session and its login, and goes on."""
    simulator = run.simulator
    health = str(run.home / "health.json")
    tail = run.start(
        *("sms", "--output", "frame", "--resume", "inbox", "--debug", "--log-format", "json"),
        *("--health-file", health, "--ready-file", str(run.home / "ready")),
    ).wait_ready()
    simulator.send("sms", text="one")
    tail.lines(1)
    run.evidence.look_at(run.home)
    simulator.cut()
    # The second line says that the session was recovered.
    tail.wait_told('"event": "reconnect"')
    simulator.send("sms", text="two")
    tail.lines(2)
    simulator.fault("recovery-failed")
    tail.wait_told('"event": "gap"')
    simulator.fault("session-revoked")
    tail.wait_told('"event": "gap"', 2)
    simulator.send("sms", text="three")
    tail.lines(3)
    run.evidence.look_at(run.home)
    tail.stop(signal.SIGTERM)
    run.keep("a tail with cuts", "\n".join(tail.lines()), tail.told)


def continue_after_a_kill(run: Run) -> None:
    tail = run.start("sms", "--resume", "inbox", "--debug").wait_ready()
    tail.kill()
    run.keep("a tail that was killed", tail.told)
    tail = run.start("sms", "--resume", "inbox", "-v", "-n", "1", "--json").wait_ready()
    run.simulator.send("sms", text="four")
    run.ends(tail, 0, "a tail that continues")


def run_commands(run: Run) -> None:
    """Commands that are run for events see what a program sees: its environment and input."""
    tail = run.start("sms", "-n", "1", "--exec", "sh -c 'env; cat'", **run.login).wait_ready()
    run.simulator.send("sms", text="five")
    run.ends(tail, 0, "--exec env")
    assert "RC_EVENT_TEXT=five" in run.evidence.outputs["--exec env"]


def crash(run: Run) -> None:
    for words in (["sms", "--debug"], ["doctor"]):
        ran = subprocess.run(
            [sys.executable, "-c", CRASH % JWT, *words],
            env=environ_in(run.home, {}),
            cwd=run.home,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert ran.returncode == 1, ran.stderr
        assert "KeyError" in ran.stderr
        assert "ValueError" in ran.stderr
        run.keep(f"a crash of {words[0]}", ran.stdout, ran.stderr)


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    folder = tmp_path_factory.mktemp("secrets")
    home = folder / "home"
    home.mkdir()
    issued: list[tuple[str, str]] = []
    make = Ids.token

    def token(self: Ids, prefix: str) -> str:
        issued.append((prefix, make(self, prefix)))
        return issued[-1][1]

    options = Options(
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        jwt=JWT,
        refresh_tokens=True,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Ids, "token", token)
        with Simulator(options) as simulator, Tails(folder, {}) as tails:
            run = Run(tails, simulator, home)
            walk(run)
    found = run.evidence
    for what, secret in issued:
        found.know(what, secret)
    for secret in (CLIENT_SECRET, WRONG_SECRET):
        pair = f"{CLIENT_ID}:{secret}".encode()
        found.know("client secret", secret, base64.b64encode(pair).decode())
    found.know("JWT", JWT)
    return found


pytestmark = pytest.mark.slow


def test_the_run_had_secrets_of_all_sorts(evidence: Evidence) -> None:
    kinds = set(evidence.secrets.values())
    assert {"WST-", "WSC-", "client secret", "JWT"} < kinds
    # An access token and a refresh token besides.
    assert len(kinds) >= 6
    stored = b"".join(evidence.files.values()).decode(errors="replace")
    # Otherwise nothing would be shown by not finding them elsewhere.
    assert evidence.found_in(stored) >= {"WSC-", "client secret", "JWT"}


def test_no_output_has_a_secret(evidence: Evidence) -> None:
    assert len(evidence.outputs) > 12
    leaks = {name: evidence.found_in(text) for name, text in evidence.outputs.items()}
    assert {name: found for name, found in leaks.items() if found} == {}


def test_debug_output_shows_requests_and_frames_all_the_same(evidence: Evidence) -> None:
    told = evidence.outputs["a tail with cuts"]
    for words in ("/restapi/oauth/wstoken", "ConnectionDetails", "wsc", "***"):
        assert words in told


def test_secrets_are_in_their_stores_only(evidence: Evidence) -> None:
    leaks = {
        name: evidence.found_in(data.decode(errors="replace"))
        for name, data in evidence.files.items()
        if not name.startswith(STORES)
    }
    assert "health.json" in leaks
    assert {name: found for name, found in leaks.items() if found} == {}


def test_access_and_refresh_tokens_are_in_the_token_cache_only(evidence: Evidence) -> None:
    cached: set[str] = set()
    assert {name.partition("/")[0] for name in evidence.files} >= {"state", "config", "cache"}
    for name, data in evidence.files.items():
        found = evidence.found_in(data.decode(errors="replace"))
        if name.startswith("state/"):
            assert found <= {"WSC-"}, name
        if name.startswith("config/"):
            assert found <= {"client secret", "JWT"}, name
        if name.startswith("cache/"):
            assert found.isdisjoint({"WSC-", "WST-", "client secret", "JWT"}), name
            cached |= found
    assert cached


def test_stores_are_for_their_owner_alone(evidence: Evidence) -> None:
    files = {name: mode for name, mode in evidence.modes.items() if name in evidence.files}
    folders = {name: mode for name, mode in evidence.modes.items() if name not in evidence.files}
    assert len(files) >= 3
    assert len(folders) >= 3
    assert set(files.values()) == {0o600}, files
    assert set(folders.values()) == {0o700}, folders


# The keyring, with the program's own search for it.


@pytest.fixture
def ringed(tmp_path: Path) -> Iterator[Callable[..., tuple[Run, dict[str, str]]]]:
    """Runs whose secrets can go into a keyring."""
    options = Options(client_id=CLIENT_ID, client_secret=CLIENT_SECRET, jwt=JWT)
    ring = {**BACKEND, FOLDER: str(tmp_path / "ring")}
    home = tmp_path / "home"
    home.mkdir()
    with Simulator(options) as simulator, Tails(tmp_path, {}) as tails:
        yield lambda **more: (Run(tails, simulator, home), {**ring, **more})


def test_with_a_keyring_no_file_has_the_login(ringed, tmp_path: Path) -> None:
    run, ring = ringed()
    run.does("login", **run.login, **ring)
    assert "are in the keyring" in run.evidence.outputs["0: login"]
    tail = run.start("sms", "-n", "1", **ring).wait_ready()
    run.simulator.send("sms")
    run.ends(tail, 0, "tail")
    run.does("doctor", "sms", "-v", **ring)
    assert "in the keyring" in run.evidence.outputs["2: doctor sms -v"]
    run.evidence.know("login", CLIENT_SECRET, JWT)
    everything = b"".join(run.evidence.files.values()).decode(errors="replace")
    assert run.evidence.found_in(everything) == set()
    assert JWT in (tmp_path / "ring" / "passwords.json").read_text()
    run.does("logout", **ring)
    assert (tmp_path / "ring" / "passwords.json").read_text() == "{}"


@pytest.mark.parametrize(
    ("mood", "words"), [("hangs", "did not answer within 3 s"), ("breaks", "the keyring failed")]
)
def test_a_keyring_in_trouble_is_reported_and_the_file_used(ringed, mood: str, words: str) -> None:
    run, ring = ringed(**{MOOD: mood})
    run.does("login", **run.login, **ring)
    told = run.evidence.outputs["0: login"]
    assert words in told
    assert "in a file that only you can read" in told
    profile = run.home / "config" / "rc-tail" / "profiles" / "default.json"
    assert stat.S_IMODE(profile.stat().st_mode) == 0o600
    run.does("whoami", **ring)


def test_a_keyring_that_is_locked_later_is_reported_with_the_cure(ringed) -> None:
    run, ring = ringed()
    run.does("login", **run.login, **ring)
    run.does("sms", status=78, **ring, **{MOOD: "breaks"})
    assert "Unlock it" in run.evidence.outputs["1: sms"]
    assert os.environ.get(MOOD) is None
    eventually(lambda: run.simulator.subscribers() == [], "nobody listens")
