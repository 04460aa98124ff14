import io
from pathlib import Path

import pytest

from rc_tail.config.folders import Folders
from rc_tail.config.settings import IdentityOptions, Settings
from rc_tail.config.tail_options import SinkRequest
from rc_tail.doctor.examination import Examination
from rc_tail.doctor.findings import Finding
from rc_tail.doctor.steps.destinations import check_destinations
from rc_tail.errors import ConfigError, UsageError
from rc_tail.reporter import Reporter
from tests.sinks.receivers import Receiver
from tests.sinks.test_forward import request_for


def find(folder: Path, *sinks: SinkRequest, dead_letter: Path | None = None) -> Finding:
    examination = Examination(
        IdentityOptions(),
        None,
        {},
        Folders(folder, folder, folder),
        Reporter(io.StringIO()),
        sinks=sinks,
        dead_letter=dead_letter,
    )
    examination.settings = Settings("https://platform.ringcentral.com", None, "nowhere")
    return check_destinations(examination)


def test_what_is_there_is_not_changed(tmp_path: Path):
    files = tmp_path / "events.jsonl", tmp_path / "events.db"
    kinds = SinkRequest("append", str(files[0])), SinkRequest("sqlite", str(files[1]))
    found = find(tmp_path, *kinds)
    assert not found.failed
    assert found.details == (
        f"append:{files[0]}: ready",
        f"sqlite:{files[1]}: it does not exist yet",
    )
    assert list(tmp_path.iterdir()) == []


def test_the_first_that_cannot_be_used_ends_it(tmp_path: Path):
    receiver = Receiver()
    with receiver.listening() as port:
        good = request_for(f"localhost:{port}/hook")
    append = SinkRequest("append", str(tmp_path / "no" / "file"))
    found = find(tmp_path, append, good)
    assert found.failed
    assert receiver.handshakes == []


@pytest.mark.parametrize("option", ["forward_header_file", "forward_token_file"])
def test_a_file_that_cannot_be_read_is_no_finding(tmp_path: Path, option: str):
    with pytest.raises((ConfigError, UsageError), match=option.replace("_", "-")):
        find(tmp_path, request_for("localhost:1", **{option: tmp_path}))


def test_what_the_tail_refuses_together_is_refused(tmp_path: Path):
    append = SinkRequest("append", str(tmp_path / "a"))
    with pytest.raises(UsageError, match="given twice"):
        find(tmp_path, append, SinkRequest("append", f"file:{tmp_path}/a"))
    with pytest.raises(UsageError, match="for two outputs"):
        find(tmp_path, append, SinkRequest("sqlite", str(tmp_path / "a")))
    with pytest.raises(UsageError, match="for two outputs"):
        find(tmp_path, append, dead_letter=tmp_path / "a")


def test_a_dead_letter_file_that_cannot_be_written_is_found(tmp_path: Path):
    append = SinkRequest("append", str(tmp_path / "a"))
    found = find(tmp_path, append, dead_letter=tmp_path)
    assert found.failed
    assert "--dead-letter" in found.words
