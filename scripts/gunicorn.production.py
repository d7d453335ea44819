"""The web process of a server: several processes with threads, told by the environment."""

import ctypes
import importlib
import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1

bind = os.environ.get("WEB_BIND", "0.0.0.0:8000")
worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
timeout = 60
# Longer than a request may take, shorter than the container's grace, so that a deployment cuts nothing off.
graceful_timeout = 30
# nginx lets an idle connection go after one second (deploy/nginx.conf): earlier than we do, so that it never sends a
# request into a connection that is being closed here.
keepalive = 5
max_requests = 5000
max_requests_jitter = 500
worker_tmp_dir = "/dev/shm"
control_socket_disable = True
# The shop writes a line about each request itself: an address may hold the key to a guest's order.
accesslog = None
# Only the proxy of the compose network reaches this port, so its word on the client's address counts.
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "*")
_libc = ctypes.CDLL(None) if sys.platform.startswith("linux") else None


def on_starting(server: Any) -> None:
    """Refuse to serve the public from settings or data that are not fit for it; say why, a sentence each.

    SHOP_REHEARSAL=1 opens all the same, unasked: for trying out a production's processes with demonstration goods.
    """
    if os.environ.get("SHOP_REHEARSAL") == "1":
        server.log.warning("SHOP_REHEARSAL is set: opened for a rehearsal, whatever check_production says")
    else:
        manage = Path(__file__).resolve().parent.parent / "manage.py"
        if subprocess.run([sys.executable, str(manage), "check_production"], check=False).returncode:
            sys.exit(os.EX_CONFIG)
    # Where the processes of this server add up what /metrics tells; kept over a reload.
    server.slots = set()
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="shop-metrics-")


def on_exit(server: Any) -> None:
    """Take the folder of the counts away."""
    shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)


def pre_fork(server: Any, worker: Any) -> None:
    """Give the process a place of its own; whoever takes it over counts on where the last one ended."""
    worker.slot = next(slot for slot in itertools.count() if slot not in server.slots)
    server.slots.add(worker.slot)


def child_exit(server: Any, worker: Any) -> None:
    """Free the place of a process that has ended."""
    server.slots.discard(worker.slot)


def post_fork(server: object, worker: Any) -> None:
    """Let the kernel end this worker with its master, so that a killed master frees the port at once."""
    os.environ["METRICS_SLOT"] = str(worker.slot)
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != getattr(server, "pid", os.getppid()):
            os._exit(1)


def post_worker_init(worker: object) -> None:
    """Make ready what every page needs before the first visitor comes."""
    importlib.import_module("shop.storefront.warm").warm_up()
