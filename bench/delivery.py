"""How fast messages go: the relay beside a small and a large backlog, and a paid order's notice to its suppliers."""

import json
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import psycopg
from console import Failed, say
from processes import BEAT, BULK, REDIS, URGENT

from bench.measures import percentile
from bench.places import CACHE, ROOT, Extent
from bench.sites import Site, start, stop

RELAYS = 2
#: Orders a second at least, and in the embedded form, where one worker and SQLite do everything.
LEAST_PACE, EMBEDDED_PACE = 8.0, 2.0


@dataclass
class Lags:
    """Seconds from `order.paid` to the suppliers' notices, at the pace that was kept; `orders` includes untold ones."""

    wanted: float = 0.0
    pace: float = 0.0
    orders: int = 0
    seconds: list[float] = field(default_factory=list)

    @property
    def p99(self) -> float:
        """Return the 99th percentile; infinite when an order's suppliers were not told."""
        whole = self.orders > 0 and len(self.seconds) == self.orders
        return percentile(self.seconds, 99) if whole else float("inf")


@dataclass
class Delivery:
    """Deliveries a second by size of the backlog, and the lags of both forms of the shop."""

    rates: dict[int, float] = field(default_factory=dict)
    production: Lags = field(default_factory=Lags)
    embedded: Lags = field(default_factory=Lags)

    @property
    def flatness(self) -> float:
        """Return the rate at the largest backlog as a share of the rate at the smallest."""
        if len(self.rates) < 2:
            return 0.0
        return self.rates[max(self.rates)] / self.rates[min(self.rates)]


def measure_relay(site: Site, socket: str, extent: Extent) -> dict[int, float]:
    """Return the deliveries a second of two relays, for each size of the backlog, in a copy of the shop's database."""
    with psycopg.connect(host=socket, user="shop", dbname="postgres", autocommit=True) as server:
        server.execute("CREATE DATABASE relay TEMPLATE shop")
    env = {"DATABASE_URL": f"postgres://shop@/{socket}/relay"}
    rates = {}
    for backlog in extent.backlogs:
        site.run("-m", "bench.relaying", "fill", str(backlog), env=env)
        with psycopg.connect(host=socket, user="shop", dbname="relay", autocommit=True) as server:
            server.execute("CHECKPOINT")
        rates[backlog] = _relay(site, env, extent.relay_seconds)
        say(f"      {backlog} waiting: {rates[backlog]:.0f} deliveries/s")
    with psycopg.connect(host=socket, user="shop", dbname="postgres", autocommit=True) as server:
        # A million rows that were just written would be vacuumed beside what is measured next.
        server.execute("DROP DATABASE relay WITH (FORCE)")
    return rates


def _relay(site: Site, env: dict[str, str], seconds: float) -> float:
    command = [str(site.python), "-m", "bench.relaying", "run", str(seconds)]
    with (site.folder / "relay.log").open("ab") as log:
        relays = [
            subprocess.Popen(
                command,
                cwd=ROOT,
                env=site.env | env,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log.fileno(),
                text=True,
            )
            for _ in range(RELAYS)
        ]
        try:
            if any(relay.stdout is None or relay.stdout.readline() != "ready\n" for relay in relays):
                raise Failed(f"A relay does not start; see {site.folder / 'relay.log'}")
            began = time.monotonic()
            for relay in relays:
                assert relay.stdin is not None
                relay.stdin.write("go\n")
                relay.stdin.flush()
            handled = [int(relay.stdout.readline()) for relay in relays if relay.stdout is not None]
            return sum(handled) / (time.monotonic() - began)
        finally:
            for relay in relays:
                relay.kill()
                relay.wait()


def measure_lags(site: Site, socket: str, per_second: float, extent: Extent) -> Lags:
    """Return the lags with the workers of production: Celery, Redis and PostgreSQL.

    What the checkouts before have left behind is delivered first. A shop with so many goods has drawn them long
    ago: the pictures that the bench did not wait for are not drawn beside the sale.
    """
    with psycopg.connect(host=socket, user="shop", dbname="shop") as shop:
        shop.execute("DELETE FROM listings_productpicture WHERE ready_at IS NULL")
    site.run("manage.py", "runworker", "--once")
    redis = CACHE / "run" / "redis.sock"
    env = {"CELERY_BROKER_URL": f"redis+socket://{redis}?virtual_host=1"}
    commands = [[str(site.python), "-m", *process.command] for process in (URGENT, BULK, BEAT)]
    commands[-1] += ["--schedule", str(CACHE / "run" / "beat")]
    server = [*REDIS, "--port", "0", "--unixsocket", str(redis), "--dir", str(CACHE / "run")]
    with _running(site, env, [server, *commands]):
        return _sell(site, env, per_second, extent)


def embedded_site(site: Site) -> Site:
    """Return the shop as `make run` has it: SQLite, and one worker without a broker. It makes its database."""
    folder = CACHE / "run" / "embedded"
    folder.mkdir(parents=True)
    left_out = ("SHOP_ENV", "DATABASE_URL", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS")
    env = {name: value for name, value in site.env.items() if name not in left_out}
    embedded = replace(site, folder=folder, env=env | {"DATA_DIR": str(folder)})
    embedded.run("manage.py", "migrate", "-v", "0")
    embedded.run("manage.py", "seed_catalogue")
    return embedded


def measure_embedded_lags(site: Site, extent: Extent) -> Lags:
    """Return the lags of the embedded shop with its one worker."""
    with _running(site, {}, [[str(site.python), "manage.py", "runworker"]]):
        return _sell(site, {}, EMBEDDED_PACE, extent)


def _sell(site: Site, env: dict[str, str], per_second: float, extent: Extent) -> Lags:
    words = ("-m", "bench.selling", str(per_second), str(extent.selling_seconds))
    printed, _ = site.run(*words, env=env)
    found = json.loads(printed.splitlines()[-1])
    lags = Lags(per_second, found["pace"], found["orders"], found["lags"])
    say(f"      {lags.pace:.1f} orders/s: p50 {percentile(lags.seconds, 50):.2f} s, p99 {lags.p99:.2f} s")
    return lags


@contextmanager
def _running(site: Site, env: dict[str, str], commands: Sequence[Sequence[str | Path]]) -> Iterator[None]:
    """Run processes beside the block; they are given time to start."""
    with ExitStack() as stack:
        log = stack.enter_context((site.folder / "delivery.log").open("ab"))
        for command in commands:
            stack.callback(stop, start(command, site.env | env, log.fileno()))
        _wait_for_workers(site, env)
        yield


def _wait_for_workers(site: Site, env: dict[str, str]) -> None:
    """Sell one order and wait for its notice: then everybody is there."""
    site.run("-m", "bench.selling", "1", "1", env=env)
