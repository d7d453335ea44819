"""`make prod-local` as it is: one sale over HTTP, every process killed during orders, and the supervisor at last."""

import os
import random
import re
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from buyers import Sales, Stream, buy, products
from console import Steps
from django.db import connection
from fault_drill import Shop, drill, running_shop
from launcher import keep_secret_key
from postgres import find_binaries
from prod_local import ProductionPreparation, web_ports
from proxy import find_nginx
from rolling_restart import WEB, WORKERS, roll
from servers import Servers
from supervisor import Supervisor

from tests.database import PostgresqlDatabase

pytestmark = [
    pytest.mark.concurrency,
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="the processes of production need PostgreSQL"
    ),
]
PATIENCE = 60.0
DONE = "SELECT count(*) FROM outbox_outboxdelivery WHERE state = 'done'"


def _until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def _until_drained(shop: Shop) -> None:
    """Wait until nothing is on its way, as long as more and more is delivered: buyers may be quicker than workers."""
    while shop.on_the_way() != 0:
        _until(partial(_goes_on, shop, _number(shop, DONE)))


def _goes_on(shop: Shop, done: int) -> bool:
    return shop.on_the_way() == 0 or _number(shop, DONE) > done


def _free_ports() -> int:
    """Return a port that is free with the two after it."""
    while True:
        port = random.randrange(20_000, 30_000)
        try:
            for offset in range(3):
                with socket.create_server(("127.0.0.1", port + offset)):
                    pass
        except OSError:
            continue
        return port


def _migrated(servers: Servers, template: str) -> None:
    """Fill a new cluster with what the tests' migrated template holds: quicker than to migrate again."""
    servers.prepare()
    keep_secret_key(servers.data_dir)
    supervisor = Supervisor(servers.children())
    try:
        supervisor.start()
        servers.wait()
        host = str(connection.settings_dict["HOST"])
        dump = [str(servers.binaries / "pg_dump"), "-h", host, "-U", str(connection.settings_dict["USER"])]
        dumped = subprocess.run([*dump, "--no-owner", template], capture_output=True, check=True).stdout
        where = ["-h", str(servers.sockets / "db"), "-U", "shop", "-d", "shop"]
        psql = [str(servers.binaries / "psql"), *where, "-q", "-X", "-v", "ON_ERROR_STOP=1"]
        subprocess.run(psql, input=dumped, check=True, stdout=subprocess.DEVNULL)
        # So that the shop need not look for what there is to migrate.
        preparation = ProductionPreparation(Steps(1), servers.data_dir, {}, servers)
        preparation.stamps.write("migrations", preparation.migrations_digest())
    finally:
        supervisor.stop()


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder that PostgreSQL's account may enter when the tests run as root."""
    made = Path(tempfile.mkdtemp(prefix="shop-set-", dir="/tmp"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="module")
def shop(django_db_setup: object, folder: Path) -> Iterator[Shop]:
    assert isinstance(django_db_setup, PostgresqlDatabase)
    binaries = find_binaries()
    assert binaries is not None
    _migrated(Servers(folder / "data", binaries), django_db_setup.template)
    with running_shop(folder / "data", _free_ports()) as opened:
        yield opened


def _number(shop: Shop, sql: str) -> int:
    return int(shop.servers.sql(sql) or -1)


def test_one_sale_from_the_guest_to_the_figures(shop: Shop) -> None:
    sales = Sales()
    order = buy(shop.base, "王芳", products(shop.base), sales)
    assert (sales.placed, sales.paid) == ({"王芳": order}, {order})
    record = f"(SELECT id FROM ordering_orderrecord WHERE number = '{order}')"
    due = _number(shop, f"SELECT due_fen FROM ordering_orderrecord WHERE id = {record}")
    assert due > 0
    _until(
        lambda: (
            _number(shop, f"SELECT count(*) FROM fulfilment_supplierorder WHERE record_id = {record}") == 1
        )
    )
    posted = f"SELECT coalesce(sum(fen), 0) FROM ledger_ledgerentry WHERE order_number = '{order}'"
    _until(lambda: _number(shop, posted) == due)


def test_the_proxy_serves_files_and_names_requests(shop: Shop) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    asked = urllib.request.Request(f"{shop.base}/", headers={"X-Request-ID": "kept-through-the-proxy"})
    with opener.open(asked) as answer:
        text = answer.read().decode()
        assert answer.headers["X-Request-ID"] == "kept-through-the-proxy"
    style = re.search(r'href="(/static/shop/shop\.[0-9a-f]{12}\.css)"', text)
    assert style
    with opener.open(shop.base + style[1]) as answer:
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["Content-Type"] == "text/css"
    with opener.open(f"{shop.base}/readyz") as answer:
        assert b'"ok"' in answer.read()


def test_a_rolling_restart_fails_no_request_and_loses_no_order(shop: Shop) -> None:
    _roll_under_load(shop, at_once=4, times=1)


@pytest.mark.long
def test_ten_rolling_restarts_under_load(shop: Shop) -> None:
    _roll_under_load(shop, at_once=8, times=10)


def _until_more(stream: Stream) -> None:
    """Wait until somebody has bought something: the shop sells."""
    bought = stream.bought()
    _until(lambda: stream.bought() > bought)


def _roll_under_load(shop: Shop, *, at_once: int, times: int) -> None:
    """Begin every process anew while guests buy; not one request of theirs may have to be tried again."""
    prefix = f"滚动{times}-"
    ports = web_ports(shop.port, find_nginx())
    with Stream(shop.base, at_once, times, prefix) as stream:
        for turn in range(times):
            _until_more(stream)
            before = {name: shop.process(name) for name in WORKERS}
            assert roll(shop.data_dir, ports, lambda text: None) == [*WEB, *WORKERS], turn
            assert all(shop.process(name) not in (0, process) for name, process in before.items())
        _until_more(stream)
        stream.stop()
    sales = stream.sales
    print(f"{sales.requests} requests, {sales.retries} failed; {len(sales.placed)} orders, {times} restarts")
    assert (sales.retries, sales.gave_up) == (0, {})
    assert len(sales.placed) == stream.bought() >= 2
    _until_drained(shop)
    _until(lambda: shop.unpaid(set(sales.placed.values())) == 0 and shop.on_the_way() == 0)
    mine = f"FROM ordering_orderrecord WHERE recipient_name LIKE '{prefix}%'"
    assert _number(shop, f"SELECT count(*) {mine}") == len(sales.placed)
    assert not any(shop.promises().values())


def test_nothing_is_lost_or_doubled_when_every_process_is_killed(shop: Shop) -> None:
    victims = ("web-1", "worker-urgent", "beat", "redis", "db")
    outcome = drill(shop, seed=2026, orders=20, at_once=6, victims=victims, hasten=True)
    print(outcome.table())
    assert outcome.held, outcome.table()
    assert outcome.kills == dict.fromkeys(victims, 1)
    assert (outcome.placed, outcome.paid) == (20, 20)


@pytest.mark.long
def test_two_hundred_concurrent_orders_survive_two_rounds_of_kills(shop: Shop) -> None:
    seed = int(os.environ.get("SEED") or random.randrange(10_000))
    outcome = drill(shop, seed=seed, orders=200, hasten=True)
    print(outcome.table())
    assert outcome.held, outcome.table()
    assert (outcome.placed, outcome.paid) == (200, 200)


def test_a_killed_supervisor_leaves_nothing_running(shop: Shop) -> None:
    """The last one: it takes the shop away."""
    supervisor = int((shop.data_dir / "run.lock").read_text())
    marks = (str(shop.data_dir), str(shop.servers.sockets))
    assert len(_running(marks)) > 8
    os.kill(supervisor, 9)
    _until(lambda: not _running(marks))


def _running(marks: tuple[str, ...]) -> list[str]:
    """Return the processes whose command or environment names this shop."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            told = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        except (OSError, PermissionError):
            continue
        if any(mark.encode() in told for mark in marks) and process.name != str(os.getpid()):
            found.append(process.name)
    return found
