"""The status line in a real terminal: nothing of it stays where it was drawn before."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from rc_tail.simulator.instance import Simulator
from tests.end_to_end.tmux import Tmux, need_tmux

STATUS = r"live for|last sms| ago"
LONG = "is 山田 coming? 🎉 שלום " + "it goes on and on " * 9


@pytest.fixture
def served() -> Iterator[Simulator]:
    need_tmux()
    with Simulator() as simulator:
        yield simulator


def status_rows(shown: str) -> list[str]:
    return [row for row in shown.splitlines() if re.search(STATUS, row)]


def test_a_resize_leaves_nothing_of_it_behind(served: Simulator, tmp_path: Path):
    words = ("sms", "--time", "none")
    with Tmux(*words, home=tmp_path, variables=served.variables, columns=100) as terminal:
        terminal.wait_for(r"^live for .* 0 events")
        served.send("sms", text="the first")
        terminal.wait_for(r"^live for .* 1 event .* last sms \d+ s ago *$")
        # Also where something is drawn before the program can know of the resize.
        for number, columns in enumerate((30, 100, 24, 60, 120, 40, 22, 200), 2):
            terminal.resize(columns, settle=False)
            served.send("sms", text=f"number {number}.")
            # It is drawn again once a second, and with the event.
            terminal.wait_for(rf"(?s)number\s+{number}\..*^live for")
            terminal.wait_for(rf"^live for .*{'…' if columns <= 40 else 'ago'} *$")
            assert len(status_rows(terminal.shown())) == 1, terminal.shown()
        terminal.press("C-c")
        terminal.wait_for(r"^\[130\]$")
        assert status_rows(terminal.shown()) == []


def test_events_fit_after_a_resize(served: Simulator, tmp_path: Path):
    words = ("sms", "--time", "none")
    with Tmux(*words, home=tmp_path, variables=served.variables, columns=200, rows=50) as terminal:
        terminal.wait_for(r"^live for")
        for columns in (200, 120, 100, 80, 60, 40):
            terminal.resize(columns)
            served.send("sms", text=LONG + f"end{columns}")
            terminal.wait_for(rf"(?s)end{columns}\b.*^live for")
            rows = terminal.shown().rstrip("\n").split("\n")
            entry = rows[max(n for n, row in enumerate(rows) if row.startswith("sms ")) : -1]
            words_shown = " ".join(" ".join(entry).split())
            assert f"{LONG}end{columns}" in words_shown, terminal.shown()


def test_ctrl_z_takes_it_away_and_fg_brings_it_back(served: Simulator, tmp_path: Path):
    shell = ("bash", "--norc", "--noprofile", "-i")
    with Tmux(*shell, home=tmp_path, shell=True, variables=served.variables) as terminal:
        terminal.write(" PS1='$ '; clear\n")
        terminal.wait_for(r"\A\$ ?\n")
        terminal.write("rc-tail sms --time none\n")
        terminal.wait_for(r"^live for .* 0 events")
        terminal.press("C-z")
        terminal.wait_for(r"Stopped(.|\n)*^\$ ?$")
        assert status_rows(terminal.shown()) == []
        terminal.write("fg\n")
        terminal.wait_for(r"^live for")
        served.send("sms", text="after fg")
        terminal.wait_for(r"after fg(.|\n)*^live for .* 1 event ")
        assert len(status_rows(terminal.shown())) == 1
        terminal.press("C-z")
        terminal.wait_for(r"Stopped(.|\n)*Stopped(.|\n)*^\$ ?$")
        # In the background the prompt is the user's.
        terminal.write("bg\n")
        served.send("sms", text="after bg")
        terminal.wait_for(r"after bg")
        terminal.write("echo typed; sleep 2; echo ok\n")
        terminal.wait_for(r"^ok$")
        assert status_rows(terminal.shown()) == []
        assert "typed" in terminal.shown()
        terminal.write("fg\n")
        terminal.wait_for(r"^live for .* 2 events ")
        terminal.press("C-c")
        terminal.wait_for(r"^rc-tail: 2 events in(.|\n)*^\$ ?$")
        assert status_rows(terminal.shown()) == []
