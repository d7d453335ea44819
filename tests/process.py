"""Work in a process of its own that can be killed at a faultpoint, as `kill -9` would.

The process is forked: it has the test's program, and opens connections of its own. It ends by `os._exit`, so
nothing is cleaned up: no handler runs, no transaction is rolled back by Python, no buffer is written.
"""

import datetime as dt
import os
import sys
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack

import time_machine
from django.db import connections

from shop.core import clock, faultpoint

KILLED = 137


def in_process(
    work: Callable[[], object],
    *,
    kill_at: str = "",
    visit: int = 1,
    later: dt.timedelta | None = None,
    seen: str = "",
) -> int:
    """Do the work in a new process and return its exit code: 0 done, 1 raised, 137 killed.

    It is killed when it comes by the faultpoint `kill_at` for the `visit`-th time. Its clock is `later`
    than ours. The names of the faultpoints it came by are appended to the file `seen`.
    """
    # An open connection must not have two owners.
    connections.close_all()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            code = _work(work, kill_at, visit, later, seen)
        except BaseException:  # Whatever it is, this process must not go on with the test.
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _work(work: Callable[[], object], kill_at: str, visit: int, later: dt.timedelta | None, seen: str) -> int:
    visits: Counter[str] = Counter()

    def come_by(name: str) -> None:
        visits[name] += 1
        if seen:
            with open(seen, "a") as file:
                file.write(f"{name}\n")
        if name == kill_at and visits[name] == visit:
            os._exit(KILLED)

    faultpoint.set_hook(come_by)
    with ExitStack() as stack:
        if later is not None:
            stack.enter_context(time_machine.travel(clock.now() + later))
        work()
    connections.close_all()
    return 0
