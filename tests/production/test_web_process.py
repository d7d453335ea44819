"""A web process that is told to end, or to begin anew, finishes what it has in hand."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from rolling_restart import children_of

from tests.database import ROOT
from tests.drains.processes import wait_until

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]


GUNICORN = (sys.executable, "-m", "gunicorn", "--config", "scripts/gunicorn.production.py")


class Web:
    """gunicorn with the settings of production and a page that can be made to wait."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.folder = folder
        own = {"WAITING_FOLDER": str(folder), "WEB_BIND": f"127.0.0.1:{self.port}", "SHOP_REHEARSAL": "1"}
        self.process = subprocess.Popen(
            [*GUNICORN, "tests.production.waiting_app:application"],
            cwd=ROOT,
            env=env | own | {"WEB_WORKERS": "1"},
            stdin=subprocess.DEVNULL,
        )

    def ask(self, path: str = "/") -> str:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"http://127.0.0.1:{self.port}{path}", timeout=30) as answer:
            return str(answer.read().decode())

    def serves(self) -> bool:
        try:
            return bool(self.ask())
        except OSError:
            return False

    def in_hand(self) -> bool:
        return (self.folder / "in-hand").exists()

    def go_on(self) -> None:
        (self.folder / "go-on").touch()


@pytest.fixture
def web(live_shop_db: dict[str, str], tmp_path: Path) -> Iterator[Web]:
    started = Web(tmp_path, live_shop_db)
    wait_until(started.serves, "gunicorn did not start")
    yield started
    if started.process.poll() is None:
        started.process.kill()
    started.process.wait()


def test_a_request_in_hand_at_sigterm_is_answered_and_then_it_ends(web: Web) -> None:
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(web.ask, "/slow")
        wait_until(web.in_hand, "the request was not taken")
        web.process.send_signal(signal.SIGTERM)
        assert not slow.done()
        web.go_on()
        assert slow.result(timeout=30).startswith("answered by")
    assert web.process.wait(timeout=30) == 0
    assert not web.serves()


def test_at_sighup_the_old_process_answers_what_it_has_and_a_new_one_takes_over(web: Web) -> None:
    [old] = children_of(web.process.pid)
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(web.ask, "/slow")
        wait_until(web.in_hand, "the request was not taken")
        os.kill(web.process.pid, signal.SIGHUP)
        wait_until(lambda: children_of(web.process.pid) - {old}, "no new process came")
        # Served by the new one, while the old one still has its request. A new process is there before the old one
        # is told to end, so the old one may take a few more until it has heard.
        wait_until(lambda: web.ask() != f"answered by {old}", "the new process was not asked")
        assert not slow.done()
        web.go_on()
        assert slow.result(timeout=30) == f"answered by {old}"
    wait_until(lambda: old not in children_of(web.process.pid), "the old process stayed")
