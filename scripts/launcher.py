"""The steps of `make run`, in order."""

import errno
import fcntl
import os
import secrets
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from console import ROOT, Failed, Steps, die_with_parent, run, say
from environment import PYTHON, RUNTIME_LOCK, VENV, as_script, is_ready, prepare
from stamps import Stamps, database_identity, files_digest, has_rows, text_digest
from supervisor import Child, Supervisor

HOST = "127.0.0.1"
STEPS = 7
FIRST_ANSWER_WITHIN_DEATHS = 3
# Settings of a production server in the caller's shell must not lead the embedded shop to its data.
NOT_PASSED_ON = ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "DEBUG", "PYTHONPATH", "PYTHONHOME")
# One of these stands in every folder that a shop has used.
OURS = {"run.lock", "secret_key", "shop.sqlite3"}
OWN_CODE = [ROOT / name for name in ("shop", "worker", "catalog_seed")]


def read_port() -> int:
    """Return PORT (8000 when unset). Raises Failed when it is no port number."""
    text = os.environ.get("PORT") or "8000"
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise Failed(f"PORT must be a number from 1 to 65535, not {text!r}.")
    return int(text)


def read_data_dir() -> Path:
    """Return DATA_DIR (./data when unset) as an absolute path."""
    return Path(os.environ.get("DATA_DIR") or ROOT / "data").expanduser().resolve()


def refuse_taken_port(port: int) -> None:
    """Raise Failed when another program listens on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise Failed(
                    f"Port {port} is taken by another program; choose another: PORT={port % 65535 + 1} make run"
                ) from error
            reason = f"Port {port} cannot be used: {error.strerror}; choose another: PORT=8001 make run"
            raise Failed(reason) from error


def _refuse_foreign_folder(data_dir: Path) -> None:
    """Raise Failed for a folder in use for something else: `make reset` would delete it one day."""
    names = {path.name for path in data_dir.iterdir()}
    if names and not names & OURS:
        raise Failed(f"DATA_DIR {data_dir} already holds other files; choose an empty or a new folder.")


@contextmanager
def hold_data(data_dir: Path) -> Iterator[None]:
    """Keep the data folder for this process alone; the kernel lets go of it however the process ends.

    Raises Failed when another run holds it or the folder cannot be written.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        _refuse_foreign_folder(data_dir)
        held = open(data_dir / "run.lock", "a+")  # noqa: SIM115 - closed by the `with` below
    except OSError as error:
        raise Failed(f"DATA_DIR {data_dir} cannot be written: {error.strerror}.") from error
    with held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            held.seek(0)
            process = held.read().strip() or "unknown"
            raise Failed(
                f"A shop is already running on the data in {data_dir} (process {process}); "
                "stop it first, or choose other data: DATA_DIR=/another/folder make run"
            ) from error
        held.seek(0)
        held.truncate()
        held.write(f"{os.getpid()}\n")
        held.flush()
        yield


def keep_secret_key(data_dir: Path) -> str:
    """Return this shop's secret key, made once and readable only by its owner."""
    path = data_dir / "secret_key"
    if not path.exists() or not path.read_text().strip():
        unfinished = data_dir / "secret_key.new"
        unfinished.unlink(missing_ok=True)
        with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(secrets.token_urlsafe(64) + "\n")
        unfinished.replace(path)
    path.chmod(0o600)
    return path.read_text().strip()


def shop_environment(data_dir: Path, port: int) -> dict[str, str]:
    """Return the environment variables of every process of the embedded shop."""
    env = {name: value for name, value in os.environ.items() if name not in NOT_PASSED_ON}
    env.update(
        SHOP_ENV="embedded",
        DATA_DIR=str(data_dir),
        SECRET_KEY=keep_secret_key(data_dir),
        SHOP_BASE_URL=os.environ.get("SHOP_BASE_URL") or f"http://{HOST}:{port}",
        DJANGO_SETTINGS_MODULE="shop.config.settings",
        PYTHONUNBUFFERED="1",
    )
    env.setdefault("SHOP_DEMO", "1")
    return env


class Preparation:
    """Brings code and data of one shop to the state that its inputs ask for."""

    def __init__(self, steps: Steps, data_dir: Path, env: dict[str, str]) -> None:
        self.steps = steps
        self.env = env
        self.database = data_dir / "shop.sqlite3"
        self.data_dir = data_dir
        self.stamps = Stamps(data_dir / "stamps")

    def manage(self, *words: str, show_errors: bool = False) -> str:
        """Run a management command of the shop."""
        return run([PYTHON, "manage.py", *words], env=self.env, show_errors=show_errors)

    def identity(self) -> str:
        """Return a text that changes with the database."""
        return database_identity(self.database)

    def has_rows(self, table: str) -> bool:
        """Return whether the table exists and holds a row."""
        return has_rows(self.database, table)

    def up_to_the_catalogue(self) -> None:
        """Do everything that the data need before the first order. Safe to call again."""
        self.environment()
        self.messages()
        self.static_files()
        self.migrations()
        self.command("seed_catalogue", "Seeding the catalogue", "catalogue_product")

    def environment(self) -> None:
        """Install the locked libraries."""
        if is_ready(RUNTIME_LOCK):
            self.steps.skipped("Libraries")
            return
        with self.steps.step("Installing the locked libraries into .venv"):
            prepare(RUNTIME_LOCK)

    def messages(self) -> None:
        """Compile the translations."""
        folders = (ROOT / "shop" / "locale", ROOT / "shop" / "locale_oscar")
        sources = sorted(path for folder in folders for path in folder.rglob("*.po"))
        digest = files_digest([*sources, *(path.with_suffix(".mo") for path in sources)])
        if sources and self.stamps.match("messages", digest):
            self.steps.skipped("Translations")
            return
        with self.steps.step("Compiling the translations"):
            run([PYTHON, "scripts/messages.py", "--compile"], env=self.env)
        # Taken again: the compiled files belong to the digest, so a deleted one is made again.
        compiled = [path.with_suffix(".mo") for path in sources]
        self.stamps.write("messages", files_digest([*sources, *compiled]))

    def static_files(self) -> None:
        """Collect the static files."""
        folders = [path for root in OWN_CODE for path in root.rglob("static") if path.is_dir()]
        digest = files_digest([*folders, RUNTIME_LOCK, ROOT / "shop" / "config" / "settings.py"])
        if self.stamps.match("static", digest) and (self.data_dir / "static" / "staticfiles.json").exists():
            self.steps.skipped("Static files")
            return
        with self.steps.step("Collecting static files"):
            self.manage("collectstatic", "--no-input", "-v", "0")
        self.stamps.write("static", digest)

    def migrations_digest(self) -> str:
        """Return a text that changes with the migrations, the libraries and the database itself."""
        files = [path for root in OWN_CODE for path in root.rglob("migrations/*.py")]
        inputs = files_digest([*files, RUNTIME_LOCK, ROOT / "shop" / "config" / "settings.py"])
        return text_digest(inputs, self.identity())

    def migrations(self) -> None:
        """Migrate the database."""
        if self.stamps.match("migrations", self.migrations_digest()):
            self.steps.skipped("Database")
            return
        with self.steps.step("Migrating the database"):
            self.manage("migrate", "--no-input", "-v", "1")
        self.stamps.write("migrations", self.migrations_digest())

    def command(self, name: str, title: str, table: str, *words: str) -> None:
        """Run an idempotent command that fills the database, unless it was done with the same inputs.

        The stamp covers the seed, the command itself and the database's identity; an empty `table` tells that
        the data are gone although the database is the same.
        """
        commands = [path for root in OWN_CODE for path in root.rglob(f"management/commands/{name}.py")]
        inputs = files_digest([ROOT / "catalog_seed", *commands])
        digest = text_digest(inputs, self.identity(), *words)
        if self.stamps.match(name, digest) and self.has_rows(table):
            self.steps.skipped(title)
            return
        with self.steps.step(title):
            self.manage(name, *words, show_errors=True)
        self.stamps.write(name, digest)


def _children(env: dict[str, str], port: int) -> list[Child]:
    web: list[str | Path] = [
        VENV / "bin" / "gunicorn",
        "-c",
        "scripts/gunicorn.conf.py",
        "-b",
        f"{HOST}:{port}",
    ]
    return [
        Child("web", [*web, "shop.config.wsgi:application"], env),
        Child("worker", [PYTHON, "manage.py", "runworker"], env),
    ]


def answers(port: int) -> bool:
    """Return whether the shop answers here; asked directly, because a proxy would not find this machine."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(f"http://{HOST}:{port}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _serve(preparation: Preparation, steps: Steps, port: int) -> int:
    supervisor = Supervisor(_children(preparation.env, port))
    supervisor.catch_signals()
    try:
        with steps.step("Starting the web process and the worker"):
            supervisor.start()
            # Asked for while the others start: it takes as long as they do.
            logins = subprocess.Popen(
                [PYTHON, "manage.py", "demo_logins"],
                cwd=ROOT,
                env=preparation.env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                text=True,
                start_new_session=True,
                preexec_fn=die_with_parent(os.getpid()),
            )
            supervisor.run_until(lambda: answers(port) or gave_up(supervisor))
            printed, _ = logins.communicate()
            if not supervisor.stopping and not answers(port):
                raise Failed("The shop does not start; the lines above say why.")
        if not supervisor.stopping:
            say(
                f"\nThe shop is open after {steps.seconds:.1f} s: http://{HOST}:{port}/\n\n{printed.rstrip()}\n"
            )
            say("Stop it with Ctrl-C. The data stay; `make reset` deletes them.")
        supervisor.run_until(lambda: False)
    finally:
        say("\nStopping …")
        supervisor.stop()
    say("Stopped. The data are kept.")
    return 0


def gave_up(supervisor: Supervisor) -> bool:
    """Return whether a child has died too often to go on waiting for the first answer."""
    return any(child.deaths >= FIRST_ANSWER_WITHIN_DEATHS for child in supervisor.children)


def _run() -> int:
    port, data_dir = read_port(), read_data_dir()
    with hold_data(data_dir):
        refuse_taken_port(port)
        steps = Steps(STEPS)
        preparation = Preparation(steps, data_dir, shop_environment(data_dir, port))
        say(f"Data in {data_dir}")
        preparation.up_to_the_catalogue()
        preparation.command("make_demo_orders", "Making demonstration orders", "order_order")
        refuse_taken_port(port)
        return _serve(preparation, steps, port)


def main() -> int:
    """Run the shop until somebody stops it; return the exit code."""
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    return as_script(_run)
