"""The web server of both sites in the bench: the same number of workers and threads, nothing recycled."""

import importlib
import os
from pathlib import Path

bind = f"127.0.0.1:{os.environ['BENCH_PORT']}"
worker_class = "gthread"
workers = int(os.environ.get("BENCH_WORKERS", "2"))
threads = int(os.environ.get("BENCH_THREADS", "4"))
timeout = 120
graceful_timeout = 5
keepalive = 30
loglevel = "warning"
control_socket_disable = True


def post_worker_init(worker: object) -> None:
    """Do what the site's own production does in a new worker before its first visitor; stock Oscar does nothing."""
    if place := os.environ.get("BENCH_WARM_UP"):
        module, _, name = place.partition(":")
        getattr(importlib.import_module(module), name)()
    # What the bench waits for: a process that is still getting ready takes its processor from the others.
    Path(os.environ["BENCH_READY"], str(os.getpid())).touch()
