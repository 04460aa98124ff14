"""The files of ``--resume``: one state for each name, locked by one process at a time."""

import contextlib
import errno
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from rc_tail.config.folders import no_folder
from rc_tail.errors import BusyError, RcTailError, SystemRefusedError
from rc_tail.state.resume_state import (
    WAITING_FILE,
    DamagedStateError,
    ResumeState,
    UnprintedSpan,
    check_resume_name,
    decode_state,
    encode_state,
)
from rc_tail.state.spool_files import spool_files
from rc_tail.state.unprinted import UnprintedEvents
from rc_tail.system.files import (
    NotRegularFileError,
    Warn,
    make_private_folder,
    read_private,
    replace_file,
    set_aside,
)
from rc_tail.system.locks import locked

# Bytes; ten times the bounds of the recorder and some thousand filters.
LIMIT = 16 * 1024 * 1024
# Another folder may help.
_NO_FOLDER = (errno.ENOTDIR, errno.ENOENT, errno.EACCES, errno.EPERM, errno.EROFS)


class ResumeStore:
    """The state of one name, and a lock that one process at a time holds.

    Args:
        folder: The state folder of the user; created when it is needed.

    Raises:
        UsageError: The name is invalid.
    """

    def __init__(self, folder: Path, name: str, warn: Warn) -> None:
        self.name = check_resume_name(name)
        self._folder = states_in(folder)
        self._path = self._folder / f"{name}.json"
        self._warn = warn
        self._lock = contextlib.ExitStack()

    @property
    def path(self) -> Path:
        """The state file."""
        return self._path

    def __enter__(self) -> Self:
        """Lock the name for this process.

        Raises:
            BusyError: Another process holds it.
            ConfigError: The folder cannot be created or written.
            SystemRefusedError: The state cannot be stored for another reason.
        """
        lock = self._folder / f"{self.name}.lock"
        with contextlib.ExitStack() as stack:
            try:
                make_private_folder(self._folder)
                stack.enter_context(locked(lock, 0))
            except TimeoutError as error:
                raise BusyError(
                    f"another rc-tail is running with --resume {self.name}",
                    hint="Stop it first, or use another name.",
                ) from error
            except OSError as error:
                raise _cannot_save(self.name, self._folder, error) from error
            self._lock = stack.pop_all()
        return self

    def __exit__(self, *exception: object) -> None:
        self._lock.close()

    def load(self, server: str, owner: str, filters: Sequence[str]) -> ResumeState | None:
        """Return the state to continue from, or None to start without one.

        A state that this tail cannot continue from is set aside with a warning.

        Args:
            server: The server's origin.
            owner: An extension id or a fingerprint of the credentials.
            filters: The event filters as requested.
        """
        try:
            data = _read(self._path)
            if data is None:
                self._set_waiting_aside()
                return None
            state = decode_state(data)
            trouble = state.belongs_to(server, owner, filters)
        except (NotRegularFileError, IsADirectoryError):
            trouble = "not a regular file"
        except OSError as error:
            trouble = f"it cannot be read: {error.strerror}"
        except DamagedStateError as error:
            trouble = str(error)
        else:
            if not trouble:
                self._forget_all_but(state.waiting)
                return state
        self._set_aside(trouble)
        return None

    def save(self, state: ResumeState, *, durable: bool = False) -> None:
        """Replace the stored state.

        A kill loses nothing that was saved, durable or not: the kernel has it by then. A power cut
        can, but waiting for the disk several times a second would delay the tail and wear the disk.
        So the saves of a running tail are not durable, and the last one is.

        Args:
            durable: Wait until it is on the disk.

        Raises:
            OSError: It cannot be written; the old state is still there.
        """
        data = encode_state(state)
        try:
            self._replace(data, durable=durable)
        except FileNotFoundError:
            # The folder was deleted while the tail runs.
            make_private_folder(self._folder)
            self._replace(data, durable=durable)

    def _replace(self, data: bytes, *, durable: bool) -> None:
        # Always the same temporary file, so that repeated kills do not leave one each.
        temporary = self._path.with_name(f".{self._path.name}.new")
        replace_file(self._path, data, durable=durable, temporary=temporary)

    def unprinted(self, waiting: UnprintedSpan) -> UnprintedEvents:
        """Return the unprinted events that version 0.1.0 left, without those printed since."""
        path = self._waiting_path(waiting.file)
        return UnprintedEvents(path, skip=waiting.printed, count=waiting.count)

    @property
    def spool_path(self) -> Path:
        """The file of the events that a sink has not confirmed."""
        return self._folder / f"{self.name}.spool"

    def forget_unprinted(self) -> None:
        """Delete every file of unprinted events: the spool has them now."""
        self._forget_all_but(None)

    def set_spool_aside(self, trouble: str) -> Path | None:
        """Set a damaged spool aside, with a warning; return its new path, None if that failed."""
        aside = self._move(self.spool_path, f"some of its saved events cannot be read ({trouble})")
        for file in spool_files(self.spool_path)[1:]:
            # SQLite must not take them for parts of a new spool.
            with contextlib.suppress(OSError):
                file.unlink(missing_ok=True)
        return aside

    def _forget_all_but(self, waiting: UnprintedSpan | None) -> None:
        """Delete every file of events that the stored state does not refer to.

        A kill or a full disk between the writing of the events and of the state leaves one. Its
        events are in the gap that the state describes.
        """
        kept = self._waiting_path(waiting.file) if waiting is not None else None
        for path in self._waiting_files():
            if path != kept:
                with contextlib.suppress(OSError):
                    path.unlink()

    def _set_aside(self, trouble: str) -> None:
        self._move(self._path, trouble)
        self._set_waiting_aside()

    def _move(self, path: Path, trouble: str) -> Path | None:
        warning = f"the state of --resume {self.name} is not used: {trouble}"
        if path != self._path:
            warning = f"--resume {self.name}: {trouble}"
        try:
            aside = set_aside(path)
        except FileNotFoundError:
            self._warn(warning)
        except OSError as error:
            self._warn(f"{warning}; {path} could not be moved away: {error.strerror}")
        else:
            self._warn(f"{warning}; moved to {aside}; safe to delete")
            return aside
        return None

    def _waiting_path(self, file: str) -> Path:
        return self._folder / f"{self.name}.{file}.waiting"

    def _waiting_files(self) -> list[Path]:
        pattern = re.compile(rf"{re.escape(self.name)}\.{WAITING_FILE}\.waiting")
        return [path for path in self._folder.iterdir() if pattern.fullmatch(path.name)]

    def _set_waiting_aside(self) -> None:
        """Set aside events that no state refers to: their account is unknown."""
        for path in [*self._waiting_files(), self.spool_path]:
            if path.exists():
                self._move(path, "saved events without a state file")
        for path in spool_files(self.spool_path)[1:]:
            path.unlink(missing_ok=True)


def states_in(folder: Path) -> Path:
    """Return the folder of states in the state folder of a user."""
    return folder / "resume"


def recoverable_subscriptions(folder: Path, now: float) -> frozenset[str]:
    """Return the ids of subscriptions that a readable state may still recover.

    Args:
        folder: The state folder of the user.
        now: The time in Unix seconds.
    """
    ids: set[str] = set()
    with contextlib.suppress(OSError):
        for path in states_in(folder).glob("*.json"):
            with contextlib.suppress(OSError, DamagedStateError):
                data = _read(path)
                if data is not None and (state := decode_state(data)).recoverable(now):
                    ids.add(state.subscription_id)
    return frozenset(ids)


def _read(path: Path) -> bytes | None:
    return read_private(path, limit=LIMIT, follow_link=False)


def _cannot_save(name: str, folder: Path, error: OSError) -> RcTailError:
    what = f"the state of --resume {name}"
    if error.errno in _NO_FOLDER:
        return no_folder(folder, what, "XDG_STATE_HOME", error)
    return SystemRefusedError(f"{what} cannot be saved in {folder}: {error.strerror or error}")
