"""Makes samples of the files that rc-tail leaves: ``python -m tests.state.make_samples FOLDER``.

Each sample is a folder of FOLDER: a home directory in which the real command ran against a real
simulator. The samples in ``tests/data/earlier_version`` were made so, once. They are not made
again when the program changes: they show that it still reads what an earlier version wrote.
"""

import json
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from rc_tail.simulator.instance import Simulator
from rc_tail.simulator.service.options import Options
from tests.end_to_end.processes import Tail, Tails, eventually
from tests.keyring_backend import BACKEND, FOLDER

# The same for every sample, so that the addresses and the hashes in them are the same.
PORT = 53117
NO_KEYRING = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
# Empty files that say which names are locked are kept; so is all that the program reads.
_KEPT = {".json", ".jsonl", ".lock", ".pem", ".url", ".waiting"}


class Home:
    """One sample: the home of a user, and the simulator that the user's commands talk to.

    Args:
        folder: The home.
        simulator: The simulator.
        tails: Starts commands.
    """

    def __init__(self, folder: Path, simulator: Simulator, tails: Tails) -> None:
        self.folder, self.simulator, self._tails = folder, simulator, tails
        self.sent = 0

    def start(self, *words: str, **variables: str) -> Tail:
        return self._tails(*words, home=self.folder, environ={**NO_KEYRING, **variables})

    def run(self, *words: str, **variables: str) -> None:
        """Run a command that succeeds, to its end."""
        self.start(*words, **variables).ends_with(0)

    def state(self, name: str = "inbox") -> Mapping[str, Any]:
        """The stored state of ``--resume``."""
        path = self.folder / "state" / "rc-tail" / "resume" / f"{name}.json"
        state: Mapping[str, Any] = json.loads(path.read_text())["state"]
        return state

    def wait_saved(self, happened: Callable[[Mapping[str, Any]], bool], what: str) -> None:
        eventually(lambda: happened(self.state()), what)

    def receive(self, running: Tail, *texts: str) -> None:
        """Let texts come in one after the other; wait until all so far are printed and saved."""
        for text in texts:
            self.simulator.send("sms", text=text)
            self.sent += 1
        running.lines(self.sent)
        self.wait_saved(lambda state: len(state["keys"]) == self.sent, "all are saved")


def kill(running: Tail) -> None:
    assert running.stop(signal.SIGKILL) == -signal.SIGKILL


def stop(running: Tail) -> None:
    assert running.stop() == -signal.SIGTERM


# The situations. A sample has the name of its function.


def clean_end(home: Home) -> None:
    running = home.start("sms", "--resume", "inbox").wait_ready()
    home.receive(running, "one", "two")
    stop(running)


def killed(home: Home) -> None:
    running = home.start("sms", "--resume", "inbox").wait_ready()
    home.receive(running, "one", "two", "three")
    kill(running)


def killed_in_gap(home: Home) -> None:
    """Killed when it was connected again, and the time of the outage was not filled yet."""
    running = home.start("sms", "--resume", "inbox").wait_ready()
    home.receive(running, "one")
    home.simulator.fault("slow-answer", on="history", delay="10m")
    home.simulator.fault("recovery-failed", code="WSG-1005")
    running.wait_ready(2)
    home.receive(running, "two")
    home.wait_saved(lambda state: state["printed_until"] < state["last_frame"], "the gap is saved")
    kill(running)


def killed_offline(home: Home) -> None:
    """Killed while it tried to connect again."""
    running = home.start("sms", "--resume", "inbox").wait_ready()
    home.receive(running, "one")
    home.simulator.fault("unavailable", on="wstoken", count=99)
    home.simulator.fault("reset")
    running.wait_told("connection")
    home.wait_saved(lambda state: not state["whole"], "the gap is saved")
    kill(running)


def left_by_count(home: Home) -> None:
    """Five events in one go, of which two were to be printed; the others wait."""
    running = home.start("sms", "--resume", "inbox", "--count", "2").wait_ready()
    for text in ("one", "two", "three", "four", "five"):
        home.simulator.send("sms", text=text)
    running.ends_with(0)
    waiting = home.state()["waiting"]
    assert waiting is not None
    assert waiting["count"] == 3


def left_by_count_twice(home: Home) -> None:
    """The same, and then one of those that waited was printed."""
    left_by_count(home)
    home.run("sms", "--resume", "inbox", "--count", "1")
    assert home.state()["waiting"]["printed"] == 1


def gap_not_filled(home: Home) -> None:
    """Ended in order, before the time of an outage was filled."""
    running = home.start("sms", "--resume", "inbox").wait_ready()
    home.receive(running, "one")
    home.simulator.fault("slow-answer", on="history", delay="10m")
    home.simulator.fault("recovery-failed", code="WSG-1005")
    running.wait_ready(2)
    home.receive(running, "two")
    stop(running)


def past_events_not_read(home: Home) -> None:
    """Killed before the past events of ``--since`` were read."""
    home.simulator.send("sms", text="earlier")
    home.simulator.fault("slow-answer", on="history", delay="10m")
    running = home.start("sms", "--resume", "inbox", "--since", "1h").wait_ready()
    home.wait_saved(lambda state: state["wsc"] is not None, "the session is saved")
    kill(running)


def several_kinds(home: Home) -> None:
    """Several kinds of events, with the past events of an hour."""
    home.simulator.send("sms", text="earlier")
    home.simulator.send("voicemail")
    events = ("sms", "voicemail", "calls:direction=Inbound", "presence")
    running = home.start(*events, "--resume", "inbox", "--since", "1h").wait_ready()
    running.lines(2)
    home.simulator.send("sms", text="now")
    home.simulator.send("presence")
    home.simulator.send("calls")
    running.lines(5)
    stop(running)


def killed_without_resume(home: Home) -> None:
    """Killed with one subscription that had ended, and one that lived."""
    running = home.start("sms").wait_ready()
    home.simulator.fault("session-revoked")
    running.wait_ready(2)
    home.simulator.send("sms", text="one")
    running.lines(1)
    kill(running)


def logins(home: Home) -> None:
    """Three profiles: secrets in the file, in the keyring, and of an app without a secret."""
    home.run("login")
    home.run("login", "--profile", "work", **BACKEND, **{FOLDER: str(home.folder / "keyring")})
    home.run("login", "--profile", "public", RC_APP_CLIENT_SECRET="")


def refresh_tokens(home: Home) -> None:
    """A login by variables, whose app issues refresh tokens; ``doctor`` asked for the name."""
    home.run("sms", "--since", "1h", "--no-follow")
    home.start("doctor", "sms").wait()


def rate_limited(home: Home) -> None:
    """The service refused a login, and said for how long."""
    home.run("sms", "--since", "1h", "--no-follow")
    (tokens,) = (home.folder / "cache" / "rc-tail" / "tokens").glob("*.json")
    tokens.unlink()
    home.simulator.fault("rate-limited", on="token", retry_after="50")
    running = home.start("sms")
    running.wait_told("trying again")
    kill(running)


def simulators(home: Home) -> None:
    """A simulator that speaks https, killed."""
    running = home.start("simulator", "run", "--tls", "--port", str(PORT + 1))
    written = home.folder / "state" / "rc-tail" / "simulators" / f"{PORT + 1}.url"
    eventually(written.exists, "the address is written")
    kill(running)


def recordings(home: Home) -> None:
    """What ``--json`` and ``--output frame`` print; they are read by ``rc-tail show``."""
    for output in ("json", "frame"):
        running = home.start("sms", "fax", "-o", output, "-n", "2").wait_ready()
        home.simulator.send("sms", text="one")
        home.simulator.send("fax")
        running.ends_with(0)
        recording = "".join(f"{line}\n" for line in running.lines())
        (home.folder / f"recorded-{output}.jsonl").write_text(recording)
    shutil.rmtree(home.folder / "cache")


SITUATIONS: Mapping[Callable[[Home], None], Options] = {
    clean_end: Options(port=PORT),
    killed: Options(port=PORT),
    killed_in_gap: Options(port=PORT),
    killed_offline: Options(port=PORT),
    left_by_count: Options(port=PORT),
    left_by_count_twice: Options(port=PORT),
    gap_not_filled: Options(port=PORT),
    past_events_not_read: Options(port=PORT),
    several_kinds: Options(port=PORT),
    killed_without_resume: Options(port=PORT),
    logins: Options(port=PORT),
    refresh_tokens: Options(port=PORT, refresh_tokens=True),
    rate_limited: Options(port=PORT),
    simulators: Options(port=PORT),
    recordings: Options(port=PORT),
}


@contextmanager
def _new_home(folder: Path, options: Options) -> Iterator[Home]:
    with ExitStack() as stack:
        simulator = stack.enter_context(Simulator(options))
        tails = stack.enter_context(Tails(folder, simulator.variables))
        home = folder / "home"
        home.mkdir()
        yield Home(home, simulator, tails)


def _keep(home: Path, sample: Path) -> None:
    for path in sorted(home.rglob("*")):
        if path.is_file() and path.suffix in _KEPT:
            text = path.read_bytes()
            assert str(home).encode() not in text, path
            kept = sample / path.relative_to(home)
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_bytes(text)


def main(folder: Path) -> None:
    """Make every sample that `folder` does not have."""
    for situation, options in SITUATIONS.items():
        sample = folder / situation.__name__.replace("_", "-")
        if sample.exists():
            continue
        with tempfile.TemporaryDirectory(prefix="rc-tail-samples-") as made:
            with _new_home(Path(made), options) as home:
                situation(home)
            _keep(home.folder, sample)
        print(sample.name)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
