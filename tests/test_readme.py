"""Runs the README and the recipes: every block in bash and zsh, every transcript on a terminal."""

import os
import re
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import rc_tail
from rc_tail.cli.commands import COMMANDS
from rc_tail.cli.help_pages.pages import NO_RESTART, PAGES
from rc_tail.cli.help_pages.topics import RECIPES
from rc_tail.cli.typer_app import click_command
from tests.readme.blocks import (
    README,
    Block,
    blocks,
    lines_outside_details,
    shape,
    shell_blocks,
    transcripts,
)
from tests.readme.pictures import (
    CAPTURED,
    PICTURED,
    THEMES,
    path_of,
    picture,
    picture_of_captures,
    seen,
)
from tests.readme.recipes import recipe_blocks, sections, simulator_blocks
from tests.readme.shells import PATIENCE, ROOT, SHELLS, Ran, install, need, run, run_on_terminal
from tests.readme.write import draw, draw_captures, is_current, renewed

TEXT = README.read_text()
RECIPE_BLOCKS = recipe_blocks()
IN_README = [block for block in shell_blocks(TEXT) if not block.reason]
IN_HELP = [*RECIPE_BLOCKS, *simulator_blocks()]
# What the README shows of the help pages is run once.
_TEXTS_IN_HELP = {block.text for block in IN_HELP}
TO_RUN = [block for block in IN_README if block.text not in _TEXTS_IN_HELP] + IN_HELP
# The shells are mostly waiting: for events, and for each other's processors.
AT_ONCE = 4

Runs = Callable[..., Ran]
OnTerminal = Callable[[str], str]


def of_block(block: Block) -> str:
    return str(block)


def texts(found: list[Block]) -> list[object]:
    """The texts of blocks as parameters that can be told apart."""
    return [pytest.param(block.text, id=of_block(block)) for block in found]


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(tmp_path_factory.mktemp("programs") / "bin")


@pytest.fixture(scope="module")
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield pool
        pool.shutdown(wait=False, cancel_futures=True)


def asked_with(request: pytest.FixtureRequest, fixture: str) -> list[Mapping[str, Any]]:
    """The parameters of the tests that this session runs, of those that use a fixture."""
    items = [
        item
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.module is request.module
    ]
    return [item.callspec.params for item in items if fixture in item.fixturenames]


@pytest.fixture(scope="module")
def runs(request, tmp_path_factory, pool, programs) -> Runs:
    """Runs what this session was asked to test, several at once, and gives each result."""
    folder = tmp_path_factory.mktemp("homes")
    running: dict[tuple[str, str], Future[Ran]] = {}
    for asked in asked_with(request, "runs"):
        shell, text, patience = asked["shell"], asked["text"], asked.get("patience", PATIENCE)
        home = folder / str(len(running))
        running[shell, text] = pool.submit(run, shell, text, home, programs, patience=patience)
    return lambda shell, text: running[shell, text].result()


@pytest.fixture(scope="module")
def on_terminal(request, tmp_path_factory, pool, programs) -> OnTerminal:
    """The same for what is run on a terminal."""
    need("bash", "jq")
    folder = tmp_path_factory.mktemp("terminals")
    running = {
        text: pool.submit(run_on_terminal, text, folder / str(number), programs)
        for number, text in enumerate(
            {asked["text"] for asked in asked_with(request, "on_terminal")}
        )
    }
    return lambda text: running[text].result()


# Every block.


@pytest.mark.slow
@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("text", texts(TO_RUN))
def test_block_runs_as_pasted(shell, text, runs):
    need(shell, "jq")
    ran = runs(shell, text)
    assert not ran.trouble(text), f"{ran.trouble(text)}\n{ran.stderr}\n{ran.stdout}"


@pytest.mark.slow
@pytest.mark.parametrize("patience", [300])
@pytest.mark.parametrize("shell", ["bash"])
@pytest.mark.parametrize(
    "text",
    ["set +e +o pipefail\n" + "".join(block.text for block in RECIPE_BLOCKS)],
    ids=["all recipes"],
)
def test_recipes_pasted_one_after_another_do_not_wait(shell, text, patience, runs):
    need(shell, "jq")
    ran = runs(shell, text)
    assert not ran.trouble(text), f"{ran.trouble(text)}\n{ran.stderr}"
    assert ran.stderr.count("ready: listening to") > 30
    assert not re.findall(r".*(?:wait|next try|allows|limit).*", ran.stderr)


@pytest.mark.slow
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
def test_block_that_does_not_work_is_noticed(shell, text, runs):
    need(shell, "jq")
    assert runs(shell, text).trouble(text)


@pytest.mark.parametrize("shell", ["zsh"])
@pytest.mark.parametrize("text", ["rc-tail /account/~/extension/~/presence?sipData=true --count 1"])
def test_pattern_that_only_bash_leaves_alone_is_noticed(shell, text, runs):
    need(shell)
    ran = runs(shell, text)
    assert "no matches found" in ran.stderr
    assert ran.trouble(text)


@pytest.mark.slow
@pytest.mark.parametrize("patience", [3])
@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    "text",
    ['eval "$(rc-tail simulator run --background)"\necho $RC_SERVER_URL\nsleep 600\n'],
    ids=["sleeps"],
)
def test_block_that_does_not_end_is_ended_with_its_simulator(shell, text, patience, runs):
    need(shell)
    ran = runs(shell, text)
    assert ran.trouble(text) == "it ended with 143"
    # On a machine that is too slow for it there is not a simulator yet, and none afterwards.
    port = int(ran.stdout.rpartition(":")[2] or 1)
    # Another block's simulator may have got the port by now; it ends as well.
    assert is_closed_within(PATIENCE, port)


def is_closed_within(seconds: float, port: int) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize("block", TO_RUN, ids=of_block)
def test_block_can_be_pasted_into_an_interactive_shell(block):
    outside_quotes = re.sub(r"'[^']*'", "", block.text)
    # There zsh knows no comments, and both shells put old commands in place of !words.
    assert "#" not in outside_quotes.replace("$#", "")
    # At the end of a line it is none.
    assert "!" not in outside_quotes.replace("$!\n", "\n")
    assert not block.text.startswith("$ ")


def test_few_blocks_are_not_run():
    left_out = [block for block in shell_blocks(TEXT) if block.reason]
    assert len(left_out) <= 4, [str(block) for block in left_out]


def test_markers_precede_blocks():
    marked = [block for block in blocks(TEXT) if block.marker]
    assert len(marked) == len(
        re.findall(r"^<!-- (?:not run: |output|generated: first)", TEXT, re.MULTILINE)
    )


def test_the_readme_shows_the_first_section_of_the_recipes():
    shown = [block.text for block in IN_README if block.heading == "Recipes"]
    common = [block.text for block in RECIPE_BLOCKS if block.heading == "Common tasks"]
    assert len(common) == 10
    assert shown[-10:] == common
    assert len(RECIPE_BLOCKS) >= 30
    assert len(sections(RECIPES.read_text())) >= 4


def test_the_readme_is_short():
    assert len(lines_outside_details(TEXT)) <= 300


def test_lines_in_details_are_not_counted():
    page = "a\n<details>\n<summary>b</summary>\n<details>\nc\n</details>\n</details>\n\nd\n"
    assert lines_outside_details(page) == ["a", "", "d"]


def test_links_within_the_repository_lead_somewhere():
    titles = re.findall(r"^#+ (.+)$", TEXT, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}
    targets = [t for t in re.findall(r"\]\(([^)]+)\)", TEXT) if "://" not in t]
    assert "LICENSE" in targets
    for target in targets:
        assert target[1:] in anchors if target.startswith("#") else (ROOT / target).exists()


def test_files_and_rooms_of_the_map_exist():
    _, _, developing = TEXT.partition("\n## Developing\n")
    named = re.findall(r"`((?:[a-z_]+/)+(?:[a-z_]+\.(?:py|txt))?)`", developing)
    assert {"cli/options.py", "sinks/stdout.py", "gateway/retry.py", "tests/soak/"} <= {*named}
    for name in named:
        parent = ROOT if name.startswith(("tests/", "rc_tail/")) else ROOT / "rc_tail"
        assert (parent / name).exists()


def test_the_map_has_the_rooms_of_the_package_in_its_order():
    entry = re.compile(r"^ *([a-z_]+(?:/|\.py))  +\S", re.MULTILINE)
    _, _, developing = TEXT.partition("\n## Developing\n")
    assert entry.findall(developing) == entry.findall(rc_tail.__doc__ or "")
    assert len(entry.findall(developing)) > 15


def test_short_table_of_statuses_agrees_with_their_pages():
    rows = re.findall(r"^\| ([\d, ]+) \| ([a-z`].*) \|$", TEXT, re.MULTILINE)[:5]
    groups = {words: {int(number) for number in numbers.split(", ")} for numbers, words in rows}
    assert set().union(*groups.values()) == set(PAGES) - {1}
    assert [set(NO_RESTART)] == [groups[words] for words in groups if "not help" in words]


# Examples in Python.


@pytest.mark.parametrize(
    "text",
    texts([b for b in blocks(TEXT) if b.language == "python" and "def test_" in b.text]),
)
def test_an_example_for_pytest_passes(text, tmp_path, programs):
    (tmp_path / "test_example.py").write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_example.py"],
        cwd=tmp_path,
        env={"PATH": f"{programs}:{os.environ['PATH']}", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout


# Every transcript.


TRANSCRIPTS = [
    pytest.param(block.text, printed.text, id=of_block(block))
    for block, printed in transcripts(TEXT)
]


@pytest.mark.slow
@pytest.mark.parametrize(("text", "printed"), TRANSCRIPTS)
def test_transcript_is_what_is_printed(text, printed, on_terminal):
    assert shape(on_terminal(text)) == shape(printed), "make pictures writes it again"


def test_there_are_transcripts():
    assert len(transcripts(TEXT)) >= 2


@pytest.mark.slow
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("name", "text"), PICTURED.items(), ids=PICTURED)
def test_picture_is_what_is_shown(name, text, theme, on_terminal):
    assert is_current(name, theme, on_terminal(text)), "make pictures draws it again"


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", CAPTURED)
def test_picture_is_what_was_captured(name, theme):
    drawn = picture_of_captures(name, theme)
    assert seen(path_of(name, theme).read_text()) == seen(drawn), "make pictures draws it again"


def test_a_picture_of_captures_has_their_titles_and_no_prompt_at_the_end():
    lines = [
        re.sub(r"\[[^]]*\]", "", line)
        for line in seen(picture_of_captures("tab", "dark")).splitlines()
    ]
    assert {"bash:", "zsh:", "fish:"} <= set(lines)
    assert "$" not in [line.strip() for line in lines]


def test_shape_forgets_numbers_and_ids_only():
    assert shape("10:00:07  sms  ↙ Ada\r\n") == shape("9:30:15  sms  ↙ Ada\n")
    assert shape("in 1 s") == shape("in 0.4 s")
    assert shape("\x1b[2mAda\x1b[0m") == shape("Ada")
    assert shape("\x1b[?7l\x1b[2mlive\x1b[0m\x1b[?7h\r\r\x1b[JAda\r\nlive\r\r\x1b[J") == shape(
        "Ada\n"
    )
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
def test_stale_transcripts_are_replaced(shown, written):
    assert renewed(PAGE, lambda text: shown) == PAGE.replace("09:30 old\n", written)


# Every picture.


@pytest.mark.parametrize("name", [*PICTURED, *CAPTURED])
def test_pictures_are_shown_for_light_and_dark_pages(name):
    element = re.search(
        rf"<picture>(?:(?!</picture>).)*/{name}-light\.svg.*?</picture>", TEXT, re.DOTALL
    )
    assert element is not None
    light, dark = (path_of(name, theme).relative_to(ROOT).as_posix() for theme in THEMES)
    assert f'<source media="(prefers-color-scheme: dark)" srcset="{dark}">' in element[0]
    assert re.search(rf'<img src="{light}" width="\d+" alt="[^"]+">', element[0])
    commands = [block.text for block in IN_README]
    assert name in CAPTURED or PICTURED[name] in commands


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", [*PICTURED, *CAPTURED])
def test_pictures_load_nothing(name, theme):
    drawn = path_of(name, theme).read_text()
    assert not re.search(r"url\(|href|@import|@font-face|<script|<image", drawn)
    outside = set(re.findall(r"\w+://([^/\"&<: ]+)", drawn))
    # The name of the format, and the simulator.
    assert outside <= {"www.w3.org", "127.0.0.1"}


def test_picture_has_words_colours_and_columns():
    sent = "\x1b[?7l\x1b[2mlive\x1b[0m\x1b[?7h\r\r\x1b[J\x1b[32msms\x1b[0m    山田 <a&b>  hi\r\nnext\r\n"
    drawn = picture("rc-tail sms\n", sent, "dark")
    assert seen(drawn).splitlines() == [
        "",
        "[fill: #e6edf3;font-weight: bold]$ rc-tail sms",
        "[fill: #56d364]sms[fill: #e6edf3]山田 <a&b>[fill: #e6edf3]hi",
        "[fill: #e6edf3]next",
    ]
    # Five narrow letters, two wide ones and a space behind seven columns; then two spaces.
    assert re.findall(r'x="([\d.]+)" y="44.4" textLength="([\d.]+)"', drawn) == [
        ("0", f"{3 * 12.2:g}"),
        (f"{7 * 12.2:g}", f"{10 * 12.2:g}"),
        (f"{19 * 12.2:g}", f"{2 * 12.2:g}"),
    ]


def test_pictures_are_drawn_again_when_lines_change(tmp_path, monkeypatch):
    monkeypatch.setattr("tests.readme.pictures.FOLDER", tmp_path)
    drawn = path_of("demo", "dark")
    seen_at = []
    for sent in ("10:45 old\r\n", "11:30 old\r\n", "11:30 \x1b[32mold\x1b[0m\r\n"):
        draw(dict.fromkeys(PICTURED.values(), sent).__getitem__)
        seen_at.append(drawn.read_text())
    assert seen_at[0] == seen_at[1] != seen_at[2]
    assert len(list(tmp_path.iterdir())) == len(PICTURED) * len(THEMES)
    draw_captures()
    assert len(list(tmp_path.iterdir())) == len([*PICTURED, *CAPTURED]) * len(THEMES)


# Prose.


def options() -> set[str]:
    """Every option of every command."""
    pending = [click_command(name) for name in COMMANDS]
    found = {"--help", "--version", "--install-completion"}
    while pending:
        command = pending.pop()
        pending += getattr(command, "commands", {}).values()
        for parameter in command.params:
            found |= {*parameter.opts, *parameter.secondary_opts}
    return found


def test_options_that_are_named_exist():
    words = " ".join(re.findall(r"`([^`\n]+)`", TEXT + RECIPES.read_text()))
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", words))
    assert named
    assert named - {"--unbuffered"} <= options()  # an option of jq


def test_targets_of_make_that_are_named_exist():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(
        re.findall(r"`make ([a-z-]+)`", TEXT) + re.findall(r"^make ([a-z-]+)$", TEXT, re.MULTILINE)
    )
    assert {"demo", "test"} <= named <= targets


def test_tests_that_targets_of_make_run_exist():
    named = re.findall(r"tests/[\w/]+\.py", (ROOT / "Makefile").read_text())
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


# A file of tests is run by pytest (`test_an_example_for_pytest_passes`).
PROGRAMS = [
    block
    for block in blocks(TEXT)
    if block.language == "python" and "import pytest" not in block.text
]


@pytest.mark.parametrize("block", PROGRAMS, ids=of_block)
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
