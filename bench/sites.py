"""The two sites: how each is made and served. Both get the same web server, workers, threads and database server."""

import json
import os
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from console import Failed, die_with_parent

from bench.addresses import Goods
from bench.places import BENCH_PYTHON, CACHE, ROOT, SHOP_PYTHON
from bench.shopper import VisitorMaker

STOCK_PORT, OUR_PORT, BARE_PORT = 18310, 18311, 18312
START_SECONDS = 60


@dataclass(frozen=True)
class Server:
    """A running web server of a site."""

    process: subprocess.Popen[bytes]

    @property
    def pid(self) -> int:
        """Return the number of the server's first process; its workers are its children."""
        return self.process.pid


@dataclass
class Site:
    """One of the two shops."""

    name: str
    title: str
    python: Path
    application: str
    port: int
    env: dict[str, str]
    headers: dict[str, str]
    origin: str
    #: A page without goods, for the server to say that it is there and to import what it needs.
    plain_page: str
    folder: Path
    #: A page that sends everybody to the login who is not logged in.
    own_page: str = ""
    goods: Goods = field(default_factory=lambda: Goods({}, {}))

    @property
    def base(self) -> str:
        """Return where the site answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def visitor(self) -> VisitorMaker:
        """Return the maker of new visitors."""
        return VisitorMaker(self.base, self.headers, self.origin)

    def run(self, *words: str, env: dict[str, str] | None = None) -> tuple[str, int]:
        """Run Python in the site; return its output and the peak of its memory in megabytes. Raises Failed."""
        return run_measured([self.python, *words], self.env | (env or {}), self.folder / "setup.log")

    def read_goods(self) -> None:
        """Ask the site for its own addresses."""
        printed, _ = self.run("-m", "bench.goods")
        found = json.loads(printed.splitlines()[-1])
        self.goods = Goods(found["products"], found["categories"])

    @contextmanager
    def serving(self, *, workers: int = 2, threads: int = 4, count: bool = False) -> Iterator[Server]:
        """Start the web server with empty caches, wait until all of it is ready, and end it."""
        ready = tempfile.mkdtemp(prefix="bench-ready-")
        env = self.env | {
            "BENCH_READY": ready,
            "BENCH_PORT": str(self.port),
            "BENCH_WORKERS": str(workers),
            "BENCH_THREADS": str(threads),
            "BENCH_COUNT": "1" if count else "",
        }
        gunicorn: list[str | Path] = [
            self.python,
            "-m",
            "gunicorn",
            "-c",
            ROOT / "bench" / "gunicorn.conf.py",
        ]
        with (self.folder / "web.log").open("ab") as log:
            process = start([*gunicorn, self.application], env, log.fileno())
        try:
            self._wait(process, Path(ready), workers)
            yield Server(process)
        finally:
            stop(process)
            shutil.rmtree(ready, ignore_errors=True)

    def _wait(self, process: subprocess.Popen[bytes], ready: Path, workers: int) -> None:
        """Wait until every worker says that it is ready, and ask for the plain page a few times of each."""
        # As a visitor: who is logged in is sent elsewhere by a login page.
        headers = {name: value for name, value in self.headers.items() if name != "Cookie"}
        ask = urllib.request.Request(self.base + self.plain_page, headers=headers)
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        deadline, answers = time.monotonic() + START_SECONDS, 0
        while answers < 12:
            if process.poll() is not None or time.monotonic() > deadline:
                raise Failed(f"{self.title} does not start; see {self.folder / 'web.log'}")
            if len(list(ready.iterdir())) < workers:
                time.sleep(0.1)
                continue
            try:
                with direct.open(ask, timeout=20) as answer:
                    answers += answer.status == 200
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)


def start(command: Sequence[str | Path], env: dict[str, str], output: int) -> subprocess.Popen[bytes]:
    """Start a process that dies with this one."""
    return subprocess.Popen(
        [str(word) for word in command],
        cwd=ROOT,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        preexec_fn=die_with_parent(os.getpid()),
    )


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process of ours; one that does not listen is killed."""
    process.terminate()
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def run_measured(command: Sequence[str | Path], env: dict[str, str], log: Path) -> tuple[str, int]:
    """Run to the end; return the output and the peak of the memory in megabytes. Raises Failed."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as errors:
        process = subprocess.Popen(
            [str(word) for word in command],
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors.fileno(),
            preexec_fn=die_with_parent(os.getpid()),
        )
        assert process.stdout is not None
        printed = process.stdout.read().decode(errors="replace")
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        process.stdout.close()
    if process.returncode:
        raise Failed(f"{' '.join(map(str, command))} failed; see {log}\n{printed[-1000:]}")
    return printed, usage.ru_maxrss // 1024


def seed_folder() -> Path:
    """Return where the goods of both sites stand."""
    return CACHE / "run" / "seed"


def _inherited() -> dict[str, str]:
    kept = ("PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH")
    env = {name: os.environ[name] for name in kept if name in os.environ}
    return env | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", "BENCH_SEED": str(seed_folder())}


def stock_site(socket: str, folder: Path) -> Site:
    """Return stock Oscar on the database `stock` of the server at that socket."""
    env = {
        "DJANGO_SETTINGS_MODULE": "bench.stock.settings",
        "BENCH_DATA": str(folder),
        "BENCH_DATABASE": f"{socket} stock",
        # Haystack warns at every page that Whoosh has no facets.
        "PYTHONWARNINGS": "ignore",
    }
    return Site(
        name="stock",
        title="stock Oscar 4.2.1",
        python=BENCH_PYTHON,
        application="bench.stock.wsgi:application",
        port=STOCK_PORT,
        env=_inherited() | env,
        headers={},
        origin=f"http://127.0.0.1:{STOCK_PORT}",
        plain_page="/accounts/login/",
        folder=folder,
        own_page="/accounts/profile/",
    )


def ask_inside(site: Site, module: str, *words: object) -> dict[str, Any]:
    """Run a module of the bench inside a site and return what it prints in its last line."""
    printed, _ = site.run("-m", module, *map(str, words))
    return dict(json.loads(printed.splitlines()[-1]))


def our_site(socket: str, folder: Path) -> Site:
    """Return the shop on the database `shop`, with production settings; the demonstration is on to pay by."""
    origin = f"https://127.0.0.1:{OUR_PORT}"
    env = {
        "DJANGO_SETTINGS_MODULE": "shop.config.settings",
        "SHOP_ENV": "production",
        "SHOP_DEMO": "1",
        "SECRET_KEY": "only-for-the-bench-" + "y" * 40,
        "ALLOWED_HOSTS": "127.0.0.1",
        "CSRF_TRUSTED_ORIGINS": origin,
        "SHOP_BASE_URL": origin,
        "DATABASE_URL": f"postgres://shop@/{socket}/shop",
        "DATA_DIR": str(folder),
        # Every row but those of kept pages is made without them (bench.kept).
        "KEPT_PAGES_MB": "0",
        # As scripts/gunicorn.production.py does.
        "BENCH_WARM_UP": "shop.storefront.warm:warm_up",
    }
    return Site(
        name="ours",
        title="this shop",
        python=SHOP_PYTHON,
        application="bench.shop_wsgi:application",
        port=OUR_PORT,
        env=_inherited() | env,
        # What the proxy in front of a production server says.
        headers={"X-Forwarded-Proto": "https"},
        origin=origin,
        plain_page="/terms/",
        folder=folder,
        own_page="/account/",
    )


def bare_site(folder: Path) -> Site:
    """Return the one view that gives the text of a page in that folder, in the shop's own environment."""
    return Site(
        name="bare",
        title="a bare view",
        python=SHOP_PYTHON,
        application="bench.bare_wsgi:application",
        port=BARE_PORT,
        env=_inherited() | {"BENCH_BARE": str(folder)},
        headers={},
        origin=f"http://127.0.0.1:{BARE_PORT}",
        plain_page="/plain/",
        folder=folder,
    )
