"""Start every process of a running `make prod-local` again, one after another, while people buy.

    python3 scripts/rolling_restart.py            DATA_DIR=… as for prod-local

A web process is told SIGHUP: gunicorn keeps its port, starts new processes with the code and settings of now, and lets
the old ones finish what they have in hand. Workers and scheduler are told SIGTERM: they finish their task, and the
supervisor starts them again. The next one's turn comes when the one before serves again.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from console import ROOT, Failed, say
from environment import as_script
from launcher import answers
from prod_local import ROSTER, web_ports

PATIENCE = 90.0
WEB = ("web-1", "web-2")
WORKERS = ("worker-urgent", "worker-bulk", "beat")


def roll(data_dir: Path, ports: list[int], tell: Callable[[str], None] = say) -> list[str]:
    """Start the processes again, one after another; return their names in order.

    `ports` are those of the web processes themselves. Raises Failed when one does not come back.
    """
    done = []
    for name, port in zip(WEB, ports, strict=True):
        _reload_web(_process(data_dir, name), port, name)
        tell(f"{name} runs anew")
        done.append(name)
    for name in WORKERS:
        _end_worker(data_dir, name)
        tell(f"{name} runs anew")
        done.append(name)
    return done


def _reload_web(master: int, port: int, name: str) -> None:
    before = children_of(master)
    os.kill(master, signal.SIGHUP)
    _until(lambda: _is_new(children_of(master), before) and answers(port), f"{name} does not serve again")


def _is_new(now: set[int], before: set[int]) -> bool:
    """Say whether the old processes have finished and others have taken their places."""
    return not now & before and len(now) >= len(before)


def _end_worker(data_dir: Path, name: str) -> None:
    before = _process(data_dir, name)
    os.kill(before, signal.SIGTERM)
    _until(lambda: _process(data_dir, name) not in (0, before), f"{name} does not run again")


def children_of(process: int) -> set[int]:
    """Return the processes that a process has started."""
    try:
        told = Path(f"/proc/{process}/task/{process}/children").read_text()
    except OSError:
        return set()
    return {int(child) for child in told.split()}


def _process(data_dir: Path, name: str) -> int:
    """Return the process of that name, 0 while it does not run."""
    try:
        roster: dict[str, int] = json.loads((data_dir / ROSTER).read_text())
    except OSError as error:
        raise Failed(f"No shop runs on the data in {data_dir}.") from error
    return roster.get(name, 0)


def _until(condition: Callable[[], bool], sentence: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise Failed(f"{sentence} after {PATIENCE:.0f} s.")
        time.sleep(0.1)


def _run() -> int:
    data_dir = Path(os.environ.get("DATA_DIR") or ROOT / "data-production").expanduser().resolve()
    port = int(os.environ.get("PORT") or 8000)
    nginx = data_dir / "proxy" / "nginx.conf"
    started = time.monotonic()
    roll(data_dir, web_ports(port, nginx if "proxy" in _names(data_dir) else None))
    say(f"Everything runs anew after {time.monotonic() - started:.0f} s.")
    return 0


def _names(data_dir: Path) -> set[str]:
    _process(data_dir, "")
    return set(json.loads((data_dir / ROSTER).read_text()))


if __name__ == "__main__":
    sys.exit(as_script(_run))
