"""The simulator as a process: in the foreground until a signal, or detached from the shell."""

import contextlib
import os
import shlex
import sys
import traceback
from pathlib import Path
from typing import NoReturn

from rc_tail.simulator.instance import Instance
from rc_tail.simulator.registry import register, registered
from rc_tail.system.files import make_private_folder
from rc_tail.system.signals import Signals, die_of

LOG = "simulator.log"


def export_lines(instance: Instance) -> str:
    """Return lines that a shell can evaluate, so that its commands find the simulator."""
    variables = instance.variables.items()
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables)


def serve(instance: Instance) -> int | None:
    """Run until a signal comes or a client says so.

    Returns:
        The signal; None when there was none.
    """
    signals: list[int] = []
    _, server = instance.build()

    def stop(number: int) -> None:
        signals.append(number)
        server.stop()

    with Signals(stop):
        server.run()
    return signals[0] if signals else None


def detach(instance: Instance, folder: Path) -> int:
    """Run in a process of its own that no terminal or pipe belongs to; return its id.

    Args:
        instance: What to run; its port is open already, so that clients need not wait.
        folder: Where its log goes, and its address while it runs.

    Raises:
        OSError: There can be no process, or no log.
    """
    make_private_folder(folder)
    # Before anybody can be told that it runs.
    register(folder, instance.url)
    log = os.open(folder / LOG, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        _run_detached(instance, log, folder)
    os.close(log)
    instance.listener.close()
    return pid


def _run_detached(instance: Instance, log: int, folder: Path) -> NoReturn:
    """Be the new process. Nothing of the old one may run in it, not even its ending."""
    number: int | None = None
    try:
        os.setsid()
        _close_inherited(instance.listener.fileno(), log)
        with registered(folder, instance.url):
            number = serve(instance)
    except BaseException:  # noqa: BLE001 - there is nobody above to tell
        traceback.print_exc(file=open(2, "w", closefd=False))  # noqa: SIM115
        os._exit(1)
    if number is not None:
        die_of(number)
    os._exit(0)


def _close_inherited(listener_fd: int, log: int) -> None:
    """Close everything inherited: a shell waits for every copy of its pipe to be closed."""
    null = os.open(os.devnull, os.O_RDWR)
    for standard, target in ((0, null), (1, null), (2, log)):
        os.dup2(target, standard)
    for name in os.listdir("/dev/fd"):  # noqa: PTH208 - names are wanted
        if int(name) > 2 and int(name) != listener_fd:
            with contextlib.suppress(OSError):
                os.close(int(name))
