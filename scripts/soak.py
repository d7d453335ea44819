"""`make soak`: half an hour of faults. Every faultpoint killed on both engines, then a production shop under load.

    python3 scripts/soak.py        MINUTES=30 SEEDS=3 SEED=… PORT=…

First the fault tests, with SEEDS ways to die at every faultpoint, on SQLite and on PostgreSQL; then, until the
time is over, rounds on the processes of production: guests buy all at once, their payments fail, come late and
come twice, suppliers ship, the courier tells every step twice and in any order, while processes drawn by the seed
are killed -9, Redis is emptied and the clock jumps, ahead and back. After every round each promise of the shop is
asked for.
Prints the table of all rounds; ends with 1 when anything was lost, doubled or broken.
"""

import os
import random
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from console import ROOT, Failed, say
from couriers import Courier, courier_service
from environment import DEV_LOCK, as_script, is_ready, prepare
from fault_drill import EMPTIED, TARGETS, Shop, clock_file, drill, running_shop
from launcher import read_port
from moving_clock import DAY, JUMPS, MovingClock
from outcome import WIDTH, Outcome
from stripe_stand_in import careless_stripe

#: Of play money most payments succeed, others come twice, come late, or fail the first time; some pay by Stripe.
CHOICES = ("succeed",) * 3 + ("stripe",) * 3 + ("duplicate", "duplicate", "fail", "late")
ORDERS, AT_ONCE, KILLS, CLOCKS = 60, 16, 6, 4
TESTS = ("tests/faults", "tests/concurrency", "tests/gateways/test_stripe_faults.py", "tests/files")


def _fault_tests(seeds: int) -> bool:
    """Run the fault tests on both engines; return whether they passed."""
    say(f"=== Faultpoints, {seeds} ways each, both engines")
    env = os.environ | {"SEEDS": str(seeds)}
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "test.py"), "--all", *TESTS], env=env, check=False
    )
    return done.returncode == 0


def _rounds(until: float, seed: int) -> Outcome:
    """Sell, kill and move the clock in rounds until the time is over, at least once; return the sum."""
    total, rounds = Outcome(seed, 0), 0
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="shop-soak-", dir="/tmp")))
        folder.chmod(0o755)  # PostgreSQL runs as another account when we are root.
        courier, settings = stack.enter_context(courier_service(seed))
        settings |= stack.enter_context(careless_stripe(seed))
        # Goods, prices and rules begin on the day on which they are seeded: a clock that is behind must find them.
        MovingClock(clock_file(folder / "data")).jump(-3 * DAY)
        shop = stack.enter_context(running_shop(folder / "data", read_port(), settings))
        shop.clock.jump(0)
        courier.clock = shop.clock
        stack.enter_context(shop.shipping())
        while not rounds or time.monotonic() < until:
            try:
                found = _round(shop, courier, seed + rounds)
            except Failed as failed:
                total.lost.append(f"round {rounds + 1}: {failed}")
                break
            rounds += 1
            total.add(found)
            say(f"\nround {rounds}\n{found.table()}")
    say(f"\n=== {rounds} rounds together\n{total.table()}")
    return total


def _round(shop: Shop, courier: Courier, seed: int) -> Outcome:
    draw, pushes = random.Random(seed), courier.pushes
    found = drill(
        shop,
        seed=seed,
        orders=ORDERS,
        at_once=AT_ONCE,
        victims=draw.choices((*TARGETS, EMPTIED), k=KILLS),
        jumps=draw.choices((*JUMPS, 0), k=CLOCKS),
        hasten=True,
        choices=CHOICES,
    )
    found.pushes = courier.pushes - pushes
    return found


def main() -> int:
    """Soak; return 1 when a test failed or something was lost, doubled or broken."""
    until = time.monotonic() + 60 * float(os.environ.get("MINUTES", "30"))
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(10_000))
    if not is_ready(DEV_LOCK):
        prepare(DEV_LOCK)
    passed = _fault_tests(int(os.environ.get("SEEDS", "3")))
    say(f"\n=== Production processes under load, SEED={seed}")
    total = _rounds(until, seed)
    say(f"{'fault tests':<{WIDTH}}{'passed' if passed else 'FAILED'}")
    return 0 if passed and total.held else 1


if __name__ == "__main__":
    sys.exit(as_script(main))
