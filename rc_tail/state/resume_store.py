"""Where the states of ``--resume`` are: a file a name, held by one process at a time."""

import contextlib
import re
import secrets
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

from rc_tail.errors import BusyError, SystemRefusedError
from rc_tail.gateway.messages import Notification
from rc_tail.state.resume_state import (
    WAITING_FILE,
    DamagedStateError,
    ResumeState,
    UnprintedSpan,
    check_resume_name,
    decode_state,
    encode_state,
)
from rc_tail.state.unprinted import UnprintedEvents, write_unprinted
from rc_tail.system.files import (
    NotRegularFileError,
    Warn,
    make_private_folder,
    read_private,
    replace_file,
    set_aside,
)
from rc_tail.system.locks import locked

# Ten times what the bounds of the keeper and some thousand filters come to.
LIMIT = 16 * 1024 * 1024


class ResumeStore:
    """The state of one name: a file, held by one process at a time.

    Args:
        folder: The folder of states; created when it is needed.
        name: What the user calls it.
        warn: Told what the user should know.

    Raises:
        UsageError: The name is none.
    """

    def __init__(self, folder: Path, name: str, warn: Warn) -> None:
        self.name = check_resume_name(name)
        self._folder = states_in(folder)
        self._path = self._folder / f"{name}.json"
        self._warn = warn
        self._held = contextlib.ExitStack()

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    def __enter__(self) -> Self:
        """Take the name for this process.

        Raises:
            BusyError: Another process has it.
            SystemRefusedError: There is nowhere to keep the state.
        """
        lock = self._folder / f"{self.name}.lock"
        with contextlib.ExitStack() as stack:
            try:
                make_private_folder(self._folder)
                stack.enter_context(locked(lock, 0))
            except TimeoutError as error:
                raise BusyError(
                    f"another rc-tail is running with --resume {self.name}",
                    hint="Let it end first, or use another name.",
                ) from error
            except OSError as error:
                raise SystemRefusedError(
                    f"the state of --resume {self.name} cannot be kept in {self._folder}: "
                    f"{error.strerror or error}"
                ) from error
            self._held = stack.pop_all()
        return self

    def __exit__(self, *exception: object) -> None:
        self._held.close()

    def load(self, server: str, owner: str, filters: Sequence[str]) -> ResumeState | None:
        """Return the state to continue from, or None to begin anew.

        What cannot be continued from is told, and set aside for a person to look at.

        Args:
            server: The server's origin.
            owner: Whose events are tailed.
            filters: The event filters as asked for.
        """
        try:
            data = _read(self._path)
            if data is None:
                self._set_waiting_aside()
                return None
            state = decode_state(data)
            trouble = state.belongs_to(server, owner, filters)
        except (NotRegularFileError, IsADirectoryError):
            trouble = "it is no regular file"
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
        """Replace what is stored.

        A kill loses nothing that was saved, durable or not: the pages are the kernel's by then.
        Only a power cut could, and to guard against that several times a second would hold up the
        tail and wear the disk down. So the saves of a running tail are not durable, and the one
        at its end is.

        Args:
            state: The new state.
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

    def keep(self, events: Iterable[Notification], since: float) -> UnprintedSpan | None:
        """Write events that were not printed to the disk; return where, None when there are none.

        Args:
            events: The events, in order.
            since: When the first came in, in Unix seconds.

        Raises:
            OSError: They cannot be written.
        """
        file = secrets.token_hex(8)
        make_private_folder(self._folder)
        path = self._waiting_path(file)
        count = write_unprinted(path, events)
        if not count:
            path.unlink()
            return None
        return UnprintedSpan(file, count, since)

    def kept(self, waiting: UnprintedSpan) -> UnprintedEvents:
        """Return the events that `keep` wrote, less those that were printed since."""
        path = self._waiting_path(waiting.file)
        return UnprintedEvents(path, skip=waiting.printed, count=waiting.count)

    def forget(self, waiting: UnprintedSpan) -> None:
        """Delete the events that `keep` wrote, once no stored state names them.

        Where they cannot be deleted now, the next `load` does so.
        """
        with contextlib.suppress(OSError):
            self._waiting_path(waiting.file).unlink(missing_ok=True)

    def _forget_all_but(self, waiting: UnprintedSpan | None) -> None:
        """Delete every file of events that the stored state does not name.

        A kill, or a disk that is full, between the writing of the events and that of the state
        leaves one. Of such events the state says nothing, so they are in the gap that it tells.
        """
        kept = self._waiting_path(waiting.file) if waiting is not None else None
        for path in self._waiting_files():
            if path != kept:
                with contextlib.suppress(OSError):
                    path.unlink()

    def set_waiting_aside(self, waiting: UnprintedSpan) -> None:
        """Keep a damaged file of events for a person to look at; say so."""
        self._move(self._waiting_path(waiting.file), "some events kept by it cannot be read")

    def _set_aside(self, trouble: str) -> None:
        self._move(self._path, trouble)
        self._set_waiting_aside()

    def _move(self, path: Path, trouble: str) -> None:
        told = f"the state of --resume {self.name} is not used: {trouble}"
        if path != self._path:
            told = f"--resume {self.name}: {trouble}"
        try:
            aside = set_aside(path)
        except FileNotFoundError:
            self._warn(told)
        except OSError as error:
            self._warn(f"{told}; {path} could not be set aside: {error.strerror}")
        else:
            self._warn(f"{told}; it is kept as {aside}, to be looked at or deleted")

    def _waiting_path(self, file: str) -> Path:
        return self._folder / f"{self.name}.{file}.waiting"

    def _waiting_files(self) -> list[Path]:
        pattern = re.compile(rf"{re.escape(self.name)}\.{WAITING_FILE.pattern}\.waiting")
        return [path for path in self._folder.iterdir() if pattern.fullmatch(path.name)]

    def _set_waiting_aside(self) -> None:
        """Keep events that no state names: whose they are is not known here."""
        for path in self._waiting_files():
            self._move(path, "events that were not printed belong to no state")


def states_in(folder: Path) -> Path:
    """Return where the states are in the state folder of a user."""
    return folder / "resume"


def kept_subscriptions(folder: Path, now: float) -> frozenset[str]:
    """Return the subscriptions that a stored state may still recover.

    States that cannot be read recover nothing.

    Args:
        folder: The state folder of the user.
        now: The time in Unix seconds.
    """
    kept: set[str] = set()
    with contextlib.suppress(OSError):
        for path in states_in(folder).glob("*.json"):
            with contextlib.suppress(OSError, DamagedStateError):
                data = _read(path)
                if data is not None and (state := decode_state(data)).recoverable(now):
                    kept.add(state.subscription_id)
    return frozenset(kept)


def _read(path: Path) -> bytes | None:
    return read_private(path, limit=LIMIT, follow_link=False)
