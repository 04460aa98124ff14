r"""Runs every recipe, and what the README has to paste, on a terminal, with events that try to take the terminal over.

Texts, names and numbers hold escape sequences, C1 controls, bidirectional overrides, line breaks,
and printable ``\033]0;...`` that an ``echo`` makes real. bash does that as zsh, with ``xpg_echo``.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from rc_tail.events.catalogue import KINDS
from rc_tail.simulator.instance import Simulator
from tests.readme.blocks import README, plain, shell_blocks
from tests.readme.recipes import recipe_blocks
from tests.readme.shells import BROKEN_PIPE, LIVELY, SHELLS, install, need, on_terminal

# Each is harmless as text. "order" is what some recipes wait for.
CLIPBOARD = "\x1b]52;c;b3duZWQ=\x07"
TITLE = "\x1b]0;owned\x07"
CLEAR = "\x1b[2J\x1b[H"
C1 = "\x9b2J\x9d0;owned\x9c"
PRINTABLE = r"\033]0;owned\007 \e]52;c;b3duZWQ=\a \x1b[2J \u001b[2J"
HOSTILE = (
    f"order {CLIPBOARD}{TITLE}{CLEAR}{C1}\u202eedih\u2066 \r\n-n %s%n ' \" $(touch owned) \x7f"
)
BLOCKS = list(
    dict.fromkeys(
        block.text
        for block in (*recipe_blocks(), *shell_blocks(README.read_text()))
        if not block.reason
    )
)
# Ada's, and those that a recipe names.
EXTENSIONS = ("400000101", "400000102", "400000103")
AT_ONCE = 4
# Words of the service, by which clients choose events; everything else comes from other people.
_FREE = re.compile("name|phoneNumber|location|subject|text|description|title|reason", re.IGNORECASE)


def hostile(value: Any, name: str = "") -> Any:
    """A body with hostile text wherever a stranger may write."""
    if isinstance(value, dict):
        return {key: hostile(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [hostile(inner, name) for inner in value]
    return HOSTILE + PRINTABLE if isinstance(value, str) and _FREE.search(name) else value


def hostile_events(file: Path) -> Path:
    """Write an event of each kind that a simulator can play, and an answered call."""
    answered = {"code": "Answered"}
    bodies = [
        (kind.event_of("400000001", extension), kind.sample)
        for kind in KINDS
        for extension in EXTENSIONS
    ]
    bodies += [
        (event, {**body, "parties": [{**party, "status": answered} for party in body["parties"]]})
        for event, body in bodies
        if "parties" in body
    ]
    lines = ({"event": event, "body": hostile(body)} for event, body in bodies)
    file.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return file


def controls(sent: str) -> list[str]:
    """What a terminal would execute of what it was sent, beside colours and rc-tail's own lines."""
    categories = {"Cc", "Cf", "Zl", "Zp", "Cs"}
    return [
        char
        for char in plain(sent)
        if unicodedata.category(char) in categories and char not in "\n\t\u200d"
    ]


@pytest.fixture(scope="module")
def shown(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], str]]:
    """Runs the blocks of this session, several at once, and gives what a terminal was sent."""
    need("bash", "jq")
    folder = tmp_path_factory.mktemp("hostile")
    programs = install(folder / "bin")
    events = hostile_events(folder / "events.jsonl")
    bash, *flags = SHELLS["bash"]
    shell = (bash, *flags[:2], "-O", "xpg_echo", *flags[2:])

    def start(number: int, text: str) -> str:
        with Simulator(LIVELY, events=events) as simulator:
            # So that there is a past.
            simulator.send("sms", count=3, text=HOSTILE)
            simulator.send("calls", changes=[("parties.0.from.name", HOSTILE)])
            home = folder / str(number)
            status, sent = on_terminal(shell, text, home, programs, simulator)
        allowed = (0, BROKEN_PIPE) if "| head" in text else (0,)
        assert status in allowed, f"{status}: {sent}"
        return sent

    asked = {
        str(item.callspec.params["text"])
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.module is request.module
        if "shown" in item.fixturenames
    }
    with ThreadPoolExecutor(AT_ONCE) as pool:
        running: dict[str, Future[str]] = {
            text: pool.submit(start, number, text) for number, text in enumerate(sorted(asked))
        }
        yield lambda text: running[text].result()


@pytest.mark.slow
@pytest.mark.parametrize("text", BLOCKS)
def test_no_control_character_of_an_event_reaches_the_terminal(text, shown):
    sent = shown(text)
    assert controls(sent) == [], sent


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "rc-tail sms --json --count 1 | jq -r .body.subject",
        "rc-tail sms --template '{text}' --count 1 | while read -r text; do echo \"$text\"; done",
        "rc-tail sms --json --count 1 | cat",
    ],
)
def test_a_recipe_that_is_not_safe_is_noticed(text, shown):
    assert controls(shown(text))


@pytest.mark.parametrize("text", BLOCKS)
def test_jq_writes_decoded_text_to_files_only(text):
    # The simulator's addresses and times cannot be hostile; a server's can.
    raw = [line for line in text.splitlines() if re.search(r"\bjq\b[^|]* -r ", line)]
    assert [line for line in raw if " > " not in line] == []
