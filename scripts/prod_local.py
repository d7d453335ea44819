"""`make prod-local`: the processes of docker-compose.yml on this machine, without Docker and without root.

PostgreSQL, Redis, web twice, two workers, the scheduler and nginx, with the settings of production. The data stay
in DATA_DIR (./data-production). PORT and the ones after it are used. CATALOGUE=demo (everything `make run` has,
the default), small (some goods of every region, no orders) or none.
"""

import csv
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from console import ROOT, Failed, Steps, say
from environment import PYTHON, VENV, as_script
from launcher import (
    HOST,
    NOT_PASSED_ON,
    Preparation,
    answers,
    gave_up,
    hold_data,
    keep_secret_key,
    read_port,
    refuse_taken_port,
)
from postgres import can_run, find_binaries
from processes import PROCESSES, WEB
from proxy import configuration, find_nginx
from servers import Servers
from supervisor import Child, Supervisor

#: Retail units of each of the few goods.
LARGE_STOCK = 10_000
STEPS = {"demo": 7, "small": 7, "none": 5}
ROSTER = "processes.json"


class ProductionPreparation(Preparation):
    """As for `make run`, on PostgreSQL."""

    def __init__(self, steps: Steps, data_dir: Path, env: dict[str, str], servers: Servers) -> None:
        super().__init__(steps, data_dir, env)
        self.servers = servers

    def identity(self) -> str:
        return self.servers.identity()

    def has_rows(self, table: str) -> bool:
        return self.servers.has_rows(table)

    def relaxed(self) -> list[str]:
        """Return what check_production holds against opening this shop to the public."""
        asked = [str(PYTHON), "manage.py", "check_production"]
        done = subprocess.run(asked, cwd=ROOT, env=self.env, capture_output=True, text=True, check=False)
        sentences = [line for line in done.stdout.splitlines() if line.startswith("- ")]
        if done.returncode and not sentences:
            raise Failed(f"check_production failed:\n{done.stderr}")
        return sentences


def production_environment(data_dir: Path, port: int, servers: Servers) -> dict[str, str]:
    """Return the variables of a production shop on the loopback address.

    Three switches differ from a server's: SHOP_PLAIN_HTTP, for there is no TLS here, SHOP_DEMO for the goods
    and the play money, and SHOP_REHEARSAL, which lets the web processes serve in spite of these.
    """
    env = {name: value for name, value in os.environ.items() if name not in NOT_PASSED_ON}
    env.update(
        SHOP_ENV="production",
        DATA_DIR=str(data_dir),
        SECRET_KEY=keep_secret_key(data_dir),
        DATABASE_URL=servers.database_url,
        REDIS_URL=f"unix://{servers.redis_socket}?db=0",
        CELERY_BROKER_URL=f"redis+socket://{servers.redis_socket}?virtual_host=1",
        ALLOWED_HOSTS=f"{HOST},localhost",
        CSRF_TRUSTED_ORIGINS=f"http://{HOST}:{port}",
        SHOP_BASE_URL=f"http://{HOST}:{port}",
        SHOP_PLAIN_HTTP="1",
        SHOP_DEMO="1",
        SHOP_REHEARSAL="1",
        FORWARDED_ALLOW_IPS=HOST,
        WEB_WORKERS="1",
        DJANGO_SETTINGS_MODULE="shop.config.settings",
        PYTHONUNBUFFERED="1",
    )
    for name in ("STATIC_ROOT", "MEDIA_ROOT"):
        env.pop(name, None)
    return env


def shop_children(env: dict[str, str], data_dir: Path, port: int, nginx: Path | None) -> list[Child]:
    """Return the processes of the table, and the proxy in front of them; without nginx the first web has the port."""
    children: list[Child] = []
    ports = web_ports(port, nginx)
    for process in PROCESSES:
        command = [str(VENV / "bin" / process.command[0]), *process.command[1:]]
        for copy in range(process.copies):
            name = f"{process.service}-{copy + 1}" if process.copies > 1 else process.service
            bind = {"WEB_BIND": f"{HOST}:{ports[copy]}"} if process is WEB else {}
            log = data_dir / "logs" / f"{name}.log"
            children.append(Child(name, command, env | bind, log, stage=process.stage))
    if nginx is not None:
        children.append(_proxy(nginx, data_dir, port))
    return children


def web_ports(port: int, nginx: Path | None) -> list[int]:
    """Return the ports of the web processes: after the proxy's, or from the shop's own on."""
    first = port + 1 if nginx else port
    return [first + copy for copy in range(WEB.copies)]


def _proxy(nginx: Path, data_dir: Path, port: int) -> Child:
    folder = data_dir / "proxy"
    folder.mkdir(exist_ok=True)
    (data_dir / "media" / "pictures").mkdir(parents=True, exist_ok=True)
    text = configuration(
        port=port,
        upstreams=[f"{HOST}:{web}" for web in web_ports(port, nginx)],
        static=data_dir / "static",
        pictures=data_dir / "media" / "pictures",
        folder=folder,
    )
    (folder / "nginx.conf").write_text(text)
    command: list[str | Path] = [nginx, "-p", folder, "-c", folder / "nginx.conf", "-e", "stderr"]
    return Child("proxy", command, dict(os.environ), data_dir / "logs" / "proxy.log", stage=3)


def _read_catalogue() -> str:
    catalogue = os.environ.get("CATALOGUE") or "demo"
    if catalogue not in STEPS:
        raise Failed(f"CATALOGUE must be one of {', '.join(STEPS)}, not {catalogue!r}.")
    return catalogue


def _read_data_dir() -> Path:
    return Path(os.environ.get("DATA_DIR") or ROOT / "data-production").expanduser().resolve()


@contextmanager
def _running(servers: Servers, supervisor: Supervisor) -> Iterator[None]:
    """Run the two servers while the block runs, and stop everything after it."""
    servers.prepare()
    supervisor.children += servers.children()
    try:
        supervisor.start()
        servers.wait()
        yield
    finally:
        say("\nStopping …")
        supervisor.stop()
        servers.forget_sockets()


def _prepare(preparation: ProductionPreparation, catalogue: str) -> None:
    preparation.static_files()
    preparation.migrations()
    if catalogue == "small":
        folder = small_catalogue(preparation.data_dir / "small-catalogue")
        preparation.command(
            "seed_catalogue", "Seeding a few goods", "catalogue_product", "--path", str(folder)
        )
        preparation.command("make_demo_users", "Making demonstration logins", "accounts_user")
    if catalogue == "demo":
        preparation.command("seed_catalogue", "Seeding the catalogue", "catalogue_product")
        preparation.command("make_demo_orders", "Making demonstration orders", "order_order")


def small_catalogue(folder: Path) -> Path:
    """Write a copy of the seed with every fortieth of its goods; return the folder. Safe to call twice.

    Each has LARGE_STOCK units, so that a long rehearsal does not buy the shop empty.
    """
    shutil.copytree(ROOT / "catalog_seed" / "data", folder, dirs_exist_ok=True)
    path = folder / "products.csv"
    with path.open(encoding="utf-8", newline="") as opened:
        header, *rows = csv.reader(opened)
    stock = header.index("stock")
    few = [[*row[:stock], str(LARGE_STOCK), *row[stock + 1 :]] for row in rows[::40]]
    with path.open("w", encoding="utf-8", newline="") as opened:
        csv.writer(opened, lineterminator="\n").writerows([header, *few])
    return folder


def _serve(preparation: ProductionPreparation, supervisor: Supervisor, port: int) -> None:
    nginx, data_dir = find_nginx(), preparation.data_dir
    relaxed, logins = preparation.relaxed(), preparation.manage("demo_logins").rstrip()
    with preparation.steps.step("Starting web, workers, scheduler and proxy"):
        supervisor.children += shop_children(preparation.env, data_dir, port, nginx)
        # Only now: until here Ctrl-C ends the step that runs.
        supervisor.catch_signals()
        supervisor.start()
        supervisor.run_until(lambda: answers(port) or gave_up(supervisor))
        if not supervisor.stopping and not answers(port):
            raise Failed(f"The shop does not start; the reason stands in {data_dir / 'logs'}.")
    if not supervisor.stopping:
        if nginx is None:
            say(
                "No nginx found: the first web process has the port itself. On Debian: apt install nginx-light"
            )
        say("\nNot fit for the public, because this machine relaxes:")
        say("\n".join(relaxed) or "- nothing")
        say(
            f"\nThe shop is open after {preparation.steps.seconds:.1f} s: http://{HOST}:{port}/\n\n{logins}\n"
        )
        say(f"Logs in {data_dir / 'logs'}. Stop it with Ctrl-C; the data stay.")
    supervisor.run_until(lambda: False)


def _run() -> int:
    port, data_dir, catalogue, binaries = read_port(), _read_data_dir(), _read_catalogue(), find_binaries()
    if (reason := can_run()) or binaries is None:
        raise Failed(reason)
    with hold_data(data_dir):
        nginx = find_nginx()
        for used in {port, *web_ports(port, nginx)}:
            refuse_taken_port(used)
        steps = Steps(STEPS[catalogue])
        servers = Servers(data_dir, binaries)
        env = production_environment(data_dir, port, servers)
        preparation = ProductionPreparation(steps, data_dir, env, servers)
        supervisor = Supervisor([], roster=data_dir / ROSTER)
        say(f"Data in {data_dir}")
        preparation.environment()
        preparation.messages()
        with _running(servers, supervisor):
            _prepare(preparation, catalogue)
            _serve(preparation, supervisor, port)
    say("Stopped. The data are kept.")
    return 0


def main() -> int:
    """Run the shop until somebody stops it; return the exit code."""
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    return as_script(_run)


if __name__ == "__main__":
    sys.exit(main())
