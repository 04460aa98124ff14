import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from rc_tail.errors import UsageError
from rc_tail.rest.rate_limit import CancelledError
from rc_tail.sinks import attachment_files, attachment_transfer
from rc_tail.sinks.attachment_files import MOST_PAGES, AttachmentFiles
from rc_tail.sinks.sink import RefusedError, TryAgainError
from rc_tail.system.locks import locked
from rc_tail.system.partial_files import PartialFile
from tests.sinks.mailbox import (
    LONG,
    PICTURE,
    PICTURES,
    Listener,
    Mailbox,
    content,
    digest,
    in_background,
    notification,
    open_mailbox,
)
from tests.sinks.sinks import wait_until

AT = ("creationTime", "2026-03-02T23:59:59.000-01:00")


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[Mailbox]:
    with open_mailbox(tmp_path / "mail") as opened:
        yield opened


def refusal(files: AttachmentFiles, event: object) -> str:
    saved = files.save(event)  # type: ignore[arg-type]
    assert isinstance(saved.refusal, RefusedError)
    return saved.refusal.reason


def test_files_have_names_of_ids_and_the_day_of_the_message_in_utc(mailbox: Mailbox):
    event = mailbox.event("voicemail", ("id", "70001"), AT)
    saved = mailbox.files().save(event)
    assert [str(path) for path in saved.paths] == [
        str(mailbox.folder.absolute() / "2026-03-03" / "voicemail-70001-1.wav")
    ]
    (path,) = saved.paths
    assert path.read_bytes() == content(event)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert mailbox.told == [
        f"saved voicemail from Bob Sample → {mailbox.folder}/2026-03-03/voicemail-70001-1.wav (136 kB)"
    ]


@pytest.mark.parametrize(
    ("kind", "changes", "name"),
    [
        ("fax", (), "fax-70001-1.pdf"),
        ("voicemail", (("attachments.0.contentType", "audio/mpeg"),), "voicemail-70001-1.mp3"),
        # The simulator makes every picture a PNG, whatever the event calls it.
        ("sms", PICTURE, "sms-70001-1.png"),
    ],
)
def test_the_type_of_the_answer_decides(mailbox: Mailbox, kind, changes, name):
    event = mailbox.event(kind, ("id", "70001"), *changes)
    assert [path.name for path in mailbox.files().save(event).paths] == [name]


def test_an_unknown_type_is_called_bin(mailbox: Mailbox):
    event = mailbox.event("voicemail", ("id", "7"))
    mailbox.simulator.fault("broken-content", how="untyped")
    assert [path.name for path in mailbox.files().save(event).paths] == ["voicemail-7-1.bin"]


def test_texts_and_what_is_not_wanted_are_not_requested(mailbox: Mailbox):
    text, fax = mailbox.event("sms"), mailbox.event("fax")
    files = mailbox.files(frozenset({"voicemail", "mms"}))
    assert not files.has_any(text)
    assert not files.has_any(fax)
    assert files.save(text) == files.save(fax) == ([], None)
    assert mailbox.downloads() == []


def test_a_file_of_the_name_counts_as_saved(mailbox: Mailbox):
    event = mailbox.event("voicemail", ("id", "7"), AT)
    path = mailbox.folder / "2026-03-03" / "voicemail-7-1.mp3"
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    assert mailbox.files().save(event).paths == [path.absolute()]
    assert (path.read_text(), mailbox.downloads(), mailbox.told) == ("mine", [], [])


def test_several_pictures_are_numbered(mailbox: Mailbox):
    event = mailbox.event("sms", ("id", "7"), *PICTURES)
    names = [path.name for path in mailbox.files().save(event).paths]
    assert names == ["sms-7-1.png", "sms-7-2.png"]


# Connections that break.


def test_three_cuts_and_a_limit_leave_the_file_whole(mailbox: Mailbox):
    event = mailbox.event("voicemail", *LONG)
    for _ in range(3):
        mailbox.simulator.fault("broken-content", how="cut")
    mailbox.simulator.fault("rate-limited", on="content", retry_after=1)
    (path,) = mailbox.files().save(event).paths
    assert digest(path.read_bytes()) == digest(content(event))
    assert sorted(mailbox.downloads()) == [206, 206, 206, 206, 429]
    assert mailbox.warnings == [
        "attachments wait 1 s: RingCentral asked us to slow down: CMN-301 Request rate exceeded"
    ]
    assert [name for name in mailbox.saved() if name.endswith(".part")] == []


def test_a_length_that_is_too_short_is_noticed(mailbox: Mailbox):
    event = mailbox.event("voicemail", *LONG)
    mailbox.simulator.fault("broken-content", how="wrong-length")
    (path,) = mailbox.files().save(event).paths
    assert digest(path.read_bytes()) == digest(content(event))


def test_four_gibibytes_are_not_saved(mailbox: Mailbox):
    event = mailbox.event("voicemail", ("id", "7"))
    mailbox.simulator.fault("broken-content", how="huge")
    assert refusal(mailbox.files(), event) == "voicemail-7-1 has 4.3 GB; at most 1.1 GB are saved"
    assert mailbox.saved() == []


def test_a_size_that_nobody_announced_is_bounded_too(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
):
    event = mailbox.event("voicemail", ("id", "7"))
    monkeypatch.setattr(attachment_transfer, "MOST", 1000)
    assert "at most 1.0 kB" in refusal(mailbox.files(), event)


def test_a_dead_token_is_replaced_once(mailbox: Mailbox):
    event = mailbox.event("voicemail")
    mailbox.simulator.fault("unauthorized", on="content")
    assert len(mailbox.files().save(event).paths) == 1
    assert mailbox.downloads() == [401, 206]
    mailbox.simulator.fault("unauthorized", on="content", count=2)
    with pytest.raises(TryAgainError, match="no longer accepts the access token"):
        mailbox.files().save(mailbox.event("voicemail"))


@pytest.mark.parametrize("status", [500, 503])
def test_a_failing_service_is_tried_again_by_the_sink(mailbox: Mailbox, status: int):
    event = mailbox.event("voicemail")
    mailbox.simulator.fault("unavailable", on="content", status=status)
    with pytest.raises(TryAgainError, match="temporarily unavailable") as caught:
        mailbox.files().save(event)
    assert (caught.value.status, caught.value.is_about_event) == (status, False)


# Answers that are not the file.


def test_a_missing_permission_is_named(mailbox: Mailbox):
    event = mailbox.event("voicemail")
    mailbox.simulator.fault("forbidden", on="content")
    files = mailbox.files()
    reason = refusal(files, event)
    assert "CMN-401" in reason
    assert "add it in RingCentral's console" in reason
    # --exec, which wants the same file, does not ask again.
    assert refusal(files, event) == reason
    assert mailbox.downloads() == [403]


def test_a_new_file_that_is_not_there_yet_is_waited_for(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(attachment_files, "_RETRY_MISSING", (0.01,))
    mailbox.simulator.fault("broken-content", how="missing", count=3)
    event = mailbox.event("voicemail")
    assert len(mailbox.files().save(event).paths) == 1
    assert mailbox.downloads() == [404, 404, 404, 206]


def test_an_old_file_that_is_missing_is_refused(mailbox: Mailbox):
    event = mailbox.event("voicemail", AT)
    mailbox.simulator.fault("broken-content", how="missing")
    assert "CMN-102" in refusal(mailbox.files(), event)
    assert mailbox.downloads() == [404]


def test_a_web_page_is_no_file(mailbox: Mailbox):
    event = mailbox.event("voicemail")
    mailbox.simulator.fault("broken-content", how="html", count=MOST_PAGES)
    files = mailbox.files()
    for after in (1.0, 2.0, 4.0, 8.0, 16.0)[: MOST_PAGES - 1]:
        with pytest.raises(TryAgainError, match="a web page titled") as caught:
            files.save(event)
        assert (caught.value.after, caught.value.is_about_event) == (after, True)
    assert "a web page" in refusal(files, event)
    assert mailbox.saved() == []


def test_no_redirect_is_followed(mailbox: Mailbox):
    event = mailbox.event("voicemail")
    mailbox.simulator.fault("broken-content", how="redirect")
    with pytest.raises(TryAgainError, match=r"a redirect to https://media\.example\.com"):
        mailbox.files().save(event)


def test_the_token_goes_to_no_other_address(mailbox: Mailbox):
    other = Listener()
    mailbox.simulator.fault("foreign-content", server=other.url)
    body = json.loads(mailbox.event("voicemail").payload)["body"]
    body["attachments"][0]["uri"] = f"{other.url}/content"
    assert "no access token is sent there" in refusal(
        mailbox.files(), notification("voicemail", body)
    )
    assert not other.called()
    other.close()


@pytest.mark.parametrize("id_", ["../../etc/passwd", "a\0b", "7" * 300, "", "/", "é"])
def test_ids_that_could_leave_the_folder_are_refused(mailbox: Mailbox, id_: str):
    body = json.loads(mailbox.event("voicemail").payload)["body"] | {"id": id_}
    files = mailbox.files()
    event = notification("voicemail", body)
    assert files.has_any(event)
    assert "invalid message id" in refusal(files, event)
    assert (mailbox.saved(), mailbox.downloads()) == ([], [])


# Folders.


def test_a_folder_that_is_a_file_is_refused(mailbox: Mailbox):
    mailbox.folder.write_text("a file")
    with pytest.raises(UsageError, match="mail is not a folder"):
        mailbox.files()
    mailbox.folder = mailbox.folder / "below" / "it"
    with pytest.raises(UsageError, match="mail is not a folder"):
        mailbox.files()


def test_a_folder_is_made_when_it_is_needed(mailbox: Mailbox):
    mailbox.folder = mailbox.folder / "below" / "it"
    files = mailbox.files()
    assert not mailbox.folder.exists()
    files.open()
    assert mailbox.folder.is_dir()


def test_a_folder_that_cannot_be_made_is_told(mailbox: Mailbox):
    files = mailbox.files()
    mailbox.folder.write_text("it came between")
    with pytest.raises(UsageError, match="mail cannot be used: File exists"):
        files.open()


def test_a_folder_that_cannot_be_written_is_refused(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
):
    # Root may write everywhere.
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(UsageError, match="is not writable"):
        mailbox.files()


def test_the_mode_of_a_folder_that_is_there_is_left_alone(mailbox: Mailbox):
    mailbox.folder.mkdir(mode=0o755)
    mailbox.files().save(mailbox.event("voicemail"))
    assert mailbox.folder.stat().st_mode & 0o777 == 0o755


def test_a_day_that_cannot_be_made_is_tried_again(mailbox: Mailbox):
    event = mailbox.event("voicemail", AT)
    files = mailbox.files()
    files.open()
    (mailbox.folder / "2026-03-03").write_text("in the way")
    with pytest.raises(TryAgainError, match="File exists"):
        files.save(event)
    (mailbox.folder / "2026-03-03").unlink()
    assert len(files.save(event).paths) == 1


# What a kill leaves.


def test_a_part_of_an_earlier_run_is_continued(mailbox: Mailbox):
    event = mailbox.event("voicemail", ("id", "7"), AT, *LONG)
    whole = content(event)
    day = mailbox.folder / "2026-03-03"
    day.mkdir(parents=True)
    # Recognisable: what is there is not requested again.
    part = b"x" * 1_000_000
    (day / f"voicemail-7-1.{len(whole)}.part").write_bytes(part)
    (path,) = mailbox.files().save(event).paths
    assert path.read_bytes() == part + whole[1_000_000:]
    assert mailbox.saved() == ["2026-03-03/voicemail-7-1.wav"]


@pytest.mark.parametrize("size", [10, 10**6, 3 * 10**6, 0])
def test_a_part_of_another_length_is_dropped(mailbox: Mailbox, size: int):
    event = mailbox.event("voicemail", ("id", "7"), AT, *LONG)
    day = mailbox.folder / "2026-03-03"
    day.mkdir(parents=True)
    (day / f"voicemail-7-1.{size + 1}.part").write_bytes(b"x" * size)
    (path,) = mailbox.files().save(event).paths
    assert digest(path.read_bytes()) == digest(content(event))
    assert mailbox.saved() == ["2026-03-03/voicemail-7-1.wav"]


def test_a_part_that_is_whole_only_gets_its_name(mailbox: Mailbox):
    event = mailbox.event("fax", ("id", "7"), AT)
    whole = content(event)
    day = mailbox.folder / "2026-03-03"
    day.mkdir(parents=True)
    (day / f"fax-7-1.{len(whole)}.part").write_bytes(whole)
    (path,) = mailbox.files().save(event).paths
    assert (path.name, path.read_bytes()) == ("fax-7-1.pdf", whole)


# Several at once.


def test_two_tails_save_into_one_folder_and_one_receives_each_file(mailbox: Mailbox):
    events = [mailbox.event("voicemail", *LONG) for _ in range(6)]
    tails = [mailbox.files() for _ in range(4)]

    def save(files: AttachmentFiles, order: int) -> None:
        for event in events[::order]:
            assert len(files.save(event).paths) == 1

    threads = [
        in_background(lambda files=files, order=order: save(files, order))
        for files, order in zip(tails, (1, -1, 1, -1), strict=True)
    ]
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    saved = sorted(digest(path.read_bytes()) for path in mailbox.folder.rglob("*.wav"))
    assert saved == sorted(digest(content(event)) for event in events)
    assert all(name.endswith(".wav") for name in mailbox.saved())


def test_what_another_process_receives_is_waited_for(mailbox: Mailbox):
    event = mailbox.event("voicemail", ("id", "7"), AT)
    whole = content(event)
    day = mailbox.folder / "2026-03-03"
    day.mkdir(parents=True)
    part = day / f"voicemail-7-1.{len(whole)}.part"
    found: list[Path] = []
    with locked(part, 0):
        thread = in_background(lambda: found.extend(mailbox.files().save(event).paths))
        thread.join(0.5)
        assert thread.is_alive()
        part.write_bytes(whole)
        part.rename(day / "voicemail-7-1.wav")
    thread.join(60)
    assert [path.name for path in found] == ["voicemail-7-1.wav"]
    assert mailbox.told == []


def test_a_cancelled_download_leaves_its_part(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch):
    event = mailbox.event("voicemail", *LONG)
    files = mailbox.files()
    write = PartialFile.write

    def cancelled(self: PartialFile, data: bytes) -> None:
        write(self, data)
        files.cancel()

    monkeypatch.setattr(PartialFile, "write", cancelled)
    with pytest.raises(CancelledError):
        files.save(event)
    (name,) = mailbox.saved()
    assert name.endswith(".2400044.part")
    assert (mailbox.folder / name).stat().st_size > 0
    monkeypatch.setattr(PartialFile, "write", write)
    (path,) = mailbox.files().save(event).paths
    assert digest(path.read_bytes()) == digest(content(event))


def test_a_server_that_sends_nothing_does_not_delay_the_end(mailbox: Mailbox):
    mailbox.timeout = 600.0
    event = mailbox.event("voicemail")
    mailbox.simulator.fault("slow-answer", on="content", delay="10m")
    files = mailbox.files()
    ended = threading.Event()

    def save() -> None:
        with pytest.raises(CancelledError):
            files.save(event)
        ended.set()

    in_background(save)
    wait_until(lambda: files.running() == 1)
    files.cancel()
    assert ended.wait(60)


def test_what_takes_long_says_how_far_it_is(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch):
    event = mailbox.event("voicemail", ("id", "7"), *LONG)
    files = mailbox.files()
    seen: list[str] = []
    write = PartialFile.write

    def slowly(self: PartialFile, data: bytes) -> None:
        seen.append(files.progress())
        write(self, data)

    monkeypatch.setattr(attachment_files, "_SHORT_WAIT", 0.0)
    monkeypatch.setattr(PartialFile, "write", slowly)
    files.save(event)
    assert seen[-1].startswith("saving voicemail-7-1: ")
    assert seen[-1].endswith(" of 2.4 MB")
    assert files.progress() == ""
