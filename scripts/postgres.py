"""A private PostgreSQL server for the tests: found, not configured; gone afterwards."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from console import Failed

SERVER_ACCOUNT = "postgres"


def find_binaries() -> Path | None:
    """Return the folder of the newest PostgreSQL server programs, or None."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    if pg_config := shutil.which("pg_config"):
        answer = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False)
        folders.append(Path(answer.stdout.strip() or "/nonexistent"))
    if initdb := shutil.which("initdb"):
        folders.append(Path(initdb).resolve().parent)
    return next((path for path in folders if (path / "initdb").exists() and (path / "pg_ctl").exists()), None)


def _version(folder: Path) -> int:
    return int(folder.parent.name) if folder.parent.name.isdecimal() else 0


def as_server_account(command: list[str]) -> list[str]:
    """PostgreSQL refuses to run as root; Debian's package brings an account for it."""
    return ["runuser", "-u", SERVER_ACCOUNT, "--", *command] if os.geteuid() == 0 else command


def call(command: list[str], folder: Path) -> None:
    """Run a command as the account that may run PostgreSQL. Raises Failed with what it printed."""
    with tempfile.TemporaryFile() as out:
        code = subprocess.call(
            as_server_account(command), cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=out
        )
        out.seek(0)
        if code:
            raise Failed(f"{' '.join(command)} failed:\n{out.read().decode(errors='replace')}")


@contextmanager
def private_server(binaries: Path) -> Iterator[str]:
    """Run a server that listens on a socket in a temporary folder only; yield its address.

    It syncs nothing to disk: it lives for one test run. Raises Failed when it cannot be started.
    """
    # A short name: the path of a Unix socket may have 107 characters.
    folder = Path(tempfile.mkdtemp(prefix="shop-pg-", dir="/tmp"))
    data = str(folder / "data")
    settings = (
        f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off -c synchronous_commit=off "
        "-c full_page_writes=off -c max_connections=150 -c shared_buffers=128MB"
    )
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, SERVER_ACCOUNT)
        initdb = [str(binaries / "initdb"), "-D", data, "-U", "shop", "-A", "trust", "-E", "UTF8"]
        call([*initdb, "--locale=C.UTF-8", "--no-sync"], folder)
        control = [str(binaries / "pg_ctl"), "-D", data, "-w", "-s"]
        call([*control, "-l", str(folder / "server.log"), "-o", settings, "start"], folder)
        try:
            yield f"postgres://shop@/{folder}/postgres"
        finally:
            call([*control, "-m", "immediate", "stop"], folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def can_run() -> str:
    """Return why no server can be started here, or ""."""
    if find_binaries() is None:
        return "no PostgreSQL programs found; on Debian: apt install postgresql"
    if os.geteuid() == 0 and not _has_account():
        return "PostgreSQL does not run as root and there is no account 'postgres'; run the tests as another user"
    return ""


def _has_account() -> bool:
    try:
        pwd.getpwnam(SERVER_ACCOUNT)
    except KeyError:
        return False
    return shutil.which("runuser") is not None
