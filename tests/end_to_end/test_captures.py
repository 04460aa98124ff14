"""What is seen in a real terminal is what was looked at: `make captures` writes it anew."""

import re
from pathlib import Path

import pytest

from tests.end_to_end.captures import FOLDER, STORIES, path_of, settled
from tests.end_to_end.shells import needed
from tests.end_to_end.tmux import need_tmux

KEPT = sorted(FOLDER.glob("*.txt"))
# Bold, faint, and of the colours those that can be read on light and on dark backgrounds.
READABLE = {"", "0", "1", "2", "31", "32", "35", "36", "39", "49", "94"}


@pytest.mark.slow
@pytest.mark.parametrize("story", STORIES)
def test_it_looks_as_it_did(story: str, tmp_path: Path):
    need_tmux()
    if story.startswith("tab-"):
        needed(story.removeprefix("tab-"))
    for name, shown in STORIES[story](tmp_path):
        assert settled(shown) == path_of(name).read_text(encoding="utf-8"), (
            f"if {name} is meant to look so: make captures"
        )


def test_nothing_is_kept_that_is_not_compared():
    names = {path.stem for path in KEPT}
    assert {name.partition("-")[0] for name in names} == {s.partition("-")[0] for s in STORIES}
    assert names >= STORIES.keys() - {"tail"}
    extra = names - STORIES.keys()
    parts = ("ready", "event", "resized", "ended", "connecting-verbose")
    assert extra == {f"tail-{part}" for part in parts}


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_every_colour_can_be_read_on_light_and_on_dark(path: Path):
    codes = re.findall(r"\\e\[([\d;]*)m", path.read_text(encoding="utf-8"))
    assert {code for found in codes for code in found.split(";")} <= READABLE


@pytest.mark.parametrize("name", ["show-16-colours", "show-light"])
def test_colours_and_background_change_nothing(name: str):
    assert path_of(name).read_text() == path_of("show-256-colours").read_text()


@pytest.mark.parametrize("name", ["show-no-colour", "show-dumb", "tail-dumb"])
def test_without_colours_nothing_is_sent_but_text(name: str):
    assert "\\e" not in path_of(name).read_text()
    if name.startswith("show"):
        coloured = re.sub(r"\\e\[[\d;]*m", "", path_of("show-256-colours").read_text())
        assert path_of(name).read_text() == coloured


@pytest.mark.parametrize(
    ("shown", "kept"),
    [
        (
            "\x1b[2mlive for 1 min 2 s · 3 events · last sms 1 s ago\x1b[0m",
            "\\e[2mlive for 5 s · 3 events · …\\e[0m",
        ),
        ("rc-tail: 1 event in 1.2 s (sms 1)", "rc-tail: 1 event in 2 s (sms 1)"),
        ("at 127.0.0.1:4321", "at 127.0.0.1:40000"),
    ],
)
def test_what_differs_from_run_to_run_is_kept_the_same(shown: str, kept: str):
    assert settled(shown) == kept
