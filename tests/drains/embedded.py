"""The embedded worker's loop as a process of its own, with the tests' handlers: python -m tests.drains.embedded"""

import signal
import sys
import threading

import django

django.setup()

from tests.drains import hooks  # noqa: E402
from worker.loop import Loop  # noqa: E402
from worker.routes import ROUTES  # noqa: E402
from worker.schedule import JOBS  # noqa: E402


def main() -> int:
    """Drain and run every job, again and again, until SIGTERM."""
    loop, stopped = Loop(routes=ROUTES | hooks.ROUTES, jobs=JOBS), threading.Event()
    signal.signal(signal.SIGTERM, lambda number, frame: stopped.set())
    while not stopped.wait(0.05):
        with hooks.database_in_use():
            loop.run_once()
    return 0


if __name__ == "__main__":
    sys.exit(main())
