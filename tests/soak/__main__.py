"""Run soaks, and say where every event went: ``python -m tests.soak --events 10000``."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.soak.run import Orders, Soak


def main() -> int:
    """Run a soak over TCP and one over TLS; return whether all was accounted for."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--events", type=int, default=10_000, help="of each soak")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--transport", choices=("tcp", "tls", "both"), default="both")
    parser.add_argument("--quick", action="store_true", help="nothing that takes half a minute")
    given = parser.parse_args()
    transports = ("tcp", "tls") if given.transport == "both" else (given.transport,)
    good = True
    for transport in transports:
        is_second = transport == "tls"
        slow = not given.quick
        orders = Orders(given.events, given.seed, is_second, slow=slow, backwards=is_second)
        good &= soak(orders, transport)
    return 0 if good else 1


def soak(orders: Orders, transport: str) -> bool:
    """Run one; print its table, and what is wrong."""
    print(f"{orders.events} events over {transport}, seed {orders.seed}", flush=True)
    began = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="rc-tail-soak-") as folder,
        Soak(orders, Path(folder), lambda line: print(line, flush=True)) as running,
    ):
        account = running.run()
    minutes = (time.monotonic() - began) / 60
    print(f"\n{sum(running.struck.values())} troubles in {minutes:.1f} minutes\n")
    print(account.table(), flush=True)
    wrong = {
        "lost in silence": account.lost,
        "printed twice": account.twice,
        "not filled": account.unfilled,
    }
    for what, names in wrong.items():
        for name in names[:20]:
            event = running.ledger.events[name]
            print(f"{what}: {name}, sent at {event.sent:.3f}: {running.ledger.printed.get(name)}")
    return account.is_good


if __name__ == "__main__":
    sys.exit(main())
