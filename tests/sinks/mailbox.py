"""A simulated RingCentral with messages, and the files of their attachments."""

import contextlib
import hashlib
import io
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rc_tail.config.folders import Folders
from rc_tail.config.loading import read_settings
from rc_tail.config.settings import IdentityOptions
from rc_tail.gateway.messages import Notification
from rc_tail.reporter import Reporter
from rc_tail.rest.platform import Platform
from rc_tail.simulator.instance import Simulator
from rc_tail.simulator.service.content import make_content
from rc_tail.simulator.service.options import Options
from rc_tail.sinks.attachment_files import AttachmentFiles

EXTENSION = "/restapi/v1.0/account/400000001/extension/400000101"
PATHS = {
    "voicemail": f"{EXTENSION}/voicemail",
    "fax": f"{EXTENSION}/fax?direction=Inbound",
    "sms": f"{EXTENSION}/message-store/instant?type=SMS",
}
ALL = frozenset({"voicemail", "fax", "mms"})
# Five minutes of audio: more than a socket holds.
LONG = (("attachments.0.vmDuration", 300),)
TEXT_PART = {"id": "776", "type": "Text", "contentType": "text/plain"}


def picture(id_: str) -> dict[str, str]:
    """A picture as an attachment of a text."""
    type_ = {"type": "MmsAttachment", "contentType": "image/jpeg"}
    return {"id": id_, **type_, "fileName": f"cat{id_}.jpg"}


PICTURE = (("attachments", [TEXT_PART, picture("777")]),)
PICTURES = (("attachments", [TEXT_PART, picture("777"), picture("778")]),)


def notification(kind: str, body: Any, **fields: Any) -> Notification:
    """A message as an event."""
    payload = {"uuid": f"u-{body.get('id')}", "event": PATHS[kind], "body": body, **fields}
    return Notification(
        str(payload["uuid"]),
        PATHS[kind],
        str(payload.get("timestamp", body.get("creationTime", ""))),
        json.dumps(payload).encode(),
    )


class Mailbox:
    """A simulator, a login to it, and a folder.

    Attributes:
        told: The messages about saved files.
        warnings: The warnings.
        timeout: Seconds that an answer may take.
    """

    def __init__(self, simulator: Simulator, folder: Path) -> None:
        self.simulator = simulator
        self.folder = folder
        self.told: list[str] = []
        self.warnings: list[str] = []
        self.timeout = 10.0
        self._holder = contextlib.ExitStack()
        self._platforms: list[Platform] = []

    def platform(self) -> Platform:
        if not self._platforms:
            home = self.folder.with_name("home")
            folders = Folders(home / "config", home / "cache", home / "state")
            reporter = Reporter(io.StringIO())
            settings = read_settings(
                IdentityOptions(), reporter, environ=self.simulator.variables, folders=folders
            )
            opened = Platform(settings, reporter, folders=folders, timeout=self.timeout)
            self._platforms.append(self._holder.enter_context(opened))
        return self._platforms[0]

    def close(self) -> None:
        self._holder.close()

    def files(self, choices: frozenset[str] = ALL) -> AttachmentFiles:
        """Files of a tail of its own."""
        return AttachmentFiles(
            self.folder,
            choices,
            platform=self.platform,
            tell=lambda message, **_: self.told.append(message),
            warn=self.warnings.append,
        )

    def event(self, kind: str, *changes: tuple[str, Any], **fields: Any) -> Notification:
        """Let a message come, and return its event."""
        self.simulator.send(kind, changes=changes)
        record = self.platform().read(f"{EXTENSION}/message-store")["records"][0]
        return notification(kind, record, **fields)

    def downloads(self) -> list[int]:
        """The statuses of all answers with attachments."""
        return [each.status for each in self.simulator.requests if "/content/" in each.path]

    def saved(self) -> list[str]:
        """The names of all files, relative to the folder."""
        found = (path for path in self.folder.rglob("*") if path.is_file())
        return sorted(str(path.relative_to(self.folder)) for path in found)


@contextlib.contextmanager
def open_mailbox(folder: Path, **options: Any) -> Iterator[Mailbox]:
    """Run a simulator, and log in to it."""
    with Simulator(Options(**options)) as simulator:
        mailbox = Mailbox(simulator, folder)
        try:
            yield mailbox
        finally:
            mailbox.close()


def content(event: Notification, part: int = 0) -> bytes:
    """What the simulator serves for an attachment of an event."""
    body = json.loads(event.payload)["body"]
    return make_content(body, body["attachments"][part])[1]


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class Listener:
    """A server that nobody is to call."""

    def __init__(self) -> None:
        import socket

        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.settimeout(0.05)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def called(self) -> bool:
        try:
            self._socket.accept()[0].close()
        except TimeoutError:
            return False
        return True

    def close(self) -> None:
        self._socket.close()


def in_background(work: Any) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread
