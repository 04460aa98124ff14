"""What goes wrong in a soak: every fault of the simulator, the wire's own, and the program's user."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Protocol

from rc_tail.simulator.instance import Simulator
from tests.soak.program import Program
from tests.soak.wire import RoughWire


class Field(Protocol):
    """Where things go wrong."""

    simulator: Simulator
    wire: RoughWire
    program: Program
    random: Random
    clock_is_right: bool

    def send(self, count: int, *, rate: float = 0.0) -> None:
        """Let events happen."""
        ...


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that goes wrong.

    Attributes:
        name: Of the simulator's fault, or of this harness's own.
        strike: Lets it happen.
        is_slow: Whether the program needs half a minute to notice.
        is_final: Whether the program must end, so that it is started again.
    """

    name: str
    strike: Callable[[Field], None]
    is_slow: bool = False
    is_final: bool = False


def _fault(name: str, *, count: int = 1, **values: int | str) -> Callable[[Field], None]:
    return lambda field: field.simulator.fault(name, after=None, count=count, **values)


def _answer(name: str, on: str, *, count: int = 1, **values: int | str) -> Callable[[Field], None]:
    """The next answers of a place go wrong, and the connection is cut, so that some are asked for."""

    def strike(field: Field) -> None:
        field.simulator.fault(name, after=None, count=count, on=on, **values)
        if on == "history":
            # Only what cannot be recovered is read from the history.
            field.simulator.fault("recovery-failed")
        elif on == "token":
            field.simulator.fault("session-revoked")
        else:
            field.simulator.fault("reset")

    return strike


def _late(field: Field) -> None:
    field.simulator.fault("late-wstoken")
    field.simulator.fault("reset")


def _skewed(field: Field) -> None:
    """The service's clock is wrong for a while, and a connection is cut meanwhile."""
    field.simulator.fault("clock-skew", seconds=field.random.choice((-7200, 300, 86400)))
    field.clock_is_right = False
    field.simulator.fault("reset")
    field.send(30, rate=20)
    field.simulator.fault("clock-skew", seconds=0)
    field.clock_is_right = True


def _cut(field: Field) -> None:
    field.wire.cut()


def _much_while_away(field: Field) -> None:
    """More events than the service keeps for a recovery, while nobody listens."""
    field.wire.down()
    field.send(150)
    field.wire.up()


def _kill(field: Field) -> None:
    field.program.kill()
    field.send(20)
    time.sleep(field.random.uniform(0, 1.5))
    field.program.start()


def _kill_behind_a_drip(field: Field) -> None:
    """While events are on their way, on a connection that another one replaces at some time."""
    field.simulator.fault("slow-drip", interval="20ms")
    field.send(60, rate=field.random.choice((30, 6, 3)))
    field.program.kill()
    field.send(20)
    field.program.start()


def _restart(field: Field) -> None:
    field.program.stop()
    field.send(20)
    field.program.start()


def _sleep(field: Field) -> None:
    field.program.sleep(field.random.choice((1.0, 3.0)))


def _long_sleep(field: Field) -> None:
    # Longer than what counts as having slept.
    field.program.sleep(12.0)


def _stalled_reader(field: Field) -> None:
    field.program.stall()
    field.send(600)
    time.sleep(2)
    field.program.resume()


_FINAL = _answer("forbidden", "wstoken")

TROUBLES: tuple[Trouble, ...] = (
    Trouble("reset", _fault("reset")),
    Trouble("half-open", _fault("half-open"), is_slow=True),
    Trouble("no-pong", _fault("no-pong")),
    Trouble("slow-drip", _fault("slow-drip", interval="20ms"), is_slow=True),
    Trouble("close", _fault("close", code=1011)),
    Trouble("close", _fault("close", code=4400, reason="Invalid access token")),
    Trouble("idle-timeout", _fault("idle-timeout")),
    Trouble("absolute-timeout", _fault("absolute-timeout")),
    Trouble("session-revoked", _fault("session-revoked")),
    Trouble("recovery-failed", _fault("recovery-failed", code="WSG-1003")),
    Trouble("recovery-failed", _fault("recovery-failed", code="WSG-1005")),
    Trouble("recovery-failed", _fault("recovery-failed", code="WSG-400")),
    Trouble("buffer-overflow", _fault("buffer-overflow", keep=1)),
    Trouble("subscription-replaced", _fault("subscription-replaced")),
    Trouble("duplicates", _fault("duplicates", count=20)),
    Trouble("reordering", _fault("reordering", count=20)),
    Trouble("split-frames", _fault("split-frames", count=20)),
    Trouble("malformed", _fault("malformed")),
    Trouble("unknown-message", _fault("unknown-message")),
    Trouble("binary", _fault("binary")),
    Trouble("invalid-utf8", _fault("invalid-utf8")),
    Trouble("huge-message", _fault("huge-message")),
    Trouble("huge-message", _fault("huge-message", bytes=17 * 1024 * 1024)),
    Trouble("unauthorized", _answer("unauthorized", "wstoken")),
    Trouble("unauthorized", _answer("unauthorized", "history")),
    Trouble("forbidden", _answer("forbidden", "history")),
    Trouble("forbidden", _FINAL, is_final=True),
    Trouble("rate-limited", _answer("rate-limited", "wstoken")),
    Trouble("rate-limited", _answer("rate-limited", "history", retry_after=2)),
    Trouble("unavailable", _answer("unavailable", "wstoken", count=2)),
    Trouble("unavailable", _answer("unavailable", "token", status=502)),
    Trouble("unavailable", _answer("unavailable", "history")),
    Trouble("slow-answer", _answer("slow-answer", "wstoken", delay="2s")),
    Trouble("slow-answer", _answer("slow-answer", "history", delay="12s")),
    Trouble("late-wstoken", _late),
    # Nothing is downloaded in a soak: these must not disturb the events.
    Trouble("broken-content", _fault("broken-content", how="html")),
    Trouble("foreign-content", _fault("foreign-content")),
    Trouble("clock-skew", _skewed),
    Trouble("wire-reset", _cut),
    Trouble("wire-half-open", lambda field: field.wire.fall_silent(), is_slow=True),
    Trouble("wire-drip", lambda field: field.wire.drip(), is_slow=True),
    Trouble("much-while-away", _much_while_away),
    Trouble("killed", _kill),
    Trouble("killed-behind-a-drip", _kill_behind_a_drip, is_slow=True),
    Trouble("restarted", _restart),
    Trouble("stopped-and-continued", _sleep),
    Trouble("slept", _long_sleep, is_slow=True),
    Trouble("stalled-reader", _stalled_reader),
)
