"""PostgreSQL and Redis of `make prod-local`: private servers whose data stay in DATA_DIR.

Both listen on sockets in a folder that only this account may enter, on no port.
"""

import hashlib
import os
import shutil
import signal
import stat
import subprocess
import time
from pathlib import Path

from console import Failed
from postgres import SERVER_ACCOUNT, as_server_account, call
from processes import REDIS
from supervisor import Child

PATIENCE = 60.0
NAME = "shop"
POSTGRES_SETTINGS = ("listen_addresses=", "max_connections=100", "shared_buffers=128MB")


class Servers:
    """The two servers of one data folder."""

    def __init__(self, data_dir: Path, binaries: Path) -> None:
        self.binaries = binaries
        self.home = data_dir / "postgresql"
        self.cluster = self.home / "cluster"
        self.logs = data_dir / "logs"
        self.data_dir = data_dir
        # A short name: the path of a Unix socket may have 107 characters.
        digest = hashlib.sha256(str(data_dir).encode()).hexdigest()[:12]
        self.sockets = Path("/tmp") / f"shop-{digest}"

    @property
    def database_url(self) -> str:
        return f"postgres://{NAME}@/{self.sockets / 'db'}/{NAME}"

    @property
    def redis_socket(self) -> Path:
        return self.sockets / "redis.sock"

    def prepare(self) -> None:
        """Make the folders and, once, the database cluster. Raises Failed with what to do; safe to call twice."""
        if shutil.which("redis-server") is None:
            raise Failed("No redis-server found; on Debian: apt install redis-server")
        for folder in (self.logs, self.home, self.data_dir / "redis"):
            folder.mkdir(parents=True, exist_ok=True)
        self._make_socket_folder()
        if os.geteuid() == 0:
            shutil.chown(self.home, SERVER_ACCOUNT)
            if subprocess.call(as_server_account(["test", "-w", str(self.home)])):
                raise Failed(
                    f"PostgreSQL runs as the account {SERVER_ACCOUNT}, which cannot enter {self.home}; "
                    "choose another folder (DATA_DIR=…) or run this as an ordinary user."
                )
        if self.cluster.exists():
            return
        # Under its name it is whole: a creation that was cut off is begun again.
        unfinished = self.home / "unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        initdb = [str(self.binaries / "initdb"), "-D", str(unfinished), "-U", NAME, "-A", "trust"]
        call([*initdb, "-E", "UTF8", "--locale=C.UTF-8"], self.home)
        unfinished.rename(self.cluster)

    def _make_socket_folder(self) -> None:
        root = os.geteuid() == 0
        self.sockets.mkdir(mode=0o711 if root else 0o700, exist_ok=True)
        found = self.sockets.lstat()
        if found.st_uid != os.geteuid() or not stat.S_ISDIR(found.st_mode):
            raise Failed(f"{self.sockets} belongs to somebody else; choose another DATA_DIR.")
        (self.sockets / "db").mkdir(mode=0o700, exist_ok=True)
        if root:
            shutil.chown(self.sockets / "db", SERVER_ACCOUNT)

    def children(self) -> list[Child]:
        """Return the processes of the two servers."""
        postgres = [str(self.binaries / "postgres"), "-D", str(self.cluster)]
        for setting in (*POSTGRES_SETTINGS, f"unix_socket_directories={self.sockets / 'db'}"):
            postgres += ["-c", setting]
        redis = [*REDIS, "--port", "0", "--unixsocket", str(self.redis_socket), "--unixsocketperm", "700"]
        env = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return [
            # SIGINT is PostgreSQL's fast shutdown: it does not wait for connections to end.
            Child("db", postgres, env, self.logs / "db.log", SERVER_ACCOUNT, signal.SIGINT),
            Child("redis", [*redis, "--dir", str(self.data_dir / "redis")], env, self.logs / "redis.log"),
        ]

    def wait(self) -> None:
        """Wait until both answer, and make the database. Raises Failed when one does not come up."""
        ready = [str(self.binaries / "pg_isready"), "-q", "-h", str(self.sockets / "db"), "-U", NAME]
        ping = ["redis-cli", "-s", str(self.redis_socket), "ping"]
        deadline = time.monotonic() + PATIENCE
        while subprocess.call(ready) or subprocess.call(
            ping, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ):
            if time.monotonic() > deadline:
                raise Failed(f"PostgreSQL or Redis does not start; the reason stands in {self.logs}.")
            time.sleep(0.1)
        if not self.sql(f"SELECT 1 FROM pg_database WHERE datname = '{NAME}'", "postgres"):  # noqa: S608
            self.sql(f"CREATE DATABASE {NAME}", "postgres")

    def sql(self, text: str, database: str = NAME) -> str:
        """Return the rows of a statement, or "" when it fails (a table may not be there yet)."""
        where = ["-h", str(self.sockets / "db"), "-U", NAME, "-d", database]
        command = [str(self.binaries / "psql"), *where, "-X", "-A", "-t", "-c", text]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()

    def identity(self) -> str:
        """Return what was migrated and when: another or a restored database never matches an old stamp."""
        return self.sql("SELECT app, name, applied FROM django_migrations ORDER BY id")

    def has_rows(self, table: str) -> bool:
        """Return whether the table exists and holds a row."""
        return bool(self.sql(f'SELECT 1 FROM "{table}" LIMIT 1'))  # noqa: S608 - our own names

    def forget_sockets(self) -> None:
        """Take the folder of the sockets away, after both have ended."""
        shutil.rmtree(self.sockets, ignore_errors=True)
