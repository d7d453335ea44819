"""Alive, ready, degraded; and what a line of the log says."""

import json
import logging
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from pytest_django import Settings

from shop.core import clock, logs
from shop.operations import health
from shop.outbox.models import OutboxMessage
from tests.outbox.cast import say


def state(client: Client) -> tuple[int, dict[str, str]]:
    answer = client.get("/readyz")
    assert "no-store" in answer["Cache-Control"]
    return answer.status_code, answer.json()


def test_alive_asks_nobody_else(client: Client) -> None:
    """Not even the database: this test has none."""
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_ready_without_a_broker_of_its_own(client: Client) -> None:
    parts = {"database": "ok", "migrations": "ok", "broker": "none", "messages": "ok"}
    assert state(client) == (200, {"status": "ok", **parts})


@pytest.mark.django_db
def test_a_dead_broker_degrades_the_shop_and_does_not_close_it(client: Client, settings: Settings) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        port = silent.getsockname()[1]
        for listening in (False, True):  # A closed port, then one that accepts and never answers.
            if listening:
                silent.listen()
            settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{port}/1"
            started = time.monotonic()
            status, answer = state(client)
            assert (status, answer["status"], answer["broker"]) == (200, "degraded", "down")
            assert time.monotonic() - started < 2


@pytest.mark.data
@pytest.mark.django_db
def test_messages_that_nobody_delivers_degrade_the_shop(client: Client) -> None:
    say("A")
    assert state(client)[1]["messages"] == "ok"
    OutboxMessage.objects.update(stored_at=clock.now() - health.LATE * 2)
    status, answer = state(client)
    assert (status, answer["status"], answer["messages"]) == (200, "degraded", "late")


@pytest.fixture
def nothing_known() -> Iterator[None]:
    health._require_migrations.cache_clear()
    yield
    health._require_migrations.cache_clear()


@pytest.mark.django_db
def test_a_missing_migration_is_not_ready(client: Client, nothing_known: None) -> None:
    MigrationRecorder(connection).record_unapplied("worker", "0002_when_a_job_was_begun")
    status, answer = state(client)
    assert (status, answer["status"], answer["migrations"]) == (503, "down", "pending")
    MigrationRecorder(connection).record_applied("worker", "0002_when_a_job_was_begun")
    assert state(client)[0] == 200


def test_without_a_database_it_is_not_ready_and_says_no_more(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise DatabaseError("the server closed the connection; password=secret")

    monkeypatch.setattr(connection, "cursor", refuse)
    status, answer = state(client)
    assert (status, answer["status"], answer["database"]) == (503, "down", "down")
    assert "secret" not in json.dumps(answer)
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("name", ["proxy-1234", "0123456789abcdef", "a" * 64])
def test_the_id_of_a_proxy_is_kept(client: Client, name: str) -> None:
    assert client.get("/healthz", headers={"X-Request-ID": name})["X-Request-ID"] == name


@pytest.mark.parametrize(
    "name", ["", "short", "a" * 65, "with space in it", "line\nbreak-1234", "13800000099<script>"]
)
def test_an_odd_id_is_replaced(client: Client, name: str) -> None:
    given = client.get("/healthz", headers={"X-Request-ID": name} if name else {})["X-Request-ID"]
    assert given != name
    assert len(given) == 32


class Lines(logging.Handler):
    """Keeps what a handler of the shop would write."""

    def __init__(self, formatter: logging.Formatter) -> None:
        super().__init__()
        self.addFilter(logs.ContextFilter())
        self.setFormatter(formatter)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def log() -> Iterator[Callable[..., Lines]]:
    handlers: list[Lines] = []

    def listen(formatter: logging.Formatter, name: str = "shop", level: int = logging.INFO) -> Lines:
        handler = Lines(formatter)
        logger = logging.getLogger(name)
        logger.addHandler(handler)
        logger.setLevel(level)
        handlers.append(handler)
        return handler

    yield listen
    for name in ("shop", "django.request"):
        logger = logging.getLogger(name)
        logger.setLevel(logging.NOTSET)
        for handler in handlers:
            logger.removeHandler(handler)


@pytest.mark.django_db
def test_a_request_is_one_json_line_with_its_id_and_order(client: Client, log: Callable[..., Lines]) -> None:
    heard = log(logs.JsonLine())
    client.get("/orders/YS20261101-AAAAAAAA/", headers={"X-Request-ID": "proxy-1234"})
    line = json.loads(heard.lines[-1])
    assert line.pop("time").startswith("20")
    assert line.pop("milliseconds") >= 0
    assert line == {
        "level": "INFO",
        "logger": "shop.request",
        "message": "GET storefront:order",
        "request_id": "proxy-1234",
        "order": "YS20261101-AAAAAAAA",
        "status_code": 404,
    }


@pytest.mark.django_db
def test_the_key_to_a_guests_order_is_not_in_the_log(client: Client, log: Callable[..., Lines]) -> None:
    ours, djangos = log(logs.JsonLine()), log(logs.JsonLine(), "django.request", logging.WARNING)
    client.get("/o/YS20261101-AAAAAAAA/c2VjcmV0LXRva2VuLTEyMzQ/")
    assert djangos.lines
    assert "c2VjcmV0LXRva2VuLTEyMzQ" not in "".join([*ours.lines, *djangos.lines])


SECRETS = [
    ("call +8613800000099 now", "call *** now"),
    ("call 138 0000 0099", "call ***"),
    (
        "null value\nDETAIL:  Failing row contains (7, 王芳, 13800000099, 市心中路1号).",
        "null value\nDETAIL:  Failing row contains (***).",
    ),
    ("DETAIL:  Key (phone)=(+8613800000099) already exists.", "DETAIL:  Key (phone)=(***) already exists."),
    ("redis://:word@redis:6379/1 is down", "redis://:***@redis:6379/1 is down"),
    ("postgres://shop:word@db/shop", "postgres://shop:***@db/shop"),
    ("Invalid API Key provided: sk_live_51Habc", "Invalid API Key provided: sk_live_***"),
    ("password='hunter2', x=1", "password='***', x=1"),
    ("order YS20261101-AAAAAAAA, 1380000 fen", "order YS20261101-AAAAAAAA, 1380000 fen"),
]


@pytest.mark.parametrize(("text", "written"), SECRETS)
def test_what_others_must_not_read_is_crossed_out(text: str, written: str, log: Callable[..., Lines]) -> None:
    as_json, as_text = log(logs.JsonLine()), log(logs.TextLine())
    logger = logging.getLogger("shop.test")
    with logs.bound(order="YS20261101-AAAAAAAA", handler="ledger.post_paid"):
        logger.warning("%s", text)
    assert json.loads(as_json.lines[0])["message"] == written
    assert json.loads(as_json.lines[0])["handler"] == "ledger.post_paid"
    assert written.partition("\n")[0] in as_text.lines[0]
    assert "[order=YS20261101-AAAAAAAA handler=ledger.post_paid]" in as_text.lines[0]
    try:
        raise RuntimeError(text)
    except RuntimeError:
        logger.exception("failed")
    assert json.loads(as_json.lines[1])["error"].endswith(f"RuntimeError: {written}")


def test_a_line_has_only_the_names_it_may_have(log: Callable[..., Lines]) -> None:
    heard = log(logs.JsonLine())
    extra: dict[str, Any] = {"recipient": "王芳", "request": object()}
    logging.getLogger("shop.test").warning("said", extra=extra)
    assert set(json.loads(heard.lines[0])) == {"time", "level", "logger", "message"}
    with pytest.raises(TypeError, match="a line of the log has no phone"), logs.bound(phone="13800000099"):
        pass
