"""What a start imports: nothing that its command does not need."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RUN = """
import sys
sys.argv = ["rc-tail", *{words!r}]
from rc_tail.__main__ import main
try:
    main()
except SystemExit as ended:
    print(ended.code, *sorted(sys.modules), file=sys.stderr)
"""
# What is slow to import, and what only a part of the program needs.
HEAVY = frozenset(
    [
        "asyncio",
        "cryptography",
        "h11",
        "jmespath",
        "jwt",
        "requests",
        "rich.console",
        "rich.markdown",
        "urllib3",
        "websocket",
        "wsproto",
        "rc_tail.doctor",
        "rc_tail.simulator",
    ]
)
NO_OUTSIDE = HEAVY | {"msgspec", "pydantic", "ssl", "rich", "platformdirs"}


def modules_after(code: str, home: Path, *options: str) -> list[str]:
    """The last line that a Python of its own tells, as words."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    done = subprocess.run(
        [sys.executable, *options, "-c", code],
        env={**kept, "HOME": str(home), "PYTHONPATH": str(ROOT)},
        cwd=home,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stderr, done.stdout
    return done.stderr.splitlines()[-1].split()


def imported(words: Sequence[str], home: Path) -> set[str]:
    status, *modules = modules_after(RUN.format(words=list(words)), home)
    assert status in ("0", "None")
    return set(modules)


@pytest.mark.parametrize(
    ("words", "without"),
    [
        (["--version"], NO_OUTSIDE | {"typer", "dataclasses", "json", "rc_tail.errors"}),
        (["--help"], NO_OUTSIDE),
        (["tail", "--help"], NO_OUTSIDE),
        (["login", "--help"], NO_OUTSIDE),
        (["simulator", "--help"], NO_OUTSIDE),
        (["events"], HEAVY),
        (["events", "sms"], HEAVY),
        (["help", "exit-codes"], HEAVY),
        (["profiles"], HEAVY | {"ssl"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_command_imports_only_what_it_needs(words: list[str], without: set[str], tmp_path: Path):
    assert imported(words, tmp_path) & without == set()


def test_the_tail_imports_only_what_it_needs(tmp_path: Path):
    # It ends where it finds no login.
    status, *words = modules_after(RUN.format(words=["sms"]), tmp_path)
    modules = set(words)
    assert status == "77"
    assert {"requests", "websocket", "msgspec", "rc_tail.tail.loop"} <= modules
    # Of readable lines, expressions, masks, resumed sessions and JWTs nothing was asked for.
    unneeded = HEAVY - {"requests", "urllib3", "websocket"}
    # Nor any help or commands, a status line on a terminal, or words for what was mistyped.
    unneeded |= {"typer", "pydantic", "rich", "difflib", "rc_tail.sinks.exec_command"}
    unneeded |= {f"rc_tail.output.{name}" for name in ("pretty", "where", "template", "mask")}
    # Nor is the encoding of any text guessed, a file sent, or a traceback shown.
    unneeded |= {"chardet", "charset_normalizer", "typing_extensions"}
    unneeded |= {"csv", "inspect", "locale", "mimetypes", "shutil", "traceback", "zipfile"}
    unneeded |= {"email.header", "idna", "importlib.metadata._adapters", "stringprep"}
    unneeded |= {"msgspec.inspect", "msgspec.toml", "msgspec.yaml"}
    assert modules & unneeded == set()


@pytest.mark.parametrize("words", [["doctor", "sms"], ["login"], ["demo", "--count", "1"]])
def test_no_command_imports_what_guesses_encodings(words: list[str], tmp_path: Path):
    _, *modules = modules_after(RUN.format(words=words), tmp_path)
    assert "requests" in modules
    assert {"chardet", "charset_normalizer"}.isdisjoint(modules)


def test_the_tail_compiles_no_pattern_before_it_is_used(tmp_path: Path):
    code = """
import re, sys
compiled, callers = re.compile, []
def noted(*words):
    callers.append(sys._getframe(1).f_globals["__name__"])
    return compiled(*words)
re.compile = noted
import rc_tail.cli.app, rc_tail.tail.run
print("of", *(name for name in callers if name.startswith("rc_tail")), file=sys.stderr)
"""
    assert modules_after(code, tmp_path) == ["of"]


def test_options_of_a_service_need_no_typer(tmp_path: Path):
    options = ["--ready-file=r", "--health-file=h", "--env-file=no-such-file"]
    options += ["--exec=true", "--exec-jobs=2", "--exec-timeout=9s", "--resume=a", "--mask"]
    status, *modules = modules_after(RUN.format(words=["sms", *options]), tmp_path)
    assert status == "78"
    assert "typer" not in modules


def test_the_library_face_of_the_simulator_imports_only_what_is_used(tmp_path):
    code = """
import sys
import rc_tail.simulator
before = "rc_tail.simulator.instance" in sys.modules
from rc_tail.simulator import Simulator
print(before, Simulator.__module__, file=sys.stderr)
"""
    assert modules_after(code, tmp_path) == ["False", "rc_tail.simulator.instance"]


def test_every_name_of_the_library_face_is_there():
    import rc_tail.simulator

    for name in rc_tail.simulator.__all__:
        assert getattr(rc_tail.simulator, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'Simulater'"):
        _ = rc_tail.simulator.Simulater


def test_a_request_to_a_running_simulator_needs_none_of_its_server(tmp_path: Path):
    used = "import rc_tail.simulator.control, rc_tail.simulator.send_request"
    code = f"{used}, sys; print(*sorted(sys.modules), file=sys.stderr)"
    modules = set(modules_after(code, tmp_path))
    server = {"instance", "simulation", "server", "service.service", "faults", "traffic.traffic"}
    assert modules & (HEAVY - {"rc_tail.simulator"}) == set()
    assert modules & {f"rc_tail.simulator.{name}" for name in server} == set()
