"""A shop of its own for the browser: seed, gunicorn and worker as `make run` starts them."""

import csv
import os
import re
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from console import die_with_parent
from launcher import HOST, shop_environment

from tests.database import ROOT

SEED = ROOT / "catalog_seed" / "data"
#: Some of every region; the first is what the flows buy.
KEPT = (
    "WC-TEA-012",
    "WC-TEA-013",
    "WC-TEA-014",
    "WC-TEA-001",
    "WC-HNY-001",
    "WC-LIQ-001",
    "LQ-TEA-001",
    "KD-BOX-001",
    "GZ-CRN-001",
    "LY-BEF-001",
)

#: The commands that `make run` gives one by one.
PREPARE = """
import os, sys, django
django.setup()
from django.core.management import call_command
with open(os.devnull, "w") as nowhere:
    call_command("collectstatic", "--no-input", verbosity=0)
    call_command("make_demo_unit", stdout=nowhere)
    call_command("seed_catalogue", "--path", sys.argv[1], stdout=nowhere)
"""


@dataclass(frozen=True)
class Shop:
    """A running shop, the stand-in for Stripe that its cashier leads to, and what it writes to its error stream."""

    base: str
    stripe: str
    log: Path

    def code_sent_to(self, phone: str) -> str:
        """Return the last code that a number of the mainland was sent: a demonstration shop prints its texts."""
        lines = re.findall(rf"\[SMS\] \+86{phone}: .*", self.log.read_text(encoding="utf-8"))
        codes = [
            found for line in lines for found in re.findall(r"(?<!\d)\d{6}(?!\d)", line.partition(": ")[2])
        ]
        assert codes, f"no code was sent to {phone}"
        return codes[-1]


def seed_folder(folder: Path) -> Path:
    """Return a copy of the seed catalogue with few products, so that its pictures are drawn in seconds."""
    shutil.copytree(SEED, folder)
    path = folder / "products.csv"
    with path.open(encoding="utf-8", newline="") as opened:
        header, *rows = csv.reader(opened)
    kept = [row for row in rows if row[header.index("sku")] in KEPT]
    assert len(kept) == len(KEPT), sorted(set(KEPT) - {row[header.index("sku")] for row in kept})
    with path.open("w", encoding="utf-8", newline="") as opened:
        csv.writer(opened, lineterminator="\n").writerows([header, *kept])
    return folder


def _prepare(env: Mapping[str, str], seed: Path) -> None:
    """Fill the database and collect the static files, in one process: to start one takes seconds."""
    subprocess.run([sys.executable, "-c", PREPARE, str(seed)], cwd=ROOT, env=dict(env), check=True)


def _start(
    command: list[str], env: Mapping[str, str], *handles: int, errors: IO[bytes] | None = None
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=errors,
        pass_fds=handles,
        preexec_fn=die_with_parent(os.getpid()),
    )


@contextmanager
def running_stripe() -> Iterator[dict[str, str]]:
    """Run the stand-in for Stripe in a process of its own; give the settings that it prints."""
    peer = subprocess.Popen(
        [sys.executable, "-m", "tests.stripe_peer", "--port", "0"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=die_with_parent(os.getpid()),
    )
    assert peer.stdout is not None
    try:
        yield dict(peer.stdout.readline().strip().split("=", 1) for _ in range(3))
        assert peer.poll() is None, "the stand-in for Stripe has ended"
    finally:
        peer.terminate()
        peer.wait(timeout=30)
        peer.stdout.close()


@contextmanager
def running_shop(folder: Path, variables: Mapping[str, str]) -> Iterator[Shop]:
    """Run a demonstration shop until the block ends; variables lead to its migrated database and to Stripe.

    The socket listens before gunicorn is there and hands over what has queued up, so nobody has to ask
    again and again whether the shop answers.
    """
    subprocess.run(
        [sys.executable, "scripts/messages.py", "--compile"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL
    )
    with socket.socket() as door:
        door.bind((HOST, 0))
        door.listen(64)
        port = door.getsockname()[1]
        env = shop_environment(folder, port) | dict(variables)
        _prepare(env, seed_folder(folder / "seed"))
        log = folder / "shop.log"
        with log.open("wb") as errors:
            web = _start(
                [
                    *(sys.executable, "-m", "gunicorn", "-c", "scripts/gunicorn.conf.py"),
                    *("-b", f"fd://{door.fileno()}", "shop.config.wsgi:application"),
                ],
                env,
                door.fileno(),
                errors=errors,
            )
    worker = _start([sys.executable, "manage.py", "runworker"], env)
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/healthz", timeout=60) as answer:
            assert answer.status == 200
        yield Shop(base=f"http://{HOST}:{port}", stripe=env["STRIPE_API_BASE"], log=log)
        assert (web.poll(), worker.poll()) == (None, None), "a process of the shop has ended"
    finally:
        for process in (web, worker):
            process.terminate()
        for process in (web, worker):
            process.wait(timeout=30)
        sys.stderr.write(log.read_text(encoding="utf-8", errors="replace"))
