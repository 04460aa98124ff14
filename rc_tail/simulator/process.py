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
    """Return shell commands that set the variables by which clients find the simulator."""
    variables = instance.variables.items()
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables)


def serve(instance: Instance) -> int | None:
    """Serve until a signal arrives or a client asks to stop.

    Returns:
        The number of the signal; None without one.
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
    """Run in a process of its own, without a terminal or pipe; return its id.

    Args:
        instance: Its port is open already, so that clients need not wait.
        folder: Where its log is written, and its address while it runs.

    Raises:
        OSError: The process cannot be created.
    """
    log = _open_log(folder)
    # Before the caller can announce that it runs. Without a folder it is found by its address.
    with contextlib.suppress(OSError):
        register(folder, instance.url)
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        _run_detached(instance, log, folder)
    os.close(log)
    instance.listener.close()
    return pid


def _open_log(folder: Path) -> int:
    try:
        make_private_folder(folder)
        return os.open(folder / LOG, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    except OSError:
        return os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)


def _run_detached(instance: Instance, log: int, folder: Path) -> NoReturn:
    """Run as the new process. No code of the old one may run in it, not even at its exit."""
    number: int | None = None
    try:
        os.setsid()
        _close_inherited(instance.listener.fileno(), log)
        with registered(folder, instance.url):
            number = serve(instance)
    except BaseException:  # noqa: BLE001 - there is no caller
        traceback.print_exc(file=open(2, "w", closefd=False))  # noqa: SIM115
        os._exit(1)
    if number is not None:
        die_of(number)
    os._exit(0)


def _close_inherited(listener_fd: int, log: int) -> None:
    """Close every inherited file: a shell waits until all copies of its pipe are closed."""
    os.dup2(log, 2)
    # Before another one is opened: there may be no more descriptors.
    os.close(log)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.close(null)
    for name in os.listdir("/dev/fd"):  # noqa: PTH208 - names, not paths
        if int(name) > 2 and int(name) != listener_fd:
            with contextlib.suppress(OSError):
                os.close(int(name))
