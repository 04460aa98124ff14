"""The files of ``--save-attachments``: which are there, and how a missing one is received.

Two sinks use them at once, the one that saves attachments and ``--exec``, which waits for those of
its own event. A file that is there is saved, whoever put it there.
"""

import contextlib
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from rc_tail.errors import (
    InterceptedError,
    InterceptedForNowError,
    PermissionMissingError,
    RequestRefusedError,
    UnexpectedAnswerError,
    UsageError,
)
from rc_tail.gateway.messages import Notification
from rc_tail.output.attachments import Attachment, InvalidAttachmentError, attachments_of
from rc_tail.rest.attachments import (
    AttachmentDownloads,
    DownloadFailedError,
    ForeignAddressError,
    content_address,
)
from rc_tail.rest.platform import Platform
from rc_tail.rest.rate_limit import CancelledError
from rc_tail.sinks.attachment_transfer import BeginAgainError, Transfer, saved_file
from rc_tail.sinks.sink import RefusedError, TryAgainError
from rc_tail.system.clocks import clock, wall_of
from rc_tail.system.deadline import run_until
from rc_tail.system.files import make_folder
from rc_tail.system.partial_files import PartBusyError
from rc_tail.text.escape import visible
from rc_tail.text.timestamps import unix_time
from rc_tail.text.wording import count_words, duration_words, size_words

# A new message's content may be missing at first: seconds after the event in which that is no
# refusal, and between two requests.
NOT_THERE_YET = 120.0
_RETRY_MISSING = (1.0, 2.0, 4.0, 8.0, 15.0)
# A web page in place of a file may be that of a network's login, or of a firewall that never lets
# this file through: so many are taken for the former, with a wait that doubles from a second.
MOST_PAGES = 6
# Requests for the rest of a file, one after the other, before its failure is one of the service.
_MOST_RESUMES = 10
_MOST_RESTARTS = 3
_MOST_OUTCOMES = 10_000
_LOOK_EVERY = 0.2  # seconds
_SHORT_WAIT = 1.0  # seconds; neither a wait nor a download is reported before


class SavedFiles(NamedTuple):
    """The files of one event.

    Attributes:
        paths: Those that are there, absolute, in order.
        refusal: Why one will never be; None for none.
    """

    paths: list[Path]
    refusal: RefusedError | None = None


class DownloadProgress:
    """How far a download is.

    Attributes:
        started: By the clock.
        total: In bytes; None where that is not known.
    """

    def __init__(self) -> None:
        self.started = clock()
        self.received = 0
        self.total: int | None = None


class _Tries:
    """How often a file was requested again, by the reason."""

    resumes = 0
    restarts = 0
    missing = 0


class AttachmentFiles:
    """Saves attachments below a folder; may be used by several threads.

    Args:
        folder: Made when it is first needed.
        choices: Whose attachments: ``voicemail``, ``fax``, ``mms``.
        platform: Returns the REST side; called before the first download.
        tell: Called with a message about a file that was saved, and its fields.
        warn: Called with a message.

    Raises:
        UsageError: The folder cannot be used.
    """

    def __init__(
        self,
        folder: Path,
        choices: frozenset[str],
        *,
        platform: Callable[[], Platform],
        tell: Callable[..., None],
        warn: Callable[[str], None],
    ) -> None:
        self.folder = folder
        self._choices = choices
        self._platform = platform
        self._tell = tell
        self._warn = warn
        self._cancelled = threading.Event()
        self._downloads: AttachmentDownloads | None = None
        # By name: the files that are being received.
        self._running: dict[str, DownloadProgress] = {}
        self._changed = threading.Condition()
        # By name: what became of files. A command of `--exec` may move one away before the other
        # sink looks for it, and neither asks again for what is refused.
        self._outcomes: dict[str, Path | RefusedError] = {}
        self._pages: Counter[str] = Counter()
        self._waits_until = 0.0
        _check_folder(folder)

    def open(self) -> None:
        """Make the folder, and prepare downloads.

        Raises:
            UsageError: The folder cannot be made.
            RcTailError: There is no login.
        """
        with self._changed:
            if self._downloads is None:
                try:
                    make_folder(self.folder)
                except OSError as error:
                    raise _unusable(self.folder, error) from error
                self._downloads = AttachmentDownloads(
                    self._platform(), cancelled=self._cancelled, report_wait=self._report_wait
                )

    def cancel(self) -> None:
        """End every download and wait soon: the run ends."""
        self._cancelled.set()

    def has_any(self, event: Notification) -> bool:
        """Whether an event has attachments to be saved."""
        try:
            return bool(attachments_of(event, self._choices))
        except InvalidAttachmentError:
            return True

    def save(self, event: Notification) -> SavedFiles:
        """Save what is attached to an event; a file that is there already counts as saved.

        Raises:
            TryAgainError: The service or the disk fails.
            CancelledError: The run ends.
        """
        self.open()
        paths: list[Path] = []
        refusal: RefusedError | None = None
        try:
            attachments = attachments_of(event, self._choices)
        except InvalidAttachmentError as error:
            return SavedFiles([], RefusedError(visible(str(error))))
        for attachment in attachments:
            try:
                paths.append(self._save(attachment, event))
            except RefusedError as error:
                refusal = refusal or error
        return SavedFiles(paths, refusal)

    # What is shown.

    def progress(self) -> str:
        """Return which downloads take long and how far they are, in words; empty for none."""
        now = clock()
        shown = [
            (name, progress)
            for name, progress in list(self._running.items())
            if now - progress.started >= _SHORT_WAIT and progress.received
        ]
        if not shown:
            return ""
        received = size_words(sum(progress.received for _, progress in shown))
        totals = [progress.total for _, progress in shown if progress.total is not None]
        of = f" of {size_words(sum(totals))}" if len(totals) == len(shown) else ""
        what = shown[0][0] if len(shown) == 1 else count_words(len(shown), "attachment")
        return f"saving {what}: {received}{of}"

    def running(self) -> int:
        """Return how many downloads are under way."""
        return len(self._running)

    def _report_wait(self, seconds: float, why: str, limited: bool) -> None:  # noqa: ARG002 - a callback
        # Several downloads wait for the same limit.
        now = clock()
        if seconds >= _SHORT_WAIT and now >= self._waits_until:
            self._waits_until = now + seconds
            self._warn(f"attachments wait {duration_words(round(seconds))}: {why}")

    # One file.

    def _save(self, attachment: Attachment, event: Notification) -> Path:
        folder = (self.folder / attachment.date).absolute()
        with self._alone(attachment.name) as progress:
            if (path := saved_file(folder, attachment.name)) is not None:
                return path
            outcome = self._outcomes.get(attachment.name)
            if isinstance(outcome, RefusedError):
                raise outcome
            if outcome is not None:
                return outcome
            try:
                # On a thread: a server that sends nothing must not delay the end of the run.
                path = run_until(
                    self._cancelled,
                    lambda: self._download(attachment, event, folder, progress),
                    name="download",
                )
            except RefusedError as error:
                self._remember(attachment, error)
                raise
            except OSError as error:
                shown = visible(str(self.folder))
                raise TryAgainError(f"{shown}: {error.strerror or error}") from error
            if path is None:
                raise CancelledError
            self._remember(attachment, path)
        # Nothing was received where another rc-tail has saved it meanwhile.
        if progress.received:
            shown = visible(str(self.folder / attachment.date / path.name))
            self._tell(
                f"saved {visible(attachment.words)} → {shown} ({size_words(progress.received)})",
                file=str(path),
                size=progress.received,
            )
        return path

    def _remember(self, attachment: Attachment, outcome: Path | RefusedError) -> None:
        if len(self._outcomes) >= _MOST_OUTCOMES:
            self._outcomes.clear()
        self._outcomes[attachment.name] = outcome

    @contextlib.contextmanager
    def _alone(self, name: str) -> Iterator[DownloadProgress]:
        """Let one thread at a time deal with a file."""
        with self._changed:
            while name in self._running:
                if self._cancelled.is_set():
                    raise CancelledError
                self._changed.wait(_LOOK_EVERY)
            self._running[name] = DownloadProgress()
        try:
            yield self._running[name]
        finally:
            with self._changed:
                del self._running[name]
                self._changed.notify_all()

    def _download(
        self, attachment: Attachment, event: Notification, folder: Path, progress: DownloadProgress
    ) -> Path:
        downloads = self._downloads
        assert downloads is not None  # noqa: S101 - `save` has opened it
        try:
            url = content_address(attachment.uri, downloads.server)
        except ForeignAddressError as error:
            raise RefusedError(str(error)) from error
        make_folder(folder)
        transfer = Transfer(folder, attachment.name, progress, self._cancelled)
        tries = _Tries()
        while True:
            try:
                path = self._request(transfer, url, tries)
            except DownloadFailedError as error:
                if error.status != 404 or not _is_new(event, error.date, progress):
                    raise self._judged(attachment, error) from error
                self._wait(_RETRY_MISSING[min(tries.missing, len(_RETRY_MISSING) - 1)])
                tries.missing += 1
            else:
                if path is not None:
                    self._pages.pop(attachment.name, None)
                    return path

    def _request(self, transfer: Transfer, url: str, tries: "_Tries") -> Path | None:
        """Make one request; return the file if it is whole."""
        assert self._downloads is not None  # noqa: S101 - `save` has opened it
        try:
            path = transfer.request(self._downloads, url)
        except PartBusyError:
            # Another rc-tail saves the same file.
            self._wait(_LOOK_EVERY)
            return None
        except BeginAgainError as error:
            tries.restarts += 1
            if tries.restarts > _MOST_RESTARTS:
                raise TryAgainError(error.reason) from error
            return None
        tries.resumes += path is None
        if tries.resumes > _MOST_RESUMES:
            raise TryAgainError("the connection is lost again and again")
        return path

    def _wait(self, seconds: float) -> None:
        if self._cancelled.wait(seconds):
            raise CancelledError

    def _judged(
        self, attachment: Attachment, error: DownloadFailedError
    ) -> TryAgainError | RefusedError:
        """Return what a failure means for the event."""
        cause, status = error.cause, error.status
        reason = f"{attachment.name}: {cause.message}"
        if isinstance(cause, PermissionMissingError):
            return RefusedError(" ".join(filter(None, (f"{reason}.", cause.hint))), status=status)
        if isinstance(cause, RequestRefusedError):
            return RefusedError(reason, status=status)
        is_page = isinstance(cause, InterceptedError | UnexpectedAnswerError)
        if not is_page or isinstance(cause, InterceptedForNowError):
            return TryAgainError(reason, after=getattr(cause, "retry_after", None), status=status)
        self._pages[attachment.name] += 1
        pages = self._pages[attachment.name]
        if pages >= MOST_PAGES:
            return RefusedError(f"{reason} ({count_words(pages, 'time')})", status=status)
        return TryAgainError(reason, after=2.0 ** (pages - 1), is_about_event=True, status=status)


def _is_new(event: Notification, date: float | None, progress: DownloadProgress) -> bool:
    """Whether the content of a message may still come.

    Args:
        date: When the service said that it is not there, by its own clock, as the event's time is.
    """
    now = wall_of(clock()) if date is None else date
    sent = unix_time(event.timestamp)
    if sent is None:
        return clock() - progress.started < NOT_THERE_YET
    return now - sent < NOT_THERE_YET


def _check_folder(folder: Path) -> None:
    """Check that a folder is there or could be made, and change nothing."""
    there = folder
    try:
        while not there.exists() and not there.is_symlink():
            there = there.parent
    except OSError as error:
        raise _unusable(folder, error) from error
    shown = visible(str(there))
    if not there.is_dir():
        raise UsageError(f"--save-attachments: {shown} is not a folder")
    if not os.access(there, os.W_OK | os.X_OK):
        raise UsageError(f"--save-attachments: {shown} is not writable")


def _unusable(folder: Path, error: OSError) -> UsageError:
    shown = visible(str(folder))
    return UsageError(f"--save-attachments: {shown} cannot be used: {error.strerror or error}")
