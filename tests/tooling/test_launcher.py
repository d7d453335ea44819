"""`make run` refuses plainly, keeps its key to itself, and stamps only what was done."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from console import ROOT, Failed, run
from launcher import answers, hold_data, keep_secret_key, read_port, refuse_taken_port, shop_environment
from reset import reset
from stamps import Stamps, database_identity, has_rows
from supervisor import Child, Supervisor

PATIENCE = 10.0


def _wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"


def test_a_taken_port_is_named_with_a_way_out() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(
            Failed, match=rf"^Port {port} is taken by another program; choose another: PORT=\d+ make run$"
        ):
            refuse_taken_port(port)
    refuse_taken_port(port)


@pytest.mark.parametrize("text", ["abc", "0", "65536", "-1", "80a"])
def test_a_wrong_port_is_named(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("PORT", text)
    with pytest.raises(Failed, match="PORT must be a number from 1 to 65535"):
        read_port()


def test_two_runs_never_share_their_data(tmp_path: Path) -> None:
    said = rf"already running on the data in .*\(process {os.getpid()}\)"
    with (
        hold_data(tmp_path / "data"),
        pytest.raises(Failed, match=said),
        hold_data(tmp_path / "data"),
    ):
        pass
    with hold_data(tmp_path / "data"):
        pass


def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.odt").write_text("mine")
    with pytest.raises(Failed, match="already holds other files"), hold_data(tmp_path):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.odt"]


def test_the_key_is_made_once_and_private(tmp_path: Path) -> None:
    key = keep_secret_key(tmp_path)
    assert len(key) > 64
    assert keep_secret_key(tmp_path) == key
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


def test_the_embedded_shop_never_sees_a_servers_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://shop@server/shop")
    monkeypatch.setenv("DEBUG", "1")
    env = shop_environment(tmp_path, 8123)
    assert "DATABASE_URL" not in env and "DEBUG" not in env
    assert (env["SHOP_ENV"], env["SHOP_DEMO"], env["DATA_DIR"]) == ("embedded", "1", str(tmp_path))
    assert env["SHOP_BASE_URL"] == "http://127.0.0.1:8123"


def _database(path: Path, applied: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE django_migrations (id INTEGER PRIMARY KEY, app, name, applied)")
        connection.execute("INSERT INTO django_migrations VALUES (1, 'ledger', '0001_initial', ?)", [applied])
    connection.close()


def test_a_replaced_database_matches_no_stamp(tmp_path: Path) -> None:
    path = tmp_path / "shop.sqlite3"
    assert database_identity(path) == ""
    assert not has_rows(path, "django_migrations")
    _database(path, "2026-11-23 08:00:00.1")
    first = database_identity(path)
    path.unlink()
    _database(path, "2026-11-23 08:00:00.2")
    assert database_identity(path) != first != ""
    assert has_rows(path, "django_migrations")
    assert not has_rows(path, "catalogue_product")


def test_a_stamp_speaks_for_its_inputs_only(tmp_path: Path) -> None:
    stamps = Stamps(tmp_path / "stamps")
    assert not stamps.match("seed", "a")
    stamps.write("seed", "a")
    assert stamps.match("seed", "a")
    assert not stamps.match("seed", "b")


def test_a_failed_command_shows_its_end_and_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Failed, match="failed with code 3"):
        run([sys.executable, "-c", "print('the reason'); raise SystemExit(3)"])
    assert "the reason" in capsys.readouterr().out


def test_a_dead_child_is_started_again_and_a_stop_is_clean() -> None:
    child = Child("test", [sys.executable, "-c", "import time; time.sleep(60)"], dict(os.environ))
    supervisor = Supervisor([child])
    supervisor.start()
    assert child.process is not None
    first = child.process
    first.kill()
    supervisor.run_until(lambda: child.process is not None and child.process.pid != first.pid)
    second = child.process
    assert second is not None and second.poll() is None
    supervisor.stop()
    assert second.returncode == -signal.SIGTERM


def _child_that_ended(code: int, after: float) -> Child:
    """Return a child that was started so many seconds ago, has died before, and now ends with that code."""
    child = Child("test", [sys.executable, "-c", ""], dict(os.environ))
    child.deaths, child.started = 4, time.monotonic() - after
    child.note_death(code)
    return child


def test_a_child_that_was_told_to_finish_starts_again_at_once() -> None:
    asked = _child_that_ended(0, after=10)
    assert (asked.deaths, asked.start_at <= time.monotonic()) == (0, True)
    for code, after in ((0, 1.0), (1, 10.0), (-9, 10.0)):
        died = _child_that_ended(code, after)
        assert (died.deaths, died.start_at > time.monotonic() + 10) == (5, True)


class _Healthy(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Keep the test's output clean."""


def test_the_shop_is_found_behind_a_proxy_that_does_not_know_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with HTTPServer(("127.0.0.1", 0), _Healthy) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        assert answers(server.server_port)
        thread.join()


def test_a_reader_that_is_gone_does_not_stop_the_work() -> None:
    code = "import sys; sys.path.insert(0, 'scripts')\nfrom console import say\nfor _ in range(9): say('x' * 9999)"
    child = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.close()
    assert child.wait(PATIENCE) == 0


def test_a_reset_that_was_killed_can_be_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tmp_path / "data"
    monkeypatch.setenv("DATA_DIR", str(data))
    (data / "media" / "pictures").mkdir(parents=True)
    (data / "shop.sqlite3").write_text("")
    keep_secret_key(data)
    unlink = Path.unlink

    def die_at_the_key(path: Path, missing_ok: bool = False) -> None:
        if path.name == "secret_key":
            raise KeyboardInterrupt
        unlink(path, missing_ok=missing_ok)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(Path, "unlink", die_at_the_key)
        reset()
    assert [path.name for path in data.iterdir()] == ["secret_key"]
    assert reset() == 0
    assert not data.exists()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the kernel's help exists on Linux only")
def test_children_die_with_a_killed_parent(tmp_path: Path) -> None:
    code = (
        "import os, sys; sys.path.insert(0, 'scripts')\n"
        "from supervisor import Child, Supervisor\n"
        "child = Child('test', [sys.executable, '-c', 'import time; time.sleep(60)'], dict(os.environ))\n"
        "supervisor = Supervisor([child]); supervisor.start()\n"
        "print(child.process.pid, flush=True)\n"
        "supervisor.run_until(lambda: False)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.communicate()
    _wait_for(lambda: not _alive(pid))


def _alive(pid: int) -> bool:
    """Return whether the process runs; a zombie that nobody has collected yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
