"""A private Redis server and the processes that deliver, as a production machine has them."""

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

import pytest
import redis
from console import die_with_parent

from tests.database import ROOT
from worker.queues import QUEUES

_CELERY = [sys.executable, "-m", "celery", "-A", "tests.drains.celery_app"]
WORKER = [*_CELERY, "worker", "--pool", "prefork", "-c", "2", "-B", "--without-gossip", "--without-mingle"]
BEAT = [*_CELERY, "beat", "--pidfile", ""]
EMBEDDED = [sys.executable, "-m", "tests.drains.embedded"]


def wait_until(what: Callable[[], object], why: str, *, seconds: float = 90) -> None:
    """Return when `what` answers yes; fail with `why` when it does not in time."""
    ends, rest = time.monotonic() + seconds, threading.Event()
    while not what():
        assert time.monotonic() < ends, why
        rest.wait(0.05)


class Process:
    """One process in a session of its own, so that it can be killed with its children."""

    def __init__(self, command: list[str], env: Mapping[str, str], log: Path) -> None:
        self.command, self.env, self.log = command, env, log
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start it, unless it runs."""
        if self.running:
            return
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=dict(self.env),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent(os.getpid()),
            )

    def kill(self) -> None:
        """End it and its children as `kill -9` does; safe when it has ended."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def terminate(self) -> int:
        """Ask it to finish and return its exit code."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(timeout=30)


class PrivateRedis:
    """A server on a socket in a temporary folder, that keeps nothing on disk."""

    def __init__(self) -> None:
        # A short name: the path of a Unix socket may have 107 characters.
        self.folder = Path(tempfile.mkdtemp(prefix="shop-redis-", dir="/tmp"))
        self.socket = self.folder / "s"
        program = shutil.which("redis-server")
        if program is None:
            pytest.skip("no redis-server found; on Debian: apt install redis-server")
        words = [program, "--port", "0", "--unixsocket", str(self.socket), "--save", "", "--appendonly", "no"]
        self.server = Process([*words, "--dir", str(self.folder)], os.environ, self.folder / "log")
        self.url = f"redis+socket://{self.socket}"

    def answers(self) -> bool:
        try:
            with redis.Redis(unix_socket_path=str(self.socket)) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def redelivered(self) -> bool:
        """Return whether it has a message that it once gave to a worker and took back."""
        with redis.Redis(unix_socket_path=str(self.socket)) as client:
            held = [
                *client.hvals("unacked"),
                *(each for name in QUEUES for each in client.lrange(name, 0, -1)),
            ]
        return any(b'"redelivered": true' in message for message in held)

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.server.start()
        wait_until(self.answers, "redis-server did not start", seconds=10)

    def flush(self) -> None:
        """Let it forget everything while it runs."""
        with redis.Redis(unix_socket_path=str(self.socket)) as client:
            client.flushall()

    def kill(self) -> None:
        """Kill it with all it holds."""
        self.server.kill()
        self.socket.unlink(missing_ok=True)

    def remove(self) -> None:
        """Kill it and delete its folder."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class Drain:
    """Processes that deliver, and the folder of signs between them and the test."""

    def __init__(self, name: str, folder: Path, env: Mapping[str, str], broker: PrivateRedis | None) -> None:
        self.name, self.broker, self.signs = name, broker, folder / "signs"
        self.signs.mkdir()
        (self.signs / "database").touch()
        self.env = dict(env) | {"DRAIN_SIGNS": str(self.signs), "PYTHONUNBUFFERED": "1"}
        if broker:
            self.env["TEST_BROKER_URL"] = broker.url
        self.log = folder / "log"
        self.worker = self.process(WORKER if broker else EMBEDDED)
        self._reserved: IO[str] | None = None

    def process(self, command: list[str]) -> Process:
        """Return one more process of this drain, not started."""
        return Process(command, self.env, self.log)

    def open(self) -> None:
        """Let the processes at the database, and start the worker if it has ended."""
        if self._reserved:
            self._reserved.close()
            self._reserved = None
        for sign in self.signs.iterdir():
            if sign.name != "database":
                sign.unlink()
        self.worker.start()

    def close(self) -> None:
        """Wait until no process uses the database, and let none begin: the test takes it away now."""
        self.begin("go")
        self.begin("closed")
        self._reserved = (self.signs / "database").open("w")
        fcntl.flock(self._reserved, fcntl.LOCK_EX)

    def begin(self, sign: str) -> None:
        """Give a sign."""
        (self.signs / sign).touch()

    def seen(self, sign: str) -> bool:
        """Return whether a process gave this sign."""
        return (self.signs / sign).exists()

    def tasks(self) -> list[str]:
        """Return the ids of the tasks that were begun, in order."""
        path = self.signs / "tasks"
        return path.read_text().split() if path.exists() else []

    def remove(self) -> None:
        """End everything."""
        self.worker.kill()
        if self._reserved:
            self._reserved.close()
        if self.broker:
            self.broker.remove()
