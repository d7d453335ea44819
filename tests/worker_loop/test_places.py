"""Places for posting: as many as processors, freed by the system, kept apart by shop."""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest
from pytest_django import Settings

from shop.outbox import relay
from worker import places, queues, tasks
from worker.places import place_count, posting_place

HOLD = """
import sys, django; django.setup()
from django.conf import settings
from worker import places
from worker.places import posting_place
settings.DATA_DIR = sys.argv[1]
places.place_count = lambda: 1
with posting_place() as mine:
    print(mine, flush=True)
    input()
"""


@pytest.fixture(autouse=True)
def own_places(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


def test_as_many_hold_a_place_as_there_are_processors() -> None:
    with ExitStack() as held:
        assert [held.enter_context(posting_place()) for _ in range(place_count())] == [True] * place_count()
        with posting_place() as one_more:
            assert not one_more
    with posting_place() as freed:
        assert freed


def test_another_shop_of_the_machine_has_its_own_places(settings: Settings, tmp_path: Path) -> None:
    with ExitStack() as held:
        for _ in range(place_count()):
            held.enter_context(posting_place())
        settings.DATA_DIR = tmp_path / "other"
        with posting_place() as theirs:
            assert theirs


def test_the_place_of_a_killed_process_is_free(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(places, "place_count", lambda: 1)
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "True\n"
        with posting_place() as mine:
            assert not mine
        other.kill()
        other.wait()
    with posting_place() as mine:
        assert mine


def test_where_no_place_can_be_made_everybody_may_post(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    with posting_place() as mine:
        assert mine
    assert "no place for posting" in caplog.text


@pytest.mark.parametrize(("queue", "drained"), [(queues.LEDGER, []), (queues.PAY, [queues.PAY])])
def test_a_drain_without_a_place_leaves_the_books_to_those_that_have_one(
    queue: str, drained: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def drain(_routes: object, *, queue: str, go_on: Callable[[], bool]) -> int:
        asked.append(queue)
        return 0

    monkeypatch.setattr(relay, "drain", drain)
    with ExitStack() as held:
        for _ in range(place_count()):
            held.enter_context(posting_place())
        tasks.drain_queue(queue)
    assert asked == drained
