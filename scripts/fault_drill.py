"""Kill every process of a production shop in the middle of concurrent orders, and count what is left.

    python3 scripts/fault_drill.py [orders]       SEED=… to repeat a run, PORT=… to move it

Starts `make prod-local` on a folder of its own, lets guests buy over HTTP, kills -9 web, workers, scheduler,
broker, database and proxy at moments that the seed draws, waits until everything is delivered, and asks the shop's own
checks. Ends with 1 when an order is lost or doubled or a promise is broken.
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from buyers import SUCCEED, Crowd
from console import ROOT, Failed, die_with_parent, say
from environment import PYTHON, as_script
from launcher import HOST, answers, read_port
from postgres import find_binaries
from prod_local import ROSTER, production_environment
from servers import Servers

ORDERS, AT_ONCE = 200, 16
TARGETS = ("web-1", "web-2", "worker-urgent", "worker-bulk", "beat", "redis", "db", "proxy")
START_WITHIN, DRAIN_WITHIN = 900.0, 240.0
#: The shop asks the providers every five minutes about payments that it has heard nothing of for five minutes.
CONFIRM_WITHIN = 700.0
CHECKS = (
    "from django.core.management import call_command as call\n"
    "for name in ('check_invariants', 'verify_ledger', 'replay_ledger'):\n"
    "    call(name)"
)
ON_THE_WAY = (
    "SELECT (SELECT count(*) FROM outbox_outboxmessage WHERE routed_at IS NULL)"
    " + (SELECT count(*) FROM outbox_outboxdelivery WHERE state = 'pending')"
)


SOLD = (
    "SELECT r.recipient_name, r.number, r.payment_state,"
    " (SELECT count(*) FROM fulfilment_supplierorder s WHERE s.record_id = r.id),"
    " (SELECT count(DISTINCT s.supplier_id) FROM ordering_lineshare s WHERE s.record_id = r.id),"
    " (SELECT count(*) FROM gateways_payment p WHERE p.record_id = r.id)"
    " FROM ordering_orderrecord r WHERE r.recipient_name LIKE '买家%'"
)


@dataclass
class Outcome:
    """What a drill has found."""

    seed: int
    orders: int
    kills: Counter[str] = field(default_factory=Counter)
    placed: int = 0
    paid: int = 0
    confirmed_late: int = 0
    retries: int = 0
    seconds: float = 0.0
    drained: float = 0.0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    @property
    def held(self) -> bool:
        return not (self.lost or self.doubled or self.broken)

    def table(self) -> str:
        """Return the fault table."""
        killed = ", ".join(f"{name} ×{count}" for name, count in sorted(self.kills.items()))
        rows = [
            ("seed", self.seed),
            ("killed -9", f"{sum(self.kills.values())}: {killed}"),
            ("orders meant", self.orders),
            ("orders placed", self.placed),
            ("orders paid", self.paid),
            ("found at the provider", self.confirmed_late),
            ("requests tried again", self.retries),
            ("seconds of selling", f"{self.seconds:.0f}"),
            ("seconds to drain", f"{self.drained:.0f}"),
            ("lost", len(self.lost)),
            ("doubled", len(self.doubled)),
            ("broken promises", len(self.broken)),
        ]
        details = [f"  - {line}" for line in (*self.lost, *self.doubled, *self.broken)]
        return "\n".join([*(f"{name:<22}{value}" for name, value in rows), *details])


class Shop:
    """A running `make prod-local`, seen from outside."""

    def __init__(self, data_dir: Path, port: int) -> None:
        self.data_dir, self.port = data_dir, port
        binaries = find_binaries()
        assert binaries is not None
        self.servers = Servers(data_dir, binaries)
        self.base = f"http://{HOST}:{port}"

    def process(self, name: str) -> int:
        """Return the process of that name, 0 while it does not run."""
        pid: int = json.loads((self.data_dir / ROSTER).read_text()).get(name, 0)
        return pid

    def kill(self, name: str) -> None:
        """Kill -9 the process as soon as it runs."""
        _until(lambda: self.process(name) != 0, 60, f"{name} does not run")
        os.kill(self.process(name), signal.SIGKILL)

    def complete(self) -> bool:
        """Return whether every process runs and the shop answers."""
        return all(map(self.process, TARGETS)) and answers(self.port)

    def on_the_way(self) -> int:
        """Return how many messages and deliveries are not finished; -1 when the database does not answer."""
        return int(self.servers.sql(ON_THE_WAY) or -1)

    def unpaid(self, orders: set[str]) -> int:
        """Return how many of these orders the shop has no money for; -1 when the database does not answer."""
        numbers = ", ".join(f"'{number}'" for number in sorted(orders)) or "''"
        asked = f"FROM ordering_orderrecord WHERE payment_state <> 'paid' AND number IN ({numbers})"
        return int(self.servers.sql(f"SELECT count(*) {asked}") or -1)

    def hasten(self) -> None:
        """Let what waits for its time be due now: leases of killed workers, questions to the providers."""
        self.servers.sql("UPDATE outbox_outboxdelivery SET due_at = now() WHERE state = 'pending'")
        self.servers.sql("UPDATE gateways_paymentattempt SET created_at = created_at - interval '6 minutes'")
        self.servers.sql("DELETE FROM worker_jobturn WHERE name = 'gateways.reconcile_attempts'")
        self._manage("shell", "-c", "from shop.gateways.services import reconcile_attempts as a; a()")

    def _manage(self, *words: str) -> subprocess.CompletedProcess[str]:
        env = production_environment(self.data_dir, self.port, self.servers)
        asked = [str(PYTHON), "manage.py", *words]
        return subprocess.run(asked, cwd=ROOT, env=env, capture_output=True, text=True, check=False)

    def broken(self) -> list[str]:
        """Return what the shop's own checks hold against it; one process for all, for each takes its time to start."""
        done = self._manage("shell", "-c", CHECKS)
        return (done.stdout + done.stderr).splitlines() if done.returncode else []


def _until(condition: object, seconds: float, sentence: str) -> None:
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise Failed(f"{sentence} after {seconds:.0f} s.")
        time.sleep(0.1)


@contextmanager
def running_shop(data_dir: Path, port: int) -> Iterator[Shop]:
    """Run `make prod-local` with a small catalogue while the block runs. Raises Failed when it does not open."""
    log = data_dir.with_suffix(".log")
    env = os.environ | {"DATA_DIR": str(data_dir), "PORT": str(port), "CATALOGUE": "small"}
    with log.open("wb") as printed:
        supervisor = subprocess.Popen(
            [sys.executable, str(ROOT / "scripts" / "prod_local.py")],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=printed,
            preexec_fn=die_with_parent(os.getpid()),
        )
    shop = Shop(data_dir, port)
    try:
        _until(lambda: supervisor.poll() is not None or answers(port), START_WITHIN, "The shop is not open")
        if supervisor.poll() is not None:
            raise Failed(f"The shop did not open:\n{log.read_text()}")
        yield shop
    finally:
        supervisor.send_signal(signal.SIGINT)
        supervisor.wait(timeout=120)
        # One that was killed could not do it itself.
        shop.servers.forget_sockets()


def drill(
    shop: Shop,
    *,
    seed: int,
    orders: int,
    at_once: int = AT_ONCE,
    victims: Sequence[str] = TARGETS * 2,
    hasten: bool = False,
    choices: Sequence[str] = (SUCCEED,),
) -> Outcome:
    """Sell, kill the victims at moments drawn by the seed, drain, check; return what was found.

    With `hasten` nobody waits for leases to end and for the clock's next question to the provider. `choices` are
    the ways to pay from which the seed draws, see `buyers.buy`.
    """
    draw = random.Random(seed)
    victims = draw.sample(victims, len(victims))
    moments = sorted(draw.sample(range(1, orders), min(len(victims), orders - 1)))
    outcome = Outcome(seed, orders)
    started = time.monotonic()
    crowd = Crowd(shop.base, orders, at_once, draw, _prefix(seed), choices)
    for victim, moment in zip(victims, moments, strict=False):
        _until(lambda moment=moment: crowd.done() >= moment, 600, "The buyers stand still")
        shop.kill(victim)
        outcome.kills[victim] += 1
    crowd.wait()
    outcome.seconds = time.monotonic() - started
    _until(shop.complete, 120, "Not every process came back")
    _drain(shop, crowd, outcome, hasten)
    _count(shop, crowd, outcome)
    outcome.broken = shop.broken()
    return outcome


def _prefix(seed: int) -> str:
    """Return how the names of a run's buyers begin."""
    return f"买家{seed}-"


def _drain(shop: Shop, crowd: Crowd, outcome: Outcome, hasten: bool) -> None:
    """Wait until every payment is known and every message delivered."""
    started = time.monotonic()
    outcome.confirmed_late = shop.unpaid(crowd.sales.confirming)
    if hasten:
        shop.hasten()
    _until(lambda: shop.unpaid(crowd.sales.confirming) == 0, CONFIRM_WITHIN, "Payments are still not known")
    _until(lambda: shop.on_the_way() == 0, DRAIN_WITHIN, "Messages are still on their way")
    outcome.drained = time.monotonic() - started


def _count(shop: Shop, crowd: Crowd, outcome: Outcome) -> None:
    """Compare what the buyers were told with what the shop has."""
    found = [line.split("|") for line in shop.servers.sql(SOLD).splitlines()]
    rows = [row for row in found if row[0].startswith(_prefix(outcome.seed))]
    sales, known = crowd.sales, {row[1]: row for row in rows}
    outcome.placed, outcome.paid = len(rows), sum(row[2] == "paid" for row in rows)
    outcome.retries = sales.retries
    outcome.lost += [f"{name} gave up: {why}" for name, why in sales.gave_up.items()]
    outcome.lost += [
        f"{number} was confirmed and is gone" for number in sales.placed.values() if number not in known
    ]
    outcome.lost += [
        f"{number} was paid and is not" for number in sales.paid if known.get(number, "  x")[2] != "paid"
    ]
    for name, number, state, supplier_orders, suppliers, payments in rows:
        if state == "paid" and int(supplier_orders) < int(suppliers):
            outcome.lost.append(f"{number} is paid and {suppliers} suppliers have {supplier_orders} orders")
        if int(supplier_orders) > int(suppliers) or int(payments) > 1:
            outcome.doubled.append(
                f"{number} of {name}: {supplier_orders} supplier orders, {payments} payments"
            )
    counts = Counter(row[0] for row in rows)
    outcome.doubled += [
        f"{name} meant one order and has {count}" for name, count in counts.items() if count > 1
    ]


def main() -> int:
    """Run the drill; return 1 when something was lost, doubled or broken."""
    orders = int(sys.argv[1]) if len(sys.argv) > 1 else ORDERS
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(10_000))
    say(f"SEED={seed}: {orders} orders, {AT_ONCE} at once")
    with tempfile.TemporaryDirectory(prefix="shop-drill-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)  # PostgreSQL runs as another account when we are root.
        with running_shop(Path(folder) / "data", read_port()) as shop:
            outcome = drill(shop, seed=seed, orders=orders)
    say(outcome.table())
    return 0 if outcome.held else 1


if __name__ == "__main__":
    sys.exit(as_script(main))
