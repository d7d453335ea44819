"""The web process of `make run`: one process, several threads (SQLite has one writer anyway)."""

import ctypes
import importlib
import os
import signal
import sys

PR_SET_PDEATHSIG = 1

worker_class = "gthread"
workers = 1
threads = 8
timeout = 60
graceful_timeout = 15
loglevel = "warning"
# Two shops of one user must not share a control socket, and this one needs none.
control_socket_disable = True
_libc = ctypes.CDLL(None) if sys.platform.startswith("linux") else None


def post_fork(server: object, worker: object) -> None:
    """Let the kernel end this worker with its master, so that a killed master frees the port at once."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != getattr(server, "pid", os.getppid()):
            os._exit(1)


def post_worker_init(worker: object) -> None:
    """Make ready what every page needs before the first visitor comes."""
    importlib.import_module("shop.storefront.warm").warm_up()
