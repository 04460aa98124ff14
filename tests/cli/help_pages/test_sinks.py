import os
import re
import shlex
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from rc_tail.cli.help_pages.sinks import sinks_page
from rc_tail.cli.options import default_values
from rc_tail.cli.typer_app import click_command
from rc_tail.config.tail_options import SinkRequest
from rc_tail.events.catalogue import KINDS
from rc_tail.gateway.messages import Notification
from rc_tail.sinks.nats import make
from rc_tail.sinks.sink import SinkContext
from rc_tail.sinks.table import COMMON_OPTIONS, SINKS, sink_options
from tests.sinks.nats_server import program, running

CONTEXT = SinkContext(os.environ, lambda _: None, lambda _: None)
EVENT = "/restapi/v1.0/account/1/extension/22/message-store/instant?type=SMS"
PAGE = sinks_page()
COMMANDS = [shlex.split(line) for line in PAGE.splitlines() if line.startswith("    rc-tail ")]


@pytest.mark.parametrize("kind", SINKS, ids=lambda kind: kind.name)
def test_a_row_brings_its_section(kind):
    section = PAGE.split(f"\n\n{kind.usage}\n\n")[1]
    flat = " ".join(section.split())
    assert flat.startswith(" ".join(kind.about.split()))
    for option in kind.options:
        assert f"\n  {option.usage}\n" in section
    # A reader learns what to expect of it.
    assert len(kind.about) > 100
    assert kind.about.endswith(".")
    spelling = kind.address.spellings[0] if kind.address else f"--sink {kind.schemes[0]}:"
    (row,) = [line for line in PAGE.splitlines() if line.startswith(f"  {spelling} ")]
    assert re.split("  +", row.strip()) == [spelling, kind.order, kind.often]


def test_what_holds_for_all_is_described():
    assert set(re.findall(r"--[a-z-]+", PAGE)) >= {
        option.spellings[0] for option in (*sink_options(), *COMMON_OPTIONS)
    }


def test_options_that_are_spoken_of_exist():
    known = {
        spelling
        for command in ("tail", "doctor")
        for parameter in click_command(command).params
        for spelling in (*parameter.opts, *parameter.secondary_opts)
    }
    ours = re.sub(r"\n    (?:nats|sudo) .*", "", PAGE)
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", ours)) <= known


@pytest.mark.parametrize("words", COMMANDS, ids=shlex.join)
def test_every_command_line_is_understood(words):
    _, first, *rest = words
    command = first if first in ("doctor", "show") else "tail"
    given = (
        click_command(command)
        .make_context("rc-tail", rest if command == first else [first, *rest])
        .params
    )
    # It names a destination.
    defaults = default_values(command)
    assert any(
        given[option.name] != defaults[option.name]
        for option in (*(kind.address for kind in SINKS if kind.address), *COMMON_OPTIONS[:1])
    )


# Two machines.


def block(first: str) -> str:
    """The indented lines from one that begins so."""
    start = PAGE.index(f"    {first}")
    lines = PAGE[start:].splitlines()
    ends = next(n for n, line in enumerate(lines) if line and not line.startswith("    "))
    return textwrap.dedent("\n".join(lines[:ends])) + "\n"


def test_the_kinds_that_come_at_least_once_are_named():
    section = PAGE.split("stores its own copy of these:\n\n")[1].split("\n\n")[0]
    named = set(section.replace(",", " ").split())
    assert named == {kind.name for kind in KINDS if kind.repeats}
    assert "dnd" in named


def test_the_servers_configuration_is_valid(tmp_path: Path):
    config = block("jetstream {").replace("/var/lib/nats", str(tmp_path))
    config = "".join(f"{line}\n" for line in config.splitlines() if not line.startswith("tls"))
    (tmp_path / "nats.conf").write_text(config)
    subprocess.run([program(), "-t", "-c", tmp_path / "nats.conf"], check=True)


def test_a_consumer_reads_everything_from_the_start(tmp_path: Path):
    with running(tmp_path) as server:
        sink = make(SinkRequest("nats", server.url("events")), CONTEXT)
        sink.open()
        events = [
            Notification(
                f"u{n}", EVENT, "", b'{"event":"%s","body":{"id":%d}}' % (EVENT.encode(), n)
            )
            for n in range(50)
        ]
        assert sink.deliver(events) == 50
        sink.close()
        recipe = block("import asyncio").replace("localhost:4222", f"127.0.0.1:{server.port}")
        with subprocess.Popen([sys.executable, "-c", recipe], stdout=subprocess.PIPE) as consumer:
            assert consumer.stdout is not None
            lines = [consumer.stdout.readline().decode() for _ in events]
            consumer.kill()
    assert lines == [f"1:message:{n}:create {EVENT}\n" for n in range(50)]
