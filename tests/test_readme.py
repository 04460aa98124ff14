"""The README is run: every block in bash and in zsh, every transcript on a terminal."""

import os
import re
import shlex
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from rc_tail.cli.app import click_command
from rc_tail.cli.commands import COMMANDS
from tests.readme.blocks import README, Block, blocks, shape, shell_blocks, transcripts
from tests.readme.shells import ROOT, SHELLS, Ran, install, need, run, run_on_terminal
from tests.readme.write import renewed

TEXT = README.read_text()
TO_RUN = [block for block in shell_blocks(TEXT) if not block.reason]
# The shells are mostly waiting: for events, and for each other's processors.
AT_ONCE = 4

Runs = Callable[[str, Block], Ran]


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(tmp_path_factory.mktemp("programs") / "bin")


def asked_by(item):
    return item.callspec.params["shell"], item.callspec.params["block"]


@pytest.fixture(scope="module")
def runs(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, programs: Path
) -> Iterator[Runs]:
    """Runs what this session was asked to test, several at once, and gives each result."""
    folder = tmp_path_factory.mktemp("homes")
    wanted = [
        asked_by(item)
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.originalname == "test_block_runs_as_pasted"
    ]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        running: dict[tuple[str, Block], Future[Ran]] = {
            (shell, block): pool.submit(
                run, shell, block.text, folder / f"{shell}-{block.first}", programs
            )
            for shell, block in wanted
        }
        yield lambda shell, block: running[shell, block].result()
        for future in running.values():
            future.cancel()


def of_word(block: object) -> str:
    return str(block)


# Every block.


@pytest.mark.slow
@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("block", TO_RUN, ids=of_word)
def test_block_runs_as_pasted(shell, block, request):
    need(shell, "jq")
    ran = request.getfixturevalue("runs")(shell, block)
    assert not ran.trouble(block.text), f"{ran.trouble(block.text)}\n{ran.stderr}\n{ran.stdout}"


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("rc-tail nonsense --count 1", id="no such event"),
        pytest.param("rc-tail nonsense | head -1", id="hidden by a pipe"),
        pytest.param("rc-tail nonsense || true", id="hidden by a condition"),
        pytest.param("rc-tail sms --json --count 1 | jq .[", id="jq does not understand"),
        pytest.param("true", id="nothing comes of it"),
    ],
)
def test_block_that_does_not_work_is_noticed(shell, text, tmp_path, programs):
    need(shell, "jq")
    ran = run(shell, text, tmp_path / "home", programs)
    assert ran.trouble(text)


def test_pattern_that_only_bash_leaves_alone_is_noticed(tmp_path, programs):
    need("zsh")
    text = "rc-tail /account/~/extension/~/presence?sipData=true --count 1"
    ran = run("zsh", text, tmp_path / "home", programs)
    assert "no matches found" in ran.stderr
    assert ran.trouble(text)


@pytest.mark.parametrize("shell", SHELLS)
def test_block_that_does_not_end_is_ended_with_its_simulator(shell, tmp_path, programs):
    need(shell)
    text = 'eval "$(rc-tail simulator run --background)"\necho $RC_SERVER_URL\nsleep 600\n'
    ran = run(shell, text, tmp_path / "home", programs, patience=3)
    assert ran.trouble(text) == "it ended with 143"
    # On a machine that is too slow for it there is no simulator yet, and none afterwards.
    port = int(ran.stdout.rpartition(":")[2] or 1)
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


@pytest.mark.parametrize("block", TO_RUN, ids=of_word)
def test_block_can_be_pasted_into_a_shell_that_somebody_types_in(block):
    outside_quotes = re.sub(r"'[^']*'", "", block.text)
    # There zsh knows no comments, and both shells put old commands in place of !words.
    assert "#" not in outside_quotes.replace("$#", "")
    assert "!" not in outside_quotes
    assert not block.text.startswith("$ ")


def test_few_blocks_are_not_run():
    left_out = [block for block in shell_blocks(TEXT) if block.reason]
    assert len(left_out) <= 4, [str(block) for block in left_out]


def test_markers_stand_before_blocks():
    marked = [block for block in blocks(TEXT) if block.marker]
    assert len(marked) == len(re.findall(r"^<!-- (?:not run: |output)", TEXT, re.MULTILINE))


def test_there_are_recipes():
    assert sum(block.heading == "Recipes" for block in TO_RUN) >= 15


# Every transcript.


@pytest.mark.slow
@pytest.mark.parametrize(("block", "printed"), transcripts(TEXT), ids=of_word)
def test_transcript_is_what_is_printed(block, printed, tmp_path, programs):
    need("bash", "jq")
    shown = run_on_terminal(block.text, tmp_path / "home", programs)
    assert shape(shown) == shape(printed.text), "python -m tests.readme.write writes it anew"


def test_there_are_transcripts():
    assert len(transcripts(TEXT)) >= 2


def test_shape_forgets_numbers_and_ids_only():
    assert shape("10:00:07  sms  ↙ Ada\r\n") == shape("9:30:15  sms  ↙ Ada\n")
    assert shape("in 1 s") == shape("in 0.4 s")
    assert shape("\x1b[2mAda\x1b[0m") == shape("Ada")
    assert shape("\x1b[2mlive\x1b[0m\r\x1b[KAda\r\nlive\r\x1b[K") == shape("Ada\n")
    assert shape("5aa65998-e64c-4c43-80e6-5d84829e5382") == "UUID"
    assert shape("sms") != shape("fax")


PAGE = """\
# One

<!-- not run: no -->

```sh
first
```

Words take a marker away.

```sh
second
```

<!-- output -->

```text
09:30 old
```
"""


def test_blocks_know_where_they_stand():
    first, second, printed = blocks(PAGE)
    assert (first.text, first.reason, first.heading, first.first) == ("first\n", "no", "One", 6)
    assert (second.text, second.reason, second.first) == ("second\n", "", 12)
    assert transcripts(PAGE) == [(second, printed)]


def test_fence_that_is_not_closed_is_noticed():
    with pytest.raises(AssertionError, match="not closed"):
        list(blocks("```sh\nrc-tail\n"))


@pytest.mark.parametrize(
    ("shown", "written"),
    [
        ("10:45 old\r\n", "09:30 old\n"),
        ("10:45 \x1b[2mnew\x1b[0m\r\nmore\r\n", "10:45 new\nmore\n"),
    ],
    ids=["the same shape", "another shape"],
)
def test_transcripts_are_written_anew(shown, written):
    assert renewed(PAGE, lambda block: shown) == PAGE.replace("09:30 old\n", written)


# What is said in words.


def options() -> set[str]:
    """Every option of every command."""
    pending = [click_command(name) for name in COMMANDS]
    found = {"--help", "--version", "--install-completion", "--show-completion"}
    while pending:
        command = pending.pop()
        pending += getattr(command, "commands", {}).values()
        for parameter in command.params:
            found |= {*parameter.opts, *parameter.secondary_opts}
    return found


def test_options_that_are_spoken_of_exist():
    words = " ".join(re.findall(r"`([^`\n]+)`", TEXT))
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", words))
    assert named
    assert named <= options()


def test_targets_of_make_that_are_spoken_of_exist():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(
        re.findall(r"`make ([a-z-]+)`", TEXT) + re.findall(r"^make ([a-z-]+)$", TEXT, re.MULTILINE)
    )
    assert {"demo", "test"} <= named <= targets


PROGRAMS = [block for block in blocks(TEXT) if block.language == "python"]


@pytest.mark.parametrize("block", PROGRAMS, ids=of_word)
def test_program_runs(block):
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", block.text], cwd=ROOT, capture_output=True, text=True
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout


def test_make_demo_is_a_demo(tmp_path, programs):
    need("make")
    planned = subprocess.run(
        ["make", "--dry-run", "demo"],
        cwd=ROOT,
        # As typed by a person, and not by the make that may run these tests.
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    program, *words = shlex.split(planned.stdout.splitlines()[-1])
    assert (Path(program).name, words) == ("rc-tail", ["demo"])
    text = shlex.join(["rc-tail", *words, "--count", "2", "--rate", "20"])
    shown = run_on_terminal(text, tmp_path / "home", programs)
    assert "rc-tail: ready: listening to sms" in shown
    assert "rc-tail: 2 events in" in shown
