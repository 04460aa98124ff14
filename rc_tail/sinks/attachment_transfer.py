"""One file that is received in parts: requested from where it stopped, checked, and named."""

import contextlib
import threading
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Protocol

from rc_tail.rest.attachments import AttachmentDownloads, DownloadFailedError, Extent, extent_of
from rc_tail.rest.rate_limit import CancelledError
from rc_tail.sinks.sink import RefusedError
from rc_tail.system.partial_files import PartialFile, find_partial, open_partial
from rc_tail.text.wording import size_words

# Bytes. No attachment of RingCentral's comes near this.
MOST = 1024 * 1024 * 1024
UNKNOWN = "bin"
# The type of the answer decides, not that of the event: RingCentral converts (developer guide,
# "Media").
EXTENSIONS: Mapping[str, str] = {
    "application/msword": "doc",
    "application/octet-stream": UNKNOWN,
    "application/pdf": "pdf",
    "application/rtf": "rtf",
    "application/vnd.ms-excel": "xls",
    "application/vnd.ms-powerpoint": "ppt",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/zip": "zip",
    "audio/3gpp": "3gp",
    "audio/aac": "aac",
    "audio/amr": "amr",
    "audio/mp3": "mp3",
    "audio/mp4": "m4a",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/vnd.wave": "wav",
    "audio/wav": "wav",
    "audio/wave": "wav",
    "audio/x-wav": "wav",
    "image/bmp": "bmp",
    "image/gif": "gif",
    "image/heic": "heic",
    "image/jpeg": "jpg",
    "image/jpg": "jpg",
    "image/png": "png",
    "image/svg+xml": "svg",
    "image/tiff": "tif",
    "image/webp": "webp",
    "text/calendar": "ics",
    "text/csv": "csv",
    "text/plain": "txt",
    "text/vcard": "vcf",
    "text/x-vcard": "vcf",
    "video/3gpp": "3gp",
    "video/mp4": "mp4",
    "video/mpeg": "mpg",
    "video/quicktime": "mov",
}
_ALL = sorted({UNKNOWN, *EXTENSIONS.values()})


class BeginAgainError(Exception):
    """What the server has is not the rest of what is there: that is deleted.

    Attributes:
        reason: In words.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ProgressOf(Protocol):
    """Is told how far a download is."""

    received: int
    total: int | None


def saved_file(folder: Path, name: str) -> Path | None:
    """Return the file of a name, whatever its extension; None where there is none."""
    for extension in _ALL:
        path = folder / f"{name}.{extension}"
        if path.is_symlink() or path.exists():
            return path
    return None


def extension_of(headers: Mapping[str, str]) -> str:
    """Return the extension for the type that an answer gives."""
    type_ = headers.get("content-type", "").partition(";")[0].strip().lower()
    return EXTENSIONS.get(type_, UNKNOWN)


class Transfer:
    """The requests for one file.

    Args:
        folder: Where it is saved.
        name: Without its extension.
        cancelled: Ends it when it is set.
    """

    def __init__(
        self, folder: Path, name: str, progress: ProgressOf, cancelled: threading.Event
    ) -> None:
        self._folder = folder
        self._name = name
        self._reception = partial(_Reception, folder, name, progress, cancelled)
        self._ranges = True

    def request(self, downloads: AttachmentDownloads, url: str) -> Path | None:
        """Request the file, or the rest of it; return its path once it is whole.

        Returns:
            None where a part came, and the rest is to be requested.

        Raises:
            PartBusyError: Another process receives it.
            BeginAgainError: It is to be requested from its beginning.
            DownloadFailedError: Nothing came.
            RefusedError: It is too large.
            CancelledError: The run ends.
            OSError: The disk is full, or fails.
        """
        with self._reception() as reception:
            if (path := saved_file(self._folder, self._name)) is not None:
                return path
            start = reception.resume() if self._ranges else None
            try:
                downloads.fetch(url, start, reception.receive)
            except DownloadFailedError as error:
                if error.status == 416:
                    self._ranges = False
                    reception.drop()
                    raise BeginAgainError(error.cause.message) from error
                if not reception.gained:
                    raise
                return None
            return reception.finish()


class _Reception:
    """One request's answer, on its way into the part of the file."""

    def __init__(
        self, folder: Path, name: str, progress: ProgressOf, cancelled: threading.Event
    ) -> None:
        self._folder = folder
        self._name = name
        self._progress = progress
        self._cancelled = cancelled
        self._holder = contextlib.ExitStack()
        self._part: PartialFile | None = None
        self._extension = UNKNOWN
        self._start = 0
        self.gained = 0

    def __enter__(self) -> "_Reception":
        return self

    def __exit__(self, *_: object) -> None:
        self._holder.close()

    def resume(self) -> int:
        """Open the part that is there; return the byte to continue with.

        Raises:
            PartBusyError: Another process receives it.
        """
        total = find_partial(self._folder, self._name)
        if total is not None:
            part = self._open(total)
            # The last byte of a whole file is requested again, since the answer gives its type.
            self._start = min(part.size, max(total - 1, 0))
        return self._start

    def receive(self, status: int, headers: Mapping[str, str]) -> Callable[[bytes], None]:
        """Take an answer's status and headers; return what takes its body."""
        extent = extent_of(status, headers)
        if extent.total is not None and extent.total > MOST:
            raise RefusedError(
                f"{self._name} has {size_words(extent.total)}; at most {size_words(MOST)} are saved"
            )
        self._extension = extension_of(headers)
        part = self._part_for(extent)
        part.begin(extent.start)
        self._progress.received, self._progress.total = extent.start, extent.total
        return self._write

    def _part_for(self, extent: Extent) -> PartialFile:
        """Return the part that an answer continues."""
        if extent.start and extent.start != self._start:
            self.drop()
            raise BeginAgainError("the server sent another part of the file than requested")
        if self._part is not None and self._part.total == extent.total:
            return self._part
        # The file is not the one of which there is a part.
        self.drop()
        if extent.start:
            raise BeginAgainError("the file has changed while it was received")
        return self._open(extent.total)

    def _open(self, total: int | None) -> PartialFile:
        opened = open_partial(self._folder, self._name, total)
        self._part = self._holder.enter_context(opened)
        return self._part

    def _write(self, data: bytes) -> None:
        if self._cancelled.is_set():
            raise CancelledError
        assert self._part is not None  # noqa: S101 - `receive` has opened it
        self._part.write(data)
        self.gained += len(data)
        self._progress.received += len(data)
        if self._progress.received > MOST:
            self.drop()
            raise RefusedError(f"{self._name} has more than {size_words(MOST)}")

    def finish(self) -> Path | None:
        """Give the file its name if it is whole."""
        part = self._part
        assert part is not None  # noqa: S101 - there was an answer
        if part.total is not None and part.size != part.total:
            if not self.gained:
                raise BeginAgainError("the server sent less than it announced")
            return None
        path = self._folder / f"{self._name}.{self._extension}"
        part.publish(path)
        return path

    def drop(self) -> None:
        """Delete the part that is there."""
        if self._part is not None:
            self._part.delete()
            self._holder.close()
            self._part = None
