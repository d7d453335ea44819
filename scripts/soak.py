"""`make soak`: half an hour of faults. Every faultpoint killed on both engines, then a production shop under load.

    python3 scripts/soak.py        MINUTES=30 SEEDS=3 SEED=… PORT=…

First the fault tests, with SEEDS ways to die at every faultpoint, on SQLite and on PostgreSQL; then, until the
time is over, rounds on the processes of production: guests buy all at once, their payments fail, come late and
come twice, while processes drawn by the seed are killed -9. After every round the shop's own checks must hold.
Prints the table of all rounds; ends with 1 when anything was lost, doubled or broken.
"""

import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from console import ROOT, say
from environment import DEV_LOCK, as_script, is_ready, prepare
from fault_drill import TARGETS, Outcome, drill, running_shop
from launcher import read_port

#: Most people's payment succeeds; the others' comes twice, comes late, or fails the first time.
CHOICES = ("succeed",) * 5 + ("duplicate", "duplicate", "fail", "late")
ORDERS, AT_ONCE, KILLS = 60, 16, 6
TESTS = ("tests/faults", "tests/concurrency", "tests/gateways/test_stripe_faults.py", "tests/files")


def _fault_tests(seeds: int) -> bool:
    """Run the fault tests on both engines; return whether they passed."""
    say(f"=== Faultpoints, {seeds} ways each, both engines")
    env = os.environ | {"SEEDS": str(seeds)}
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "test.py"), "--all", *TESTS], env=env, check=False
    )
    return done.returncode == 0


def _rounds(until: float, seed: int) -> list[Outcome]:
    """Sell and kill in rounds until the time is over, at least once; return what each round found."""
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory(prefix="shop-soak-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)  # PostgreSQL runs as another account when we are root.
        with running_shop(Path(folder) / "data", read_port()) as shop:
            while not outcomes or time.monotonic() < until:
                number = seed + len(outcomes)
                victims = random.Random(number).choices(TARGETS, k=KILLS)
                found = drill(
                    shop,
                    seed=number,
                    orders=ORDERS,
                    at_once=AT_ONCE,
                    victims=victims,
                    hasten=True,
                    choices=CHOICES,
                )
                outcomes.append(found)
                say(f"\nround {len(outcomes)}\n{found.table()}")
    return outcomes


def _total(outcomes: list[Outcome], seed: int) -> Outcome:
    """Return the sum of the rounds."""
    total = Outcome(seed, sum(one.orders for one in outcomes))
    for one in outcomes:
        total.kills += Counter(one.kills)
        for name in ("placed", "paid", "confirmed_late", "retries", "seconds", "drained"):
            setattr(total, name, getattr(total, name) + getattr(one, name))
        total.lost += one.lost
        total.doubled += one.doubled
        total.broken += one.broken
    return total


def main() -> int:
    """Soak; return 1 when a test failed or something was lost, doubled or broken."""
    until = time.monotonic() + 60 * float(os.environ.get("MINUTES", "30"))
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(10_000))
    if not is_ready(DEV_LOCK):
        prepare(DEV_LOCK)
    passed = _fault_tests(int(os.environ.get("SEEDS", "3")))
    say(f"\n=== Production processes under load, SEED={seed}")
    outcomes = _rounds(until, seed)
    total = _total(outcomes, seed)
    say(f"\n=== {len(outcomes)} rounds together\n{total.table()}")
    say(f"{'fault tests':<22}{'passed' if passed else 'FAILED'}")
    return 0 if passed and total.held else 1


if __name__ == "__main__":
    sys.exit(as_script(main))
