"""``--save-attachments``: saves voicemail audio, fax pages and pictures below a folder."""

import itertools
from collections.abc import Sequence
from pathlib import Path

from rc_tail.config.tail_options import SinkRequest
from rc_tail.errors import LocalProtocolError, UsageError
from rc_tail.gateway.messages import Notification
from rc_tail.output.attachments import CHOICES, brings_attachments
from rc_tail.rest.rate_limit import CancelledError
from rc_tail.sinks.attachment_files import AttachmentFiles
from rc_tail.sinks.parallel import Parallel
from rc_tail.sinks.sink import Sink, SinkContext
from rc_tail.text.wording import count_words

JOBS = 4  # downloads at once
_OFFERED = 256


def check(request: SinkRequest, *, allows_plain: bool) -> None:  # noqa: ARG001 - as every sink's
    """Check the folder's name.

    Raises:
        UsageError: It is empty.
    """
    if not request.address:
        raise UsageError("--save-attachments requires a folder")


def make(request: SinkRequest, context: SinkContext) -> Sink:
    """Make the sink of a command line.

    Raises:
        UsageError: The folder cannot be used.
    """
    if context.platform is None:
        raise LocalProtocolError("--save-attachments without a login")
    folder = Path(request.address)
    choices = request.values["attachments"] or frozenset(CHOICES.values())
    if context.filters and not any(brings_attachments(each, choices) for each in context.filters):
        context.warn(
            "--save-attachments: the selected events have no such attachments; voicemail, fax and "
            "sms have"
        )
    files = AttachmentFiles(
        folder,
        choices,
        platform=context.platform,
        tell=context.tell,
        warn=context.warn,
    )
    return AttachmentSink(folder, files)


class AttachmentSink(Sink):
    """Saves the attachments of each event; an event is confirmed once they are there.

    Args:
        folder: Names the sink.
    """

    most = _OFFERED
    # What a download has begun is not left to a later run, unless a signal ends this one.
    finishes = True

    def __init__(self, folder: Path, files: AttachmentFiles) -> None:
        self.name = f"attachments:{folder.absolute()}"
        self._files = files
        self.files_of = self._files_of
        self._parallel = Parallel(JOBS, self._save)

    def open(self) -> None:
        """Prepare downloads.

        Raises:
            RcTailError: There is no login.
        """
        self._files.open()

    def examine(self) -> Sequence[str]:
        """Check nothing more: that the folder can be used was checked when this was made."""
        return ()

    def deliver(self, batch: Sequence[Notification]) -> int:
        """Save the attachments of the first event that has any, and of some behind it."""
        places = (place for place, event in enumerate(batch) if self._files.has_any(event))
        wanted = list(itertools.islice(places, JOBS))
        if not wanted or wanted[0] > 0:
            # Nothing is attached to the events before it.
            return wanted[0] if wanted else len(batch)
        done = self._parallel.deliver([batch[place] for place in wanted])
        return wanted[done - 1] + 1 if done else 0

    def offer_more(self) -> None:
        """Let a running `deliver` begin with what has come."""
        self._parallel.offer_more()

    def hurry(self) -> None:
        """End every download; the next run continues them."""
        self._files.cancel()

    def waits_for(self) -> str:
        """Return what is still to be done, in words."""
        running = self._files.running()
        return f"--save-attachments: waiting for {count_words(running, 'file')}" if running else ""

    def progress(self) -> str:
        """Return which downloads take long and how far they are, in words."""
        return self._files.progress()

    def _files_of(self, event: Notification) -> Sequence[Path]:
        return self._files.save(event).paths

    def _save(self, event: Notification) -> bool:
        try:
            saved = self._files.save(event)
        except CancelledError:
            return False
        if saved.refusal is not None:
            raise saved.refusal
        return True
