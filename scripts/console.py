"""What a person sees while a script works: numbered steps, seconds, and the end of the output when one fails."""

import ctypes
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TAIL_LINES = 40
PROGRESS_EVERY = 10.0
PR_SET_PDEATHSIG = 1


class Failed(Exception):
    """A step failed; the message is one plain sentence for the person at the terminal."""


def say(text: str = "") -> None:
    """Print one line at once, also when the output is a pipe.

    A reader that is gone (a closed terminal, `make run | tee` at Ctrl-C) is no failure: the children must still
    be stopped in good order.
    """
    try:
        print(text, flush=True)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _load_libc() -> ctypes.CDLL | None:
    return ctypes.CDLL(None, use_errno=True) if sys.platform.startswith("linux") else None


LIBC = _load_libc()


def die_with_parent(parent_pid: int) -> Callable[[], None]:
    """Return a function for the child: the kernel kills the child when its parent dies (Linux).

    Without it a kill -9 of the parent would leave an orphan that holds the port. `ctypes` is loaded before
    the fork because little is safe between fork and exec.
    """

    def ask_kernel() -> None:
        if LIBC is not None:
            LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent_pid:
                os._exit(1)

    return ask_kernel


class Steps:
    """Numbers the steps of a script and times each of them."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.number = 0
        self.started = time.monotonic()

    @property
    def seconds(self) -> float:
        """Seconds since the first step."""
        return time.monotonic() - self.started

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Announce a step and print how long it took when it ends well."""
        self.number += 1
        started = time.monotonic()
        say(f"[{self.number}/{self.total}] {name} …")
        yield
        say(f"      done in {time.monotonic() - started:.1f} s")

    def skipped(self, name: str) -> None:
        """Announce a step that has nothing to do."""
        self.number += 1
        say(f"[{self.number}/{self.total}] {name}: up to date")


Words = Sequence[str | Path]


def run(
    command: Words,
    *,
    env: Mapping[str, str] | None = None,
    show_errors: bool = False,
) -> str:
    """Run a command and return what it printed; the end of it is shown when it fails.

    While it runs, a line appears every ten seconds, so that a slow machine is not taken for a stuck one.
    With `show_errors` its error stream goes to the terminal (that is where progress bars are drawn).
    Raises Failed when it ends with another code than 0. The command dies with this process.
    """
    # A file and not a pipe: nobody would read a pipe while this process waits, and the command would block.
    with tempfile.TemporaryFile() as printed:
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=ROOT,
            env=dict(env) if env is not None else None,
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=None if show_errors else subprocess.STDOUT,
            preexec_fn=die_with_parent(os.getpid()),
        )
        try:
            _wait_visibly(process)
        except BaseException:
            process.terminate()
            process.wait()
            raise
        printed.seek(0)
        text = printed.read().decode(errors="replace")
    if process.returncode != 0:
        say("\n".join(text.splitlines()[-TAIL_LINES:]))
        raise Failed(f"This command failed with code {process.returncode}: {' '.join(map(str, command))}")
    return text


def _wait_visibly(process: subprocess.Popen[bytes]) -> None:
    started = time.monotonic()
    while True:
        try:
            process.wait(timeout=PROGRESS_EVERY)
        except subprocess.TimeoutExpired:
            say(f"      still working, {time.monotonic() - started:.0f} s")
        else:
            return
