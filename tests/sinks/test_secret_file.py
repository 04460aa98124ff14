import io
import sys
from pathlib import Path

import pytest

from rc_tail.errors import UsageError
from rc_tail.sinks.secret_file import read_secret


def test_blanks_around_a_secret_do_not_count(tmp_path: Path):
    (tmp_path / "token").write_text("\n s3cret \r\n")
    assert read_secret(tmp_path / "token", "--x", print) == "s3cret"


def test_a_file_that_others_could_read_is_mended_and_told(tmp_path: Path):
    path, told = tmp_path / "token", list[str]()
    path.write_text("s3cret")
    path.chmod(0o644)
    assert read_secret(path, "--x", told.append) == "s3cret"
    assert path.stat().st_mode & 0o777 == 0o600
    assert str(path) in told[0]


def test_a_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"s3cret\n")))
    assert read_secret(Path("-"), "--x", print) == "s3cret"


@pytest.mark.parametrize(
    ("content", "words"), [(None, "does not exist"), (b" \n", "is empty"), (b"\xff", "is not text")]
)
def test_what_cannot_be_used_is_named_with_its_option(
    tmp_path: Path, content: bytes | None, words: str
):
    if content is not None:
        (tmp_path / "token").write_bytes(content)
    with pytest.raises(UsageError, match=words) as caught:
        read_secret(tmp_path / "token", "--x", print)
    assert caught.value.message.startswith("--x: ")


def test_a_folder_cannot_be_read(tmp_path: Path):
    with pytest.raises(UsageError, match="cannot be read: Is a directory"):
        read_secret(tmp_path, "--x", print)
