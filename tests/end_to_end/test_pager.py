"""`rc-tail events` in a real terminal, through real pagers."""

import shutil

import pytest

from tests.end_to_end.processes import eventually
from tests.end_to_end.tmux import Tmux, need_tmux


@pytest.fixture(autouse=True)
def _tmux():
    need_tmux()


def need(program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"not installed: {program}")


def went_to_the_end(terminal: Tmux) -> bool:
    terminal.press("G")
    return "glip-groups" in terminal.shown()


def test_a_long_list_is_read_page_by_page_and_left_with_q(tmp_path):
    need("less")
    with Tmux("events", home=tmp_path) as terminal:
        terminal.wait_for(r"^:$")
        first = terminal.shown()
        assert first.startswith("Messages\n")
        assert "\x1b[" in terminal.shown(colours=True)
        terminal.press("Space")
        terminal.wait_for(r"a2p-messages")
        terminal.press("q")
        terminal.wait_for(r"^\[0\]$")
        assert "Traceback" not in terminal.shown()


def test_what_fits_on_the_screen_is_printed_as_it_is(tmp_path):
    need("less")
    with Tmux("events", "dnd", home=tmp_path) as terminal:
        terminal.wait_for(r"^\[0\]$")
        assert terminal.shown().startswith("dnd\n  what ")


@pytest.mark.parametrize("pager", ["more", "head -n 1", "sh -c 'exit 3'"])
def test_other_pagers_that_stop_early_are_no_failure(tmp_path, pager):
    need(pager.split()[0])
    with Tmux("events", home=tmp_path, variables={"PAGER": pager}) as terminal:
        if pager == "more":
            terminal.wait_for(r"More")
            terminal.write("q")
        terminal.wait_for(r"^\[0\]$")
        assert "Traceback" not in terminal.shown()


@pytest.mark.parametrize(
    ("pager", "why"),
    [("no-such-pager", "No such file or directory"), ("less 'x", "a quote is not closed")],
)
def test_without_the_chosen_pager_the_text_is_printed_with_a_warning(tmp_path, pager, why):
    variables = {"PAGER": pager}
    with Tmux("events", "dnd", home=tmp_path, variables=variables) as terminal:
        terminal.wait_for(r"^\[0\]$")
        assert f"PAGER={pager}: {why}\ndnd\n" in terminal.shown()


def test_ctrl_c_is_for_the_pager(tmp_path):
    need("less")
    with Tmux("events", home=tmp_path) as terminal:
        terminal.wait_for(r"^:$")
        terminal.press("C-c")
        # It may drop what is typed while it is being interrupted.
        eventually(lambda: went_to_the_end(terminal), "the last lines are shown")
        assert "KeyboardInterrupt" not in terminal.shown()
        terminal.press("q")
        terminal.wait_for(r"^\[0\]$")
