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
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from buyers import SUCCEED, Crowd, GaveUpError, Sales, Visitor
from console import ROOT, Failed, die_with_parent, say
from environment import PYTHON, as_script
from launcher import HOST, answers, read_port
from moving_clock import MINUTE, MovingClock, shown
from outcome import Outcome
from postgres import find_binaries
from prod_local import ROSTER, production_environment
from servers import Servers
from sold import SOLD, Sold

ORDERS, AT_ONCE = 200, 16
#: The cache and the broker forget everything they hold.
EMPTIED = "redis emptied"
TARGETS = ("web-1", "web-2", "worker-urgent", "worker-bulk", "beat", "redis", "db", "proxy")
#: Orders whose pages somebody else tries to open after a round.
STRANGERS, PAGES = 5, ("/orders/{}/", "/pay/{}/", "/pay/{}/state/")
START_WITHIN, DRAIN_WITHIN = 900.0, 240.0
#: The shop asks the providers every five minutes about payments that it has heard nothing of for five minutes.
CONFIRM_WITHIN = 700.0
ON_THE_WAY = (
    "SELECT (SELECT count(*) FROM outbox_outboxmessage WHERE routed_at IS NULL)"
    " + (SELECT count(*) FROM outbox_outboxdelivery WHERE state = 'pending')"
)


class Shop:
    """A running `make prod-local`, seen from outside."""

    def __init__(self, data_dir: Path, port: int, settings: Mapping[str, str]) -> None:
        self.data_dir, self.port, self.settings = data_dir, port, settings
        self.ships = False
        binaries = find_binaries()
        assert binaries is not None
        self.servers = Servers(data_dir, binaries)
        self.base = f"http://{HOST}:{port}"
        self.clock = MovingClock(clock_file(data_dir))

    def process(self, name: str) -> int:
        """Return the process of that name, 0 while it does not run."""
        pid: int = json.loads((self.data_dir / ROSTER).read_text()).get(name, 0)
        return pid

    def kill(self, name: str) -> None:
        """Kill -9 the process as soon as it runs."""
        _until(lambda: self.process(name) != 0, 60, f"{name} does not run")
        os.kill(self.process(name), signal.SIGKILL)

    def empty_redis(self) -> None:
        """Let cache and broker forget everything, as soon as they answer."""
        words = ["redis-cli", "-s", str(self.servers.redis_socket), "flushall"]
        _until(
            lambda: subprocess.run(words, capture_output=True, check=False).stdout == b"OK\n",
            60,
            "Redis is away",
        )

    def complete(self) -> bool:
        """Return whether every process runs and the shop answers."""
        return all(map(self.process, TARGETS)) and answers(self.port)

    def on_the_way(self) -> int:
        """Return how many messages and deliveries are not finished; -1 when the database does not answer."""
        return int(self.servers.sql(ON_THE_WAY) or -1)

    def unpaid(self, orders: set[str]) -> int:
        """Return how many of these orders have neither been paid nor closed; -1 when the database does not answer."""
        return self._count(f"{_among(orders)} AND payment_state NOT IN ('paid', 'closed')")

    def kept_money(self, orders: set[str]) -> int:
        """Return how many of these orders are closed and have money that has not gone back; -1 as above."""
        kept = "SELECT 1 FROM gateways_payment p WHERE p.record_id = r.id AND p.fen > p.refunded_fen + p.returned_fen"
        return self._count(f"{_among(orders)} AND payment_state = 'closed' AND EXISTS ({kept})")

    def _count(self, condition: str) -> int:
        asked = f"SELECT count(*) FROM ordering_orderrecord r WHERE {condition}"  # noqa: S608 - our own words
        return int(self.servers.sql(asked) or -1)

    def hasten(self) -> None:
        """Let time pass, so that leases of killed workers end; and let the providers be asked at once."""
        self.clock.go_on(6 * MINUTE)
        self._run(
            "manage.py", "shell", "-c", "from shop.gateways.services import reconcile_attempts as a; a()"
        )

    def environment(self) -> dict[str, str]:
        """Return the variables with which a process of its own is one of this shop's."""
        env = production_environment(self.data_dir, self.port, self.servers)
        own = {"SHOP_CLOCK_FILE": str(self.clock.path), "PYTHONPATH": str(ROOT)}
        return env | dict(self.settings) | own

    def _run(self, *words: str) -> subprocess.CompletedProcess[str]:
        asked = [str(PYTHON), *words]
        return subprocess.run(
            asked, cwd=ROOT, env=self.environment(), capture_output=True, text=True, check=False
        )

    def promises(self) -> dict[str, list[str]]:
        """Return every promise of the shop with the sentences that break it. Raises Failed when it cannot be asked."""
        done = self._run("scripts/ask_promises.py")
        if done.returncode:
            raise Failed(f"The promises could not be asked for:\n{done.stderr}")
        found: dict[str, list[str]] = json.loads(done.stdout.splitlines()[-1])
        return found

    @contextmanager
    def shipping(self) -> Iterator[None]:
        """Let the suppliers ship while the block runs, and until nothing is left to be shipped."""
        over, log = self.data_dir / "shipping-is-over", self.data_dir / "logs" / "suppliers.log"
        over.unlink(missing_ok=True)
        with log.open("ab") as printed:
            suppliers = subprocess.Popen(
                [str(PYTHON), "scripts/ship_orders.py", str(over)],
                cwd=ROOT,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=printed,
                preexec_fn=die_with_parent(os.getpid()),
            )
        try:
            self.ships = True
            yield
        finally:
            self.ships = False
            over.touch()
            with suppress(subprocess.TimeoutExpired):
                suppliers.wait(timeout=60)
            suppliers.kill()

    def to_ship(self) -> int:
        """Return how many orders of suppliers wait to be shipped; -1 when the database does not answer."""
        open_ones = "SELECT count(*) FROM fulfilment_supplierorder WHERE state IN ('new', 'confirmed')"
        return int(self.servers.sql(open_ones) or -1)

    @property
    def follows(self) -> bool:
        """Whether a courier tells this shop of its parcels."""
        return self.ships and "KUAIDI100_KEY" in self.settings

    def unsigned(self) -> int:
        """Return how many parcels are on their way; -1 when the database does not answer."""
        return int(self.servers.sql("SELECT count(*) FROM fulfilment_parcel WHERE state = 'shipped'") or -1)


def clock_file(data_dir: Path) -> Path:
    """Return where the clock of a rehearsal on this data stands."""
    return data_dir.with_suffix(".clock")


def _among(orders: set[str]) -> str:
    numbers = ", ".join(f"'{number}'" for number in sorted(orders)) or "''"
    return f"number IN ({numbers})"


def _until(condition: object, seconds: float, sentence: str) -> None:
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise Failed(f"{sentence} after {seconds:.0f} s.")
        time.sleep(0.1)


@contextmanager
def running_shop(data_dir: Path, port: int, settings: Mapping[str, str] = {}) -> Iterator[Shop]:
    """Run `make prod-local` with a small catalogue while the block runs. Raises Failed when it does not open."""
    log = data_dir.with_suffix(".log")
    env = os.environ | {"DATA_DIR": str(data_dir), "PORT": str(port), "CATALOGUE": "small"} | dict(settings)
    env["SHOP_CLOCK_FILE"] = str(clock_file(data_dir))
    with log.open("wb") as printed:
        supervisor = subprocess.Popen(
            [sys.executable, str(ROOT / "scripts" / "prod_local.py")],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=printed,
            preexec_fn=die_with_parent(os.getpid()),
        )
    shop = Shop(data_dir, port, settings)
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
    jumps: Sequence[int] = (),
    hasten: bool = False,
    choices: Sequence[str] = (SUCCEED,),
) -> Outcome:
    """Sell, kill the victims at moments drawn by the seed, drain, check; return what was found.

    At other moments the clock goes wrong by the seconds of a jump; before anything is counted it is set right. With
    `hasten` nobody waits for leases to end and for the clock's next question to the provider. `choices` are the ways
    to pay from which the seed draws, see `buyers.buy`.
    """
    draw = random.Random(seed)
    faults: list[str | int] = draw.sample([*victims, *jumps], len(victims) + len(jumps))
    moments = sorted(draw.sample(range(1, orders), min(len(faults), orders - 1)))
    outcome = Outcome(seed, orders)
    started = time.monotonic()
    crowd = Crowd(shop.base, orders, at_once, draw, _prefix(seed), choices)
    for fault, moment in zip(faults, moments, strict=False):
        _until(lambda moment=moment: crowd.done() >= moment, 600, "The buyers stand still")
        _inject(shop, fault, outcome)
    crowd.wait()
    shop.clock.jump(0)
    outcome.seconds = time.monotonic() - started
    _until(shop.complete, 120, "Not every process came back")
    _drain(shop, crowd, outcome, hasten)
    _count(shop, crowd, outcome)
    outcome.promises = shop.promises()
    numbers = sorted(crowd.sales.placed.values())
    opened = _opened_by_strangers(shop, draw.sample(numbers, min(STRANGERS, len(numbers))))
    outcome.promises["no stranger opens an order (I8)"] = opened
    return outcome


def _opened_by_strangers(shop: Shop, numbers: Sequence[str]) -> list[str]:
    """Return which pages of these orders open without the buyer's cookie."""
    found = []
    for path in (page.format(number) for number in numbers for page in PAGES):
        try:
            Visitor(shop.base, "", Sales()).go(path)
        except GaveUpError as refused:
            if str(refused) == f"404 at {path}":
                continue
        found.append(f"a stranger is not told that there is no {path}")
    return found


def _inject(shop: Shop, fault: str | int, outcome: Outcome) -> None:
    if fault == EMPTIED:
        shop.empty_redis()
        outcome.emptied += 1
    elif isinstance(fault, str):
        shop.kill(fault)
        outcome.kills[fault] += 1
    else:
        shop.clock.jump(fault)
        outcome.jumps[shown(fault)] += 1


def _prefix(seed: int) -> str:
    """Return how the names of a run's buyers begin."""
    return f"买家{seed}-"


def _drain(shop: Shop, crowd: Crowd, outcome: Outcome, hasten: bool) -> None:
    """Wait until every payment is known, what came too late has gone back, and every message is delivered."""
    started, sales = time.monotonic(), crowd.sales
    ended = sales.confirming | sales.closed
    outcome.confirmed_late = shop.unpaid(sales.confirming)
    if hasten:
        shop.hasten()
    _until(lambda: shop.unpaid(ended) == 0, CONFIRM_WITHIN, "Payments are still not known")
    if hasten:
        # What a clock ahead by less than the longest pause has put off is due then.
        shop.clock.go_on(45 * MINUTE)
    _until(lambda: shop.on_the_way() == 0, DRAIN_WITHIN, "Messages are still on their way")
    _until(lambda: shop.kept_money(ended) == 0, DRAIN_WITHIN, "Money for closed orders has not gone back")
    if shop.ships:
        _until(lambda: shop.to_ship() == 0, DRAIN_WITHIN, "Orders are still not shipped")
    if shop.follows:
        _until(lambda: shop.unsigned() == 0, DRAIN_WITHIN, "Parcels are still not signed for")
    _until(lambda: shop.on_the_way() == 0, DRAIN_WITHIN, "Messages are still on their way")
    outcome.drained = time.monotonic() - started


def _count(shop: Shop, crowd: Crowd, outcome: Outcome) -> None:
    """Compare what the buyers were told with what the shop has."""
    found = [Sold.read(line) for line in shop.servers.sql(SOLD).splitlines()]
    rows = [row for row in found if row.name.startswith(_prefix(outcome.seed))]
    sales, known = crowd.sales, {row.number: row for row in rows}
    outcome.placed, outcome.retries = len(rows), sales.retries
    outcome.paid = sum(row.state == "paid" for row in rows)
    outcome.closed = sum(row.state == "closed" for row in rows)
    outcome.shipped = sum(row.shipped for row in rows)
    outcome.signed = sum(row.parcels > 0 and row.unsigned == 0 for row in rows)
    outcome.lost += [f"{name} gave up: {why}" for name, why in sales.gave_up.items()]
    outcome.lost += [
        f"{number} was confirmed and is gone" for number in sales.placed.values() if number not in known
    ]
    outcome.lost += [
        f"{number} was paid and is not"
        for number in sales.paid
        if number in known and known[number].state != "paid"
    ]
    for row in rows:
        outcome.lost += row.lost(ships=shop.ships)
        outcome.doubled += row.doubled()
    counts = Counter(row.name for row in rows)
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
