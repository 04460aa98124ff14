"""Each test runs a Python of its own: what was imported before would not be imported again."""

from pathlib import Path

from tests.test_start_up import modules_after


def told_by(code: str, folder: Path, *options: str, **modules: str) -> list[str]:
    """Return the words that `code` prints last, next to modules with these texts."""
    for name, text in modules.items():
        (folder / f"{name}.py").write_text(text)
    begin = (
        "import sys\nfrom rc_tail.system.lean_imports import import_lean\nsys.path.insert(0, '.')\n"
    )
    return modules_after(begin + code, folder, *options)


def test_a_library_is_imported_without_a_warning_and_nothing_is_left_behind(tmp_path: Path):
    code = """
import warnings
filters = list(warnings.filters)
import_lean("rc_tail.tail.run")
left = [n for n, m in sys.modules.items() if m is None or type(m).__name__ == "_LaterModule"]
assert (left, warnings.filters) == ([], filters)
import charset_normalizer, inspect, shutil, typing_extensions
print(
    charset_normalizer.from_bytes("größer".encode()).best().encoding,
    inspect.isfunction(shutil.which),
    typing_extensions.__name__,
    file=sys.stderr,
)
"""
    words = told_by(code, tmp_path, "-W", "error")
    assert words == ["utf_8", "True", "typing_extensions"]


def test_a_module_that_is_rarely_used_is_there_when_it_is_used(tmp_path: Path):
    code = """
user = import_lean("user")
before = "shutil" in sys.modules
print(before, user.find("sh") is not None, "shutil" in sys.modules, file=sys.stderr)
"""
    user = "import shutil\ndef find(name):\n    return shutil.which(name)\n"
    assert told_by(code, tmp_path, user=user) == ["False", "True", "True"]


def test_a_module_that_is_used_during_the_import_is_there_too(tmp_path: Path):
    code = """
user = import_lean("user")
import csv
print(user.writer is csv.writer, user.error is csv.Error, file=sys.stderr)
"""
    user = "import csv\nfrom csv import writer\nerror = csv.Error\n"
    assert told_by(code, tmp_path, user=user) == ["True", "True"]


def test_several_threads_can_be_the_first_to_use_a_module(tmp_path: Path):
    code = """
import threading
user = import_lean("user")
start, found = threading.Barrier(8), []
def use():
    start.wait()
    found.append(user.find("sh"))
threads = [threading.Thread(target=use) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(len(found), len(set(found)), file=sys.stderr)
"""
    user = "import shutil\ndef find(name):\n    return shutil.which(name)\n"
    assert told_by(code, tmp_path, user=user) == ["8", "1"]


def test_a_library_that_does_need_such_a_module_gets_it(tmp_path: Path):
    code = "print(import_lean('user').assert_type(1, int), file=sys.stderr)"
    user = "import shutil\nfrom typing_extensions import assert_type\nshutil.which\n"
    assert told_by(code, tmp_path, user=user) == ["1"]


def test_a_module_that_is_not_there_is_missed(tmp_path: Path):
    code = """
try:
    import_lean("user")
except ImportError as error:
    print(error.name, "inspect" in sys.modules, file=sys.stderr)
"""
    assert told_by(code, tmp_path, user="import no_such_module") == ["no_such_module", "False"]


def test_a_module_that_was_imported_before_stays(tmp_path: Path):
    code = """
import typing_extensions, zipfile
user = import_lean("user")
print(user.zipfile is zipfile, user.typing_extensions is typing_extensions, file=sys.stderr)
"""
    user = "import zipfile, typing_extensions\n"
    assert told_by(code, tmp_path, user=user) == ["True", "True"]
