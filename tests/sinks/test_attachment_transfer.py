import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from rc_tail.errors import NoAnswerError, RequestRefusedError
from rc_tail.rest.attachments import DownloadFailedError
from rc_tail.sinks.attachment_files import DownloadProgress
from rc_tail.sinks.attachment_transfer import (
    EXTENSIONS,
    UNKNOWN,
    BeginAgainError,
    Transfer,
    extension_of,
    saved_file,
)

Headers = Mapping[str, str]


class Answers:
    """What a server answers: status, headers, body, and what goes wrong at its end."""

    def __init__(self, *answers: tuple[int, Headers, bytes, Exception | None]) -> None:
        self.answers = list(answers)
        self.starts: list[int | None] = []

    def fetch(self, url: str, start: int | None, receive: Callable[..., Any]) -> None:
        self.starts.append(start)
        status, headers, body, trouble = self.answers.pop(0)
        if status in (200, 206):
            receive(status, headers)(body)
        if trouble is not None:
            raise trouble


CUT = DownloadFailedError(NoAnswerError("cut"), 206, None)


def part(first: int, last: int, total: int | str) -> Headers:
    return {"content-type": "audio/wav", "content-range": f"bytes {first}-{last}/{total}"}


class File:
    def __init__(
        self, folder: Path, *answers: tuple[int, Headers, bytes, Exception | None]
    ) -> None:
        self.folder = folder
        self.server: Any = Answers(*answers)
        self.progress = DownloadProgress()
        self.transfer = Transfer(folder, "a-1", self.progress, threading.Event())

    def request(self) -> Path | None:
        return self.transfer.request(self.server, "url")

    def names(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())


def test_it_continues_where_it_stopped(tmp_path: Path):
    file = File(
        tmp_path,
        (206, part(0, 5, 6), b"ab", CUT),
        (206, part(2, 5, 6), b"cd", None),
        (206, part(4, 5, 6), b"ef", None),
    )
    assert file.request() is None
    assert file.names() == ["a-1.6.part"]
    assert file.request() is None
    assert file.request() == tmp_path / "a-1.wav"
    assert (tmp_path / "a-1.wav").read_bytes() == b"abcdef"
    assert file.server.starts == [0, 2, 4]
    assert (file.progress.received, file.progress.total) == (6, 6)


def test_nothing_at_all_is_a_failure(tmp_path: Path):
    file = File(tmp_path, (206, part(0, 5, 6), b"", CUT))
    with pytest.raises(DownloadFailedError):
        file.request()


def test_a_server_without_ranges_begins_again(tmp_path: Path):
    whole = {"content-type": "audio/wav", "content-length": "6"}
    file = File(tmp_path, (200, whole, b"ab", CUT), (200, whole, b"abcdef", None))
    assert file.request() is None
    path = file.request()
    assert path is not None
    assert path.read_bytes() == b"abcdef"


def test_a_size_that_is_not_announced(tmp_path: Path):
    file = File(
        tmp_path,
        (200, {}, b"ab", CUT),
        (200, {}, b"abcdef", None),
    )
    assert file.request() is None
    assert file.names() == ["a-1.part"]
    path = file.request()
    assert path == tmp_path / "a-1.bin"
    assert path.read_bytes() == b"abcdef"


def test_a_file_that_changed_begins_again(tmp_path: Path):
    file = File(
        tmp_path,
        (206, part(0, 5, 6), b"ab", CUT),
        (206, part(2, 8, 9), b"xxxxxxx", None),
        (206, part(0, 8, 9), b"123456789", None),
    )
    assert file.request() is None
    with pytest.raises(BeginAgainError, match="has changed"):
        file.request()
    assert file.names() == []
    path = file.request()
    assert path is not None
    assert path.read_bytes() == b"123456789"


def test_another_part_than_requested_is_not_taken(tmp_path: Path):
    file = File(tmp_path, (206, part(0, 5, 6), b"ab", CUT), (206, part(3, 5, 6), b"def", None))
    assert file.request() is None
    with pytest.raises(BeginAgainError, match="another part"):
        file.request()
    assert file.names() == []


def test_a_refused_range_is_not_requested_again(tmp_path: Path):
    refused = DownloadFailedError(RequestRefusedError("no such range"), 416, None)
    empty = {"content-type": "audio/wav", "content-length": "0"}
    file = File(tmp_path, (416, {}, b"", refused), (200, empty, b"", None))
    with pytest.raises(BeginAgainError, match="no such range"):
        file.request()
    path = file.request()
    assert path is not None
    assert path.read_bytes() == b""
    assert file.server.starts == [0, None]


def test_less_than_announced_without_a_byte_begins_again(tmp_path: Path):
    with pytest.raises(BeginAgainError, match="less than it announced"):
        File(tmp_path, (206, part(0, 5, 6), b"", None)).request()


def test_a_file_that_is_there_is_not_requested(tmp_path: Path):
    (tmp_path / "a-1.mp3").touch()
    file = File(tmp_path)
    assert file.request() == tmp_path / "a-1.mp3"
    assert file.server.starts == []


def test_a_link_counts_as_a_file(tmp_path: Path):
    (tmp_path / "a-1.wav").symlink_to("nowhere")
    assert saved_file(tmp_path, "a-1") == tmp_path / "a-1.wav"
    assert saved_file(tmp_path, "a-11") is None


@pytest.mark.parametrize(
    ("type_", "extension"),
    [
        ("audio/mpeg", "mp3"),
        ("Audio/X-WAV; codecs=1", "wav"),
        ("application/pdf", "pdf"),
        ("application/x-made-up", "bin"),
        ("../../x", "bin"),
        ("", "bin"),
    ],
)
def test_extensions(type_, extension):
    assert extension_of({"content-type": type_}) == extension
    assert extension_of({}) == UNKNOWN


def test_no_extension_is_that_of_a_part():
    assert all(each.isalnum() and each != "part" for each in EXTENSIONS.values())
