"""One soak: events, and something that goes wrong every few hundred of them."""

import contextlib
import itertools
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Self

from rc_tail.simulator.instance import Simulator
from rc_tail.simulator.service.options import Options
from tests.soak.ledger import Account, Ledger, name_of
from tests.soak.program import Program
from tests.soak.troubles import TROUBLES, Trouble
from tests.soak.wire import RoughWire

KINDS = ("sms", "voicemail", "calls", "presence")
WORDS = (*KINDS, "--json", "--log-format", "json", "--resume", "soak")
AT_ONCE = 10
# A half-open link is noticed within 45 s; what was missed then comes at once.
DEAF_AFTER = 90.0
QUIET = 1.5
FINAL_STATUS = 77


@dataclass(frozen=True, slots=True)
class Orders:
    """What a soak is to do.

    Attributes:
        events: How many happen.
        seed: Makes the same troubles strike at the same events.
        tls: Whether everything is encrypted.
        rate: Events a second while nothing is wrong.
        slow: Whether also what takes the program half a minute to notice goes wrong.
        between: How few and how many events there are between two troubles.
        token_life: Seconds of an access token; at four fifths another connection takes over.
        most: How many troubles there are at most; None for any number.
        backwards: Whether the troubles come in the opposite order, so that two soaks of one seed
            go through all of them.
    """

    events: int = 10_000
    seed: int = 1
    tls: bool = False
    rate: float = 120.0
    slow: bool = True
    between: tuple[int, int] = (50, 400)
    token_life: float = 75.0
    most: int | None = None
    backwards: bool = False


@dataclass
class Soak:
    """A simulator, a wire, the program, and the books.

    Attributes:
        orders: What to do.
        tell: Is told how it goes.
    """

    orders: Orders
    home: Path
    tell: Callable[[str], None]
    ledger: Ledger = field(default_factory=Ledger)
    struck: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.random = Random(self.orders.seed)
        self.clock_is_right = True
        self._numbers = itertools.count(1)
        self._last = ""

    def __enter__(self) -> Self:
        orders = self.orders
        with contextlib.ExitStack() as stack:
            self.simulator = stack.enter_context(Simulator(_options(orders)))
            self.wire = stack.enter_context(RoughWire(self.simulator.port))
            scheme = "https" if orders.tls else "http"
            variables = {
                **self.simulator.variables,
                "RC_SERVER_URL": f"{scheme}://127.0.0.1:{self.wire.port}",
            }
            words = list(WORDS)
            if self.simulator.ca_bundle is not None:
                words += ["--ca-bundle", str(self.simulator.ca_bundle)]
            self.program = Program(words, self.home, variables, self.ledger)
            self.program.start()
            stack.callback(self.program.close)
            self._held = stack.pop_all()
        return self

    def __exit__(self, *exception: object) -> None:
        self._held.close()

    # What happens.

    def send(self, count: int, *, rate: float = 0.0) -> None:
        """Let events happen, at once or so many a second."""
        for first in range(0, count, AT_ONCE):
            for _ in range(min(AT_ONCE, count - first)):
                self._send_one()
            if rate:
                time.sleep(AT_ONCE / rate)

    def _send_one(self) -> None:
        number = next(self._numbers)
        kind = self.random.choice(KINDS)
        changes = _changes(kind, number)
        body: dict[str, object] = {"type": {"sms": "SMS", "voicemail": "VoiceMail"}.get(kind)}
        body |= {path: value for path, value in changes if "." not in path}
        if kind == "presence":
            body["presenceStatus"] = ""
        self._last = name_of({"body": body})
        self.ledger.note_sent(self._last, kind, time.time(), dated=self.clock_is_right)
        self.simulator.send(kind, changes=changes)

    def run(self) -> Account:
        """Do it all; return where every event went."""
        troubles = itertools.cycle(_order(self.random, self.orders))
        for trouble in itertools.islice(troubles, self.orders.most):
            left = self.orders.events - len(self.ledger.events)
            pause = self.random.randint(*self.orders.between)
            self.send(max(0, min(left, pause)), rate=self.orders.rate)
            if left <= pause:
                break
            self._suffer(trouble)
        self._settle()
        self._await_quiet()
        self.program.stop()
        return self.ledger.account(self.program.records)

    def _suffer(self, trouble: Trouble) -> None:
        self.struck[trouble.name] += 1
        began = time.monotonic()
        trouble.strike(self)
        if trouble.is_final:
            self._start_again()
        self._settle()
        self.tell(
            f"{len(self.ledger.events):>6} {trouble.name:<22} {time.monotonic() - began:5.1f} s"
        )

    def _start_again(self) -> None:
        """What cannot be cured by waiting ends the program, with the status for it."""
        status = self.program.wait()
        assert status == FINAL_STATUS, f"it ended with {status}: {self.program.told()}"
        self.program.start()

    def _settle(self) -> None:
        """Wait until an event that happens now is printed."""
        deadline = time.monotonic() + DEAF_AFTER
        tried: list[str] = []
        while not any(self.program.has_printed(name) for name in tried[-200:]):
            assert time.monotonic() < deadline, f"it is deaf: {self.program.told()}"
            assert self.program.runs_still, f"it has ended: {self.program.told()}"
            self._send_one()
            tried.append(self._last)
            time.sleep(0.3)

    def _await_quiet(self) -> None:
        deadline = time.monotonic() + DEAF_AFTER
        while time.time() - self.program.last_line < QUIET:
            assert time.monotonic() < deadline, "it prints for ever"
            time.sleep(0.1)


def _options(orders: Orders) -> Options:
    return Options(
        tls=orders.tls,
        seed=orders.seed,
        access_token_ttl=orders.token_life,
    )


def _order(random: Random, orders: Orders) -> list[Trouble]:
    """Return all troubles in a random order."""
    chosen = [trouble for trouble in TROUBLES if orders.slow or not trouble.is_slow]
    random.shuffle(chosen)
    return chosen[::-1] if orders.backwards else chosen


def _changes(kind: str, number: int) -> list[tuple[str, object]]:
    """Return what makes an event unlike all others, live and in the history."""
    if kind == "presence":
        return [("sequence", number)]
    if kind == "calls":
        call = f"{number:032x}"
        return [
            ("telephonySessionId", f"s-{call}"),
            ("parties.0.id", f"p-{call}-1"),
            # Its last step, which leaves a record.
            ("parties.0.status.code", "Disconnected"),
        ]
    return [("id", str(8_000_000_000 + number))]
