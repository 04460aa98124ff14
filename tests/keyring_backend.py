"""A keyring in a folder, which can be locked, broken or forgetful.

It is a backend of the package keyring: programs use it with
``PYTHON_KEYRING_BACKEND=tests.keyring_backend.FolderKeyring``.
"""

import json
import os
import threading
from pathlib import Path

from keyring.backend import KeyringBackend

FOLDER, MOOD = "TEST_KEYRING_FOLDER", "TEST_KEYRING_MOOD"
BACKEND = {"PYTHON_KEYRING_BACKEND": "tests.keyring_backend.FolderKeyring"}


class FolderKeyring(KeyringBackend):
    """Keeps passwords in a file of a folder.

    Attributes:
        folder: Where.
        mood: ``hangs``, ``breaks``, ``forgets``, or empty for what it should do.
    """

    priority = 9
    # Only where it is asked for by name, and never found by a search for keyrings.
    viable = False

    def __init__(self, folder: Path | None = None, mood: str = "") -> None:
        super().__init__()
        self.folder = folder or Path(os.environ[FOLDER])
        self.mood = mood or os.environ.get(MOOD, "")

    @property
    def file(self) -> Path:
        return self.folder / "passwords.json"

    def passwords(self) -> dict[str, str]:
        return json.loads(self.file.read_text()) if self.file.exists() else {}

    def set_password(self, service: str, username: str, password: str) -> None:
        self._behave()
        if self.mood != "forgets":
            self._write({**self.passwords(), f"{service}/{username}": password})

    def get_password(self, service: str, username: str) -> str | None:
        self._behave()
        return self.passwords().get(f"{service}/{username}")

    def delete_password(self, service: str, username: str) -> None:
        self._behave()
        passwords = self.passwords()
        del passwords[f"{service}/{username}"]
        self._write(passwords)

    def _write(self, passwords: dict[str, str]) -> None:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self.file.touch(mode=0o600)
        self.file.write_text(json.dumps(passwords))

    def _behave(self) -> None:
        if self.mood == "hangs":
            threading.Event().wait(600)
        if self.mood == "breaks":
            raise RuntimeError("the bus\x1b[31m is gone")
