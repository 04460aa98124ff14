"""The scripts as text; what they do is tested in the shells, in end_to_end/test_completion.py."""

import os
import subprocess

import pytest

from rc_tail.cli.completion.scripts import DIALECTS, FILES, function, script, scripts
from rc_tail.cli.completion.shells import SHELLS
from tests.end_to_end.processes import PATIENCE
from tests.end_to_end.shells import needed

# What shells make something of.
TROUBLE = (
    ("plain", "told"),
    ("it's", "a 'quoted' \"text\""),
    ("$HOME", "`id` $(id) ${IFS} ~ * ? [a]"),
    ("back\\slash", "\\n \\' \\\\"),
    ("%s", "%d %%"),
    ("semi;colon", "a & b | c > d # e ! f"),
    ("bare", ""),
)
CALLS = {
    "bash": 'look_up "$1"; ((${#reply[@]})) && printf "%s\\n" "${reply[@]}"; true',
    "zsh": 'look_up "$1"; (($#reply)) && print -rl -- $reply; true',
    "fish": "look_up $argv[1]",
}
QUIET = {"bash": ["bash", "--norc", "-c"], "zsh": ["zsh", "-f", "-c"], "fish": ["fish", "-N", "-c"]}


def run(shell: str, commands: str, *words: str) -> list[str]:
    name = [] if shell == "fish" else [shell]
    done = subprocess.run(
        [*QUIET[needed(shell)], commands, *name, *words],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("word", ["first", "the second", ""])
def test_a_shell_reads_entries_as_they_were_meant(shell: str, word: str):
    table = {("other",): (("wrong", ""),), ("first", "the second", ""): TROUBLE}
    text = function("look_up", table, DIALECTS[shell])
    expected = [" ".join(filter(None, entry)) for entry in TROUBLE]
    if shell == "bash":
        # It shows no descriptions, and was given none.
        expected = [name for name, _ in TROUBLE]
    assert run(shell, f"{text}\n{CALLS[shell]}", word) == expected


@pytest.mark.parametrize("shell", SHELLS)
def test_a_word_that_is_in_no_branch_has_no_entries(shell: str):
    text = function("look_up", {("first",): TROUBLE}, DIALECTS[shell])
    assert run(shell, f"{text}\n{CALLS[shell]}", "unknown") == []


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_is_complete_and_says_that_it_is_generated(shell: str):
    text = script(shell)
    assert "#TABLES#" not in text
    assert "do not edit it" in text
    assert text.isascii()
    assert text.endswith("\n")
    for table in ("commands", "options", "arguments", "parameters", "events", "spellings"):
        assert f"_rc_tail_table_{table}" in text


def test_zsh_finds_out_by_the_first_line_what_a_script_completes():
    assert script("zsh").startswith("#compdef rc-tail\n")


def test_scripts_have_the_names_that_the_shells_look_for():
    assert scripts() == {FILES[shell]: script(shell) for shell in SHELLS}
    assert set(scripts()) == {"rc-tail.bash", "_rc-tail", "rc-tail.fish"}
