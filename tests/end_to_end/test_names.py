"""Names instead of ids on a terminal: looked up once each, beside the events."""

import re
from pathlib import Path

import pytest

from rc_tail.simulator.instance import Simulator
from tests.end_to_end.processes import Tails, eventually
from tests.end_to_end.tmux import Tmux, need_tmux

READ = re.compile(r"> GET \S+?(/team-messaging/\S+|/restapi/v1\.0/account/~/extension/\d+)")


def on_terminal(simulator: Simulator, home: Path, *words: str) -> Tmux:
    """A tail whose messages go to a file."""
    need_tmux()
    line = f"rc-tail {' '.join(words)} --time none --debug 2> {home}/messages; exec sleep 1000"
    return Tmux("sh", "-c", line, home=home, shell=True, variables=simulator.variables, columns=100)


def requests_in(home: Path) -> list[str]:
    return READ.findall((home / "messages").read_text())


def post(simulator: Simulator, text: str, creator: str = "400000103") -> None:
    simulator.send("team-posts", text=text, changes=[("creatorId", creator)])


def test_people_and_chats_are_looked_up_once(simulator: Simulator, tmp_path: Path):
    with on_terminal(simulator, tmp_path, "team-posts") as terminal:
        wait_ready(tmp_path)
        post(simulator, "first")
        terminal.wait_for(r"^team-posts +person 400000103 +first$")
        for number in range(9):
            post(simulator, f"number {number}.")
        post(simulator, "from me", "400000101")

        def is_named() -> bool:
            post(simulator, "again")
            shown = terminal.shown()
            cleo = re.search(r"(?m)^team-posts +Cleo Test +again \[in Engineering\]$", shown)
            return cleo is not None and len(requests_in(tmp_path)) > 2

        eventually(is_named, "the names")
        assert sorted(requests_in(tmp_path)) == [
            "/team-messaging/v1/chats/995000000001",
            "/team-messaging/v1/persons/400000101",
            "/team-messaging/v1/persons/400000103",
        ]


def wait_ready(home: Path) -> None:
    path = home / "messages"
    eventually(lambda: path.exists() and "ready: " in path.read_text(), "the ready line")


@pytest.mark.parametrize(
    "simulator", [{"scope": ("ReadPresence", "WebSocketsSubscription")}], indirect=True
)
def test_what_may_not_be_read_stays_an_id(simulator: Simulator, tmp_path: Path):
    with on_terminal(simulator, tmp_path, "line-presence") as terminal:
        wait_ready(tmp_path)
        for number in (102, 103, 102, 103):
            simulator.send("line-presence", changes=[("extensionId", f"400000{number}")])
        terminal.wait_for(r"(?s)(extension 400000103.*){2}")
        # Once, and silently.
        assert requests_in(tmp_path) == ["/restapi/v1.0/account/~/extension/400000102"]
        messages = (tmp_path / "messages").read_text()
        assert "error" not in re.sub(r"(?m)^rc-tail: [<>] .*$", "", messages)


def test_with_mask_nothing_is_looked_up(simulator: Simulator, tmp_path: Path):
    with on_terminal(simulator, tmp_path, "team-posts", "--mask") as terminal:
        wait_ready(tmp_path)
        for text in ("one", "two"):
            post(simulator, text)
        terminal.wait_for(r"(?s)(person 400000103.*){2}")
        assert requests_in(tmp_path) == []


@pytest.mark.parametrize("words", [["--json"], ["-o", "pretty"], ["--template", "{from}"]])
def test_programs_get_no_look_ups(
    words: list[str], simulator: Simulator, tail: Tails, tmp_path: Path
):
    running = tail("team-posts", "--count", "2", "--debug", *words).wait_ready()
    post(simulator, "one")
    post(simulator, "two")
    assert running.wait() == 0
    assert READ.findall(running.told) == []
