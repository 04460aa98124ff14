"""The guards of the house: who may import what, and where things stand."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Collection, Iterator, Mapping
from fnmatch import fnmatch
from functools import cache
from pathlib import Path, PurePosixPath

import pytest

import rc_tail

ROOT = Path(__file__).parents[1]
SOURCES = sorted(p.relative_to(ROOT).as_posix() for p in (ROOT / "rc_tail").rglob("*.py"))
TESTS = sorted(p.relative_to(ROOT).as_posix() for p in (ROOT / "tests").rglob("*.py"))
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
BANNED_API = PYPROJECT["tool"]["ruff"]["lint"]["flake8-tidy-imports"]["banned-api"]

# Who holds each thing from outside: the file, and what it may import of the banned.
OWNERS: Mapping[str, frozenset[str]] = {
    f"rc_tail/{file}": frozenset(modules.split())
    for file, modules in {
        "sinks/exec_command.py": "subprocess",
        "system/ancestors.py": "subprocess",
        "system/clocks.py": "random time",
        "system/pager.py": "subprocess",
        "transport/connection.py": "time",
        "network/connect.py": "socket time",
        "transport/stream.py": "socket time",
        "transport/websocket.py": "socket websocket",
        "rest/auth_budget.py": "time",
        "rest/jwt_hints.py": "jwt",
        "rest/http.py": "requests time",
        "rest/http_session.py": "requests",
        "rest/tokens.py": "time",
        "simulator/instance.py": "time",
        "simulator/server/socket.py": "socket",
        "simulator/server/server.py": "socket",
        "simulator/traffic/calls.py": "random",
        "simulator/traffic/outsiders.py": "random",
        "simulator/traffic/scenes.py": "random",
        "simulator/traffic/traffic.py": "random",
        "simulator/server/wire.py": "h11 wsproto",
        "status/systemd.py": "socket",
    }.items()
}

# Rooms that know no socket, clock, chance, file or environment, less the files named.
PURE = (
    "rc_tail/errors.py",
    "rc_tail/events/**",
    "rc_tail/gateway/**",
    "rc_tail/history/**",
    "rc_tail/output/**",
    "rc_tail/simulator/service/**",
    "rc_tail/text/**",
)
NOT_PURE: Mapping[str, str] = {
    "rc_tail/history/reader.py": "asks over REST",
}
IMPURE = frozenset(
    [
        "asyncio",
        "fcntl",
        "fileinput",
        "getpass",
        "glob",
        "h11",
        "http",
        "io",
        "logging",
        "multiprocessing",
        "os",
        "pathlib",
        "platform",
        "platformdirs",
        "queue",
        "random",
        "requests",
        "secrets",
        "select",
        "selectors",
        "shutil",
        "signal",
        "socket",
        "ssl",
        "subprocess",
        "sys",
        "tempfile",
        "termios",
        "threading",
        "time",
        "uuid",
        "websocket",
        "wsproto",
    ]
)
# What reads a clock or the environment without an import that would tell.
IMPURE_CALLS = frozenset({"now", "utcnow", "today", "open", "input", "print"})
# The rooms from the ground up: each may import those above it in this list, and its own modules.
# `rc_tail` is the version alone.
ROOMS = [
    "rc_tail",
    "errors",
    "text",
    "system",
    "reporter",
    "events",
    "network",
    "gateway",
    "transport",
    "config",
    "rest",
    "output",
    "sinks",
    "status",
    "history",
    "state",
    "tail",
    "doctor",
    "simulator",
    "cli",
    "__main__",
]
# What may import less than the list allows.
NARROW: Mapping[str, str] = {
    "sinks": "rc_tail errors text system network reporter events config gateway rest output",
    "simulator": "rc_tail errors text system events",
}
# The folders of the simulator, each with what it may import of the simulator besides itself.
SIMULATOR: Mapping[str, str] = {
    "service": "",
    "traffic": "service",
    "faults": "service",
    "server": "service simulation",
}
ROOT_MODULES = {"__init__", "__main__", "errors", "reporter"}

# Modules without a test file of their own name, each with the reason.
UNTESTED = {
    "rc_tail/cli/arguments.py": "a table; test_options.py reads it",
    "rc_tail/cli/simulator_options.py": "a table; test_options.py reads it",
    "rc_tail/gateway/commands.py": "declarations of values",
    "rc_tail/tail/assembly.py": "tested with run.py",
    "rc_tail/rest/http_session.py": "tested with http.py",
    "rc_tail/tail/loop_events.py": "declarations of values",
    "rc_tail/tail/parts.py": "declarations of values",
    "rc_tail/tail/ending.py": "tested with loop.py",
    "rc_tail/tail/current_state.py": "tested with loop.py",
    "rc_tail/sinks/reports.py": "declarations of values",
    "rc_tail/cli/completion/shells.py": "a declaration",
    "rc_tail/gateway/incoming.py": "declarations of values",
}
# Tests that mirror no module, each with the reason.
EXTRA = {
    "tests/test_layout.py": "this one",
    "tests/test_main.py": "of __main__",
    "tests/gateway/test_session_machine.py": "a second way to test session.py",
    "tests/gateway/test_joined_machine.py": "a third, with the simulator as the gateway",
    "tests/test_readme.py": "of the README",
    "tests/test_wording.py": "of every text for users",
    "tests/test_message_kinds.py": "of the messages of every room",
    "tests/test_lowest.py": "of lowest.py beside it",
    "tests/test_generate.py": "of generate.py beside it",
    "tests/end_to_end/*": "whole programs",
    "tests/benchmarks/*": "figures",
    "tests/side_by_side/*": "the table beside other clients",
    "tests/soak/*": "the long run",
    "tests/readme/*": "of the README",
    "tests/state/test_earlier_version.py": "files that an earlier version left, of several modules",
    "tests/test_start_up.py": "what every command imports",
    "tests/test_work_counts.py": "what a burst costs all modules on its way",
}


@cache
def tree(file: str) -> ast.Module:
    return ast.parse((ROOT / file).read_text(), file)


@cache
def nodes(file: str) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(tree(file)))


@cache
def imports(file: str) -> frozenset[str]:
    """The modules that a file imports, wherever in it: ``rc_tail.errors``, ``os.path``."""
    found: set[str] = set()
    for node in nodes(file):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: imports are absolute"
            found |= set(named(node))
    return frozenset(found)


def named(node: ast.ImportFrom) -> Iterator[str]:
    assert node.module is not None
    for alias in node.names:
        # ``from rc_tail.cli import edge`` imports a module, ``from rc_tail import __version__`` not.
        inner = f"{node.module}.{alias.name}"
        yield inner if path_of(inner) in SOURCES else node.module


def path_of(module: str) -> str:
    return f"{module.replace('.', '/')}.py"


def roots(file: str) -> frozenset[str]:
    return frozenset(module.partition(".")[0] for module in imports(file))


def area(file: str) -> str:
    """The folder under the package, or the module's own name."""
    return PurePosixPath(file).parts[1].removesuffix(".py")


def offenders(found: Mapping[str, Collection[str]]) -> Mapping[str, Collection[str]]:
    """Those files in which something was found that should not be there."""
    assert len(found) > 100, "these are not all files"
    return {file: names for file, names in found.items() if names}


def is_pure(file: str) -> bool:
    return file not in NOT_PURE and any(fnmatch(file, pattern) for pattern in PURE)


# Purity.


def test_every_pattern_of_pure_modules_finds_some():
    for pattern in PURE:
        assert any(fnmatch(file, pattern) for file in SOURCES), pattern
    assert NOT_PURE.keys() <= set(SOURCES)


def test_pure_modules_import_nothing_from_outside():
    imported = {file: roots(file) & IMPURE for file in SOURCES if is_pure(file)}
    assert offenders(imported) == {}


def test_pure_modules_read_no_clock_and_open_no_file():
    called = {file: calls(file) & IMPURE_CALLS for file in SOURCES if is_pure(file)}
    assert offenders(called) == {}


def calls(file: str) -> set[str]:
    return {
        node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
        for node in nodes(file)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name)
    }


# The direction of the arrows.


def room(module: str) -> str:
    """The room of a module: `rc_tail.state.recent` is in `state`."""
    first = module.partition(".")[2].partition(".")[0]
    return first if first and first != "__init__" else "rc_tail"


def module_of(file: str) -> str:
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def ours(file: str) -> list[str]:
    """The modules of the package that a file imports."""
    return sorted(m for m in imports(file) if m.partition(".")[0] == "rc_tail")


def test_nothing_else_stands_at_the_root():
    root = {PurePosixPath(f).stem for f in SOURCES if len(PurePosixPath(f).parts) == 2}
    assert root == ROOT_MODULES


@pytest.mark.parametrize("name", [r for r in ROOMS if r not in ("rc_tail", "__main__")])
def test_the_readme_names_every_room(name):
    entry = f"{name}.py" if name in ROOT_MODULES else f"{name}/"
    assert re.search(rf"^{entry} +\S", (ROOT / "README.md").read_text(), re.MULTILINE)


def test_every_room_is_on_the_list():
    assert {room(module_of(file)) for file in SOURCES} == set(ROOMS)


def test_the_map_of_the_package_names_every_room_and_only_files_that_exist():
    rooms = re.findall(r"^    ([a-z_]+)(?:/|\.py) ", rc_tail.__doc__ or "", re.MULTILINE)
    assert rooms == [name for name in reversed(ROOMS) if name not in ("rc_tail", "__main__")]
    for file in re.findall(r"``([a-z_]+/[a-z_]+\.py)``", rc_tail.__doc__ or ""):
        assert f"rc_tail/{file}" in SOURCES


def test_imports_point_down():
    assert offenders({file: pointing_up(file) for file in SOURCES}) == {}


def pointing_up(file: str) -> list[str]:
    here = room(module_of(file))
    below = NARROW[here].split() if here in NARROW else ROOMS[: ROOMS.index(here)]
    allowed = {here, *below}
    if here not in ("cli", "simulator"):
        allowed.discard("simulator")
    return [module for module in ours(file) if room(module) not in allowed]


@pytest.mark.parametrize("folder", SIMULATOR)
def test_the_folders_of_the_simulator_import_only_what_is_below_them(folder):
    files = [file for file in SOURCES if file.startswith(f"rc_tail/simulator/{folder}/")]
    assert files
    allowed = {folder, *SIMULATOR[folder].split()}
    simulator = [m.split(".")[2] for file in files for m in ours(file) if room(m) == "simulator"]
    assert set(simulator) <= allowed


def test_no_modules_import_each_other_in_a_circle():
    remaining = {module_of(file): set(ours(file)) - {module_of(file)} for file in SOURCES}
    while leaves := [m for m, used in remaining.items() if not used & remaining.keys()]:
        for module in leaves:
            del remaining[module]
    assert not remaining, f"a circle, or above one: {sorted(remaining)}"


def test_click_is_never_imported():
    # Typer ships its own copy: another one may not be there, and would not be the same.
    naming = [file for file in (*SOURCES, *TESTS) if "click" in (ROOT / file).read_text()]
    assert [file for file in naming if "click" in roots(file)] == []


def test_standard_output_belongs_to_the_command_line():
    using = {
        area(file)
        for file in SOURCES
        if any(isinstance(node, ast.Attribute) and node.attr == "stdout" for node in nodes(file))
    }
    # The sink of standard output is given a descriptor.
    assert using == {"cli", "__main__", "simulator"}


# Names.


def test_no_two_classes_bear_the_same_name():
    # The simulator has its own classes for the same protocol.
    files: dict[str, list[str]] = {}
    for file in SOURCES:
        if area(file) != "simulator":
            for node in nodes(file):
                if isinstance(node, ast.ClassDef):
                    files.setdefault(node.name, []).append(file)
    assert {name: found for name, found in files.items() if len(found) > 1} == {}


# Owners.


def exempted() -> set[str]:
    ignores = PYPROJECT["tool"]["ruff"]["lint"]["per-file-ignores"]
    return {file for file, codes in ignores.items() if "TID251" in codes} - {"tests/**"}


def test_whoever_imports_what_is_banned_owns_it():
    found = {file: roots(file) & BANNED_API.keys() for file in SOURCES}
    assert {file: modules for file, modules in found.items() if modules} == OWNERS


def test_exemptions_are_for_owners():
    assert exempted() <= OWNERS.keys()
    for file in OWNERS.keys() - exempted():
        # Line by line is narrower still than a whole file.
        assert "noqa: TID251" in (ROOT / file).read_text(), file


def test_nothing_else_silences_the_ban():
    silencing = {file for file in SOURCES if "TID251" in (ROOT / file).read_text()}
    assert silencing <= OWNERS.keys()


def attributes(file: str) -> set[str]:
    return {node.attr for node in nodes(file) if isinstance(node, ast.Attribute)} | {
        node.id for node in nodes(file) if isinstance(node, ast.Name)
    }


@pytest.mark.parametrize(
    ("function", "owners"),
    [
        ("parsedate_to_datetime", {"rc_tail/text/timestamps.py"}),
        # What users type has its own rules.
        ("fromisoformat", {"rc_tail/text/timestamps.py", "rc_tail/text/since.py"}),
        ("JSONDecoder", {"rc_tail/text/lenient_json.py"}),
    ],
)
def test_each_format_is_parsed_in_one_place(function, owners):
    # The simulator parses for itself.
    users = {file for file in SOURCES if function in attributes(file)}
    assert {file for file in users if area(file) != "simulator"} == owners


@pytest.mark.parametrize(
    ("name", "owners"),
    [
        ("flock", {"rc_tail/system/locks.py"}),
        ("fsync", {"rc_tail/system/files.py", "rc_tail/system/append.py"}),
        ("get_terminal_size", {"rc_tail/system/terminal.py"}),
        # Apart from the terminal object: how a descriptor is written, and who is asked.
        (
            "isatty",
            {
                "rc_tail/system/terminal.py",
                "rc_tail/sinks/stdout.py",
                "rc_tail/system/terminal_prompt.py",
            },
        ),
    ],
)
def test_each_call_to_the_system_has_its_owner(name: str, owners: set[str]):
    found = {
        file
        for file in SOURCES
        for node in nodes(file)
        if isinstance(node, ast.Attribute) and node.attr == name
    }
    assert found == owners


# Tests mirror modules.


def mirror(file: str) -> str:
    path = PurePosixPath(file)
    return str(PurePosixPath("tests", *path.parts[1:-1], f"test_{path.name}"))


def has_mirror(file: str) -> bool:
    return not file.endswith(("/__init__.py", "/__main__.py")) and file not in UNTESTED


def test_every_module_has_its_tests():
    wanted = {mirror(file) for file in SOURCES if has_mirror(file)}
    assert wanted - set(TESTS) == set()


def test_modules_without_tests_exist_and_have_none():
    for file in UNTESTED:
        assert file in SOURCES
        assert mirror(file) not in TESTS


def test_every_test_has_its_module():
    mirrors = {mirror(file) for file in SOURCES}
    # A long one may be divided by aspects: test_session_refusals.py.
    divided = tuple(f"{test.removesuffix('.py')}_" for test in mirrors)
    others = {
        file
        for file in TESTS
        if "/test_" in file and file not in mirrors and not file.startswith(divided)
    }
    assert {file for file in others if not any(fnmatch(file, p) for p in EXTRA)} == set()


def test_every_folder_is_a_package():
    for folder in ("rc_tail", "tests"):
        for path in (ROOT / folder).rglob("*.py"):
            assert (path.parent / "__init__.py").exists(), path


# The checkout.


@cache
def tracked() -> tuple[str, ...]:
    if not (ROOT / ".git").exists():
        pytest.skip("this is no checkout")
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert listed.stdout
    return tuple(filter(None, listed.stdout.split("\0")))


def test_the_top_level_is_small():
    names = {PurePosixPath(file).parts[0] for file in tracked()}
    visible = {name for name in names if not name.startswith(".")}
    assert visible <= {
        "LICENSE",
        "Makefile",
        "README.md",
        "completions",
        "pyproject.toml",
        "rc_tail",
        "tests",
    }


def test_no_path_of_a_machine_is_in_any_file():
    pattern = re.compile(r"(?<![\w.~])/(?:work|root|home/[a-z]\w*|Users/\w+)/\w")
    for file in tracked():
        path = ROOT / file
        if path.is_file():
            text = path.read_text(errors="replace")
            assert pattern.search(text) is None, file
