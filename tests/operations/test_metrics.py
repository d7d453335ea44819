"""What Prometheus is told, and who else may read it: nobody."""

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from shop.core import clock
from shop.operations import metrics
from shop.outbox.models import DeliveryState, OutboxDelivery
from tests.database import ROOT
from tests.factories import make_product, make_supplier, place, place_paid
from tests.fulfilment.cast import mixed_order, ship
from tests.outbox.cast import say
from worker.schedule import Job
from worker.turns import run_in_turn

pytestmark = pytest.mark.django_db
FAR = {"REMOTE_ADDR": "10.0.0.7"}


def figures(text: str) -> dict[str, float]:
    """Return every sample by its name with labels."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def told() -> dict[str, float]:
    return figures(metrics.exposition().decode())


def status(**headers: str) -> int:
    return Client().get("/metrics", **headers).status_code  # type: ignore[arg-type]


def test_only_this_machine_or_who_knows_the_word_may_read(settings: Any) -> None:
    assert status() == 200
    assert status(**FAR) == 404
    assert status(HTTP_X_FORWARDED_FOR="127.0.0.1") == 404
    assert status(HTTP_AUTHORIZATION="Bearer ", **FAR) == 404
    settings.METRICS_TOKEN = "a-long-word"
    assert status(HTTP_AUTHORIZATION="Bearer a-long-word", **FAR) == 200
    assert status(HTTP_AUTHORIZATION="Bearer a-long-word", HTTP_X_FORWARDED_FOR="8.8.8.8", **FAR) == 200
    assert status(HTTP_AUTHORIZATION="Bearer a-long-wore", **FAR) == 404
    assert status(HTTP_AUTHORIZATION="a-long-word", **FAR) == 404
    assert status(HTTP_AUTHORIZATION="Bearer 长", **FAR) == 404


def test_requests_are_counted_by_view_and_never_by_address() -> None:
    answered = 'shop_requests_total{method="GET",status="2xx",view="healthz"}'
    before = told().get(answered, 0)
    Client().get("/healthz?q=13800000001")
    Client().get("/no/such/page/13800000001/")
    after = told()
    assert after[answered] == before + 1
    assert after['shop_request_seconds_count{view="healthz"}'] >= 1
    assert after['shop_request_queries_total{view="healthz"}'] == 0
    assert after['shop_requests_total{method="GET",status="4xx",view="no page"}'] >= 1
    assert not [name for name in after if "13800000001" in name]


def test_the_statements_of_a_page_are_counted() -> None:
    counted = 'shop_request_queries_total{view="readyz"}'
    Client().get("/readyz")
    before = told()[counted]
    with CaptureQueriesContext(connection) as asked:
        Client().get("/readyz")
    assert told()[counted] == before + len(asked)


def test_the_state_of_the_shop() -> None:
    with time_machine.travel(clock.now() - dt.timedelta(minutes=10), tick=False):
        message = say("order.paid")
        OutboxDelivery.objects.create(
            message=message, handler="ledger.post_paid", due_at=clock.now(), state=DeliveryState.DEAD
        )
    product = make_product(supplier=make_supplier(), stock=9)
    place(lines=[(product, 1)])
    place_paid(lines=[(product, 1)])
    found = told()
    assert found["shop_orders_placed_total"] == 2
    assert found["shop_orders_paid_total"] == 1
    assert found['shop_outbox_dead{handler="ledger.post_paid"}'] == 1
    assert found["shop_outbox_oldest_seconds"] >= 600
    assert found["shop_payments_waiting"] == 0
    assert found['shop_notices{receiver="buyer",state="pending"}'] == 0
    assert found["shop_catching_up"] == 0
    assert found["shop_parcels_in_trouble"] == 0


def test_an_age_of_zero_when_nothing_waits() -> None:
    found = told()
    assert found["shop_outbox_oldest_seconds"] == found["shop_payments_waiting_oldest_seconds"] == 0


def test_whether_somebody_works() -> None:
    assert told()["shop_worker_up"] == 0
    job = Job("fulfilment.confirm_due_receipts", 300, lambda: None)
    run_in_turn(job)
    found = told()
    assert found["shop_worker_up"] == 1
    assert found['shop_job_age_seconds{job="fulfilment.confirm_due_receipts"}'] < 5
    with time_machine.travel(clock.now() + dt.timedelta(minutes=2), tick=False):
        assert told()["shop_worker_up"] == 0


def test_the_number_of_queries_does_not_grow() -> None:
    with CaptureQueriesContext(connection) as few:
        metrics.exposition()
    mixed = mixed_order()
    ship(mixed.first)
    for _ in range(5):
        say("order.paid")
    with CaptureQueriesContext(connection) as many:
        metrics.exposition()
    assert len(many) == len(few) <= 16


def test_the_processes_of_a_server_are_added_up_and_a_place_counts_on(tmp_path: Path) -> None:
    """Three processes in two places: the third takes over from one that has ended."""
    code = (
        "import django; django.setup()\n"
        "from shop.core import measures\n"
        "measures.note_request(view='home', method='GET', status=200, started=0.0, queries=3)\n"
    )
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PYTHONPATH": str(ROOT),
        "PROMETHEUS_MULTIPROC_DIR": str(tmp_path),
    }
    for slot in ("0", "1", "0"):
        subprocess.run([sys.executable, "-c", code], env=env | {"METRICS_SLOT": slot}, cwd=ROOT, check=True)
    read = (
        "import django; django.setup()\n"
        "from prometheus_client import generate_latest\n"
        "from shop.core.measures import process_registry\n"
        "print(generate_latest(process_registry()).decode())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", read], env=env, cwd=ROOT, check=True, capture_output=True, text=True
    )
    found = figures(done.stdout)
    assert found['shop_requests_total{method="GET",status="2xx",view="home"}'] == 3
    assert found['shop_request_queries_total{view="home"}'] == 9
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        f"{kind}_{slot}.db" for kind in ("counter", "histogram") for slot in ("0", "1")
    ]
