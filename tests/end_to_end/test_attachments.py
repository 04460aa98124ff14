"""``--save-attachments`` as a process: what is on the disk when services, disks and processes fail."""

import hashlib
import json
import signal
import wave
from pathlib import Path

from rc_tail.simulator import Simulator
from rc_tail.simulator.service.content import make_wav
from tests.end_to_end.processes import Tails, eventually
from tests.end_to_end.test_sinks import small_files

SAVING = ("voicemail", "fax", "--save-attachments", "mail", "--log-format", "json", "--json")
LONG = (("attachments.0.vmDuration", 300),)


def saved(home: Path, pattern: str = "*") -> list[Path]:
    return sorted(path for path in (home / "mail").rglob(pattern) if path.is_file())


def downloads(simulator: Simulator) -> list[int]:
    return [each.status for each in simulator.requests if "/content/" in each.path]


def test_a_voicemail_can_be_played(simulator: Simulator, tail: Tails, tmp_path: Path):
    running = tail(*SAVING, "-n", "1", "--debug", home=tmp_path).wait_ready()
    simulator.send("voicemail")
    assert running.wait() == 0
    (path,) = saved(tmp_path)
    with wave.open(str(path)) as audio:
        assert audio.getnframes() == 17 * 8000
    (told,) = running.records("saved")
    assert Path(told["file"]) == path
    assert told["size"] == path.stat().st_size
    # The program says what it requests, and never with what token.
    assert "/content/" in running.told
    (token,) = simulator._call(lambda simulation, _: list(simulation.service.sessions._by_access))
    assert token not in running.told


def test_past_attachments_are_saved_before_the_end(
    simulator: Simulator, tail: Tails, tmp_path: Path
):
    simulator.send("voicemail", count=3)
    simulator.send("fax", count=3)
    simulator.fault("broken-content", how="cut", count=4)
    running = tail(*SAVING, "--since", "1h", "--no-follow", home=tmp_path)
    assert running.wait() == 0
    assert len(running.events()) == len(saved(tmp_path)) == 6
    assert len(saved(tmp_path, "*.pdf")) == 3
    # Again nothing is requested.
    before = len(downloads(simulator))
    again = tail(*SAVING, "--since", "1h", "--no-follow", home=tmp_path)
    assert again.wait() == 0
    assert len(downloads(simulator)) == before


def test_a_kill_in_a_download_loses_no_file_and_no_command(
    simulator: Simulator, tail: Tails, tmp_path: Path
):
    out = tmp_path / "out"
    command = ("--exec", f"""sh -c 'echo "$RC_EVENT_FILES" >> {out}'""", "--resume", "job")
    simulator.fault("broken-content", how="cut")
    simulator.fault("broken-content", how="missing", count=1000)
    first = tail(*SAVING, *command, home=tmp_path).wait_ready()
    simulator.send("voicemail", changes=LONG)
    eventually(lambda: 404 in downloads(simulator), "the rest of the file is missing")
    first.process.kill()
    first.process.wait()
    (part,) = saved(tmp_path)
    assert part.name.endswith(".2400044.part")
    assert 0 < part.stat().st_size < 2_400_044
    simulator._call(lambda simulation, _: simulation.distorter.answers.clear())
    second = tail(*SAVING, *command, home=tmp_path)
    eventually(out.exists, "the command was run")
    assert second.stop() == -signal.SIGTERM
    (path,) = saved(tmp_path)
    assert out.read_text() == f"{path}\n"
    assert hashlib.sha256(path.read_bytes()).digest() == hashlib.sha256(make_wav(300)).digest()


def test_a_full_disk_is_told_and_the_next_run_continues(
    simulator: Simulator, tail: Tails, tmp_path: Path
):
    words = (*SAVING, "--resume", "job")
    first = tail(*words, home=tmp_path, before=small_files).wait_ready()
    simulator.send("voicemail")
    first.wait_told("events wait; retrying")
    (failure,) = [each for each in first.records("sink") if "mail: " in each["message"]]
    assert "File too large" in failure["message"]
    assert first.stop() == -signal.SIGTERM
    second = tail(*words, home=tmp_path).wait_ready()
    eventually(lambda: len(saved(tmp_path, "*.wav")) == 1, "the file is whole")
    assert second.stop() == -signal.SIGTERM
    (path,) = saved(tmp_path)
    assert hashlib.sha256(path.read_bytes()).digest() == hashlib.sha256(make_wav(17)).digest()


def test_two_tails_may_save_into_one_folder(simulator: Simulator, tail: Tails, tmp_path: Path):
    shared = tmp_path / "shared"
    words = ("voicemail", "-n", "8", "--json", "--save-attachments", str(shared))
    tails = [tail(*words).wait_ready() for _ in range(2)]
    simulator.send("voicemail", count=8, changes=LONG)
    assert [each.wait() for each in tails] == [0, 0]
    files = [path for path in shared.rglob("*") if path.is_file()]
    assert len(files) == 8
    expected = hashlib.sha256(make_wav(300)).digest()
    assert {hashlib.sha256(path.read_bytes()).digest() for path in files} == {expected}


def test_a_signal_does_not_wait_for_a_file(simulator: Simulator, tail: Tails, tmp_path: Path):
    simulator.fault("broken-content", how="missing", count=1000)
    running = tail(*SAVING, home=tmp_path).wait_ready()
    simulator.send("voicemail")
    eventually(lambda: 404 in downloads(simulator), "it was requested")
    assert running.stop() == -signal.SIGTERM
    (gap,) = running.records("gap")
    assert gap["events"] == 1
    assert "attachments:" in gap["reason"]


def test_what_is_refused_is_a_dead_letter_that_show_sends_again(
    simulator: Simulator, tail: Tails, tmp_path: Path
):
    simulator.fault("forbidden", on="content")
    words = ("--dead-letter", "dead.jsonl", "-n", "1")
    running = tail(*SAVING, *words, home=tmp_path).wait_ready()
    simulator.send("voicemail")
    assert running.wait() == 0
    letter = json.loads((tmp_path / "dead.jsonl").read_text())
    assert letter["status"] == 403
    assert "permission" in letter["reason"]
    again = tail("show", "dead.jsonl", "-o", "none", "--save-attachments", "mail", home=tmp_path)
    assert again.wait() == 0
    assert "saved voicemail from Bob Sample → mail/" in again.told
    assert len(saved(tmp_path, "*.wav")) == 1


def test_show_needs_a_login_for_attachments(tail: Tails, tmp_path: Path):
    (tmp_path / "events.jsonl").write_text("")
    shown = tail("show", "events.jsonl", "--save-attachments", "mail", home=tmp_path, variables={})
    assert shown.wait() == 77
    assert "rc-tail login" in shown.told


def test_a_folder_that_is_a_file_ends_with_2(tail: Tails, tmp_path: Path):
    (tmp_path / "mail").write_text("a file")
    running = tail(*SAVING[:4], home=tmp_path)
    assert running.wait() == 2
    assert "--save-attachments: mail is not a folder" in running.told
