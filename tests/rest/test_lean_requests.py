from pathlib import Path

from tests.test_start_up import modules_after


def test_requests_is_imported_without_a_warning_and_leaves_nothing_behind(tmp_path: Path):
    code = """
import sys
import rc_tail.rest.platform
import charset_normalizer
print(charset_normalizer.from_bytes("größer".encode()).best().encoding, file=sys.stderr)
"""
    assert modules_after(code, tmp_path, "-W", "error") == ["utf_8"]
