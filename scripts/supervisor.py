"""Keeps child processes running, and ends them with their parent."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from console import ROOT, die_with_parent, say

LONGEST_PAUSE = 30.0
STEADY_AFTER = 60.0
GRACE = 20.0
TICK = 0.2


@dataclass
class Child:
    """One process to keep running, and when to start it again."""

    name: str
    command: Sequence[str | Path]
    env: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    deaths: int = 0
    start_at: float = 0.0

    def start(self) -> None:
        """Start the process in a session of its own, so that Ctrl-C reaches it only through us."""
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            [str(part) for part in self.command],
            cwd=ROOT,
            env=dict(self.env),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=die_with_parent(os.getpid()),
        )

    def note_death(self, code: int) -> None:
        """Plan the next start: at once, then after 1, 2, 4 … seconds, at most half a minute."""
        now = time.monotonic()
        self.deaths = 1 if now - self.started > STEADY_AFTER else self.deaths + 1
        pause = min(2.0 ** (self.deaths - 1), LONGEST_PAUSE)
        self.process = None
        self.start_at = now + pause
        say(f"The {self.name} process ended unexpectedly (code {code}); it starts again in {pause:.0f} s.")


class Supervisor:
    """Starts the children, starts them again when they die, stops them cleanly."""

    def __init__(self, children: Sequence[Child]) -> None:
        self.children = children
        self.stopping = False

    def catch_signals(self) -> None:
        """Take SIGINT, SIGTERM and a closed terminal as the wish to stop."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True

    def start(self) -> None:
        """Start every child."""
        for child in self.children:
            child.start()

    def tick(self) -> None:
        """Look after the children once, then wait a moment."""
        for child in self.children:
            if child.process is None:
                if time.monotonic() >= child.start_at:
                    child.start()
            elif (code := child.process.poll()) is not None:
                child.note_death(code)
        time.sleep(TICK)

    def run_until(self, done: Callable[[], bool]) -> None:
        """Look after the children until `done` answers yes or somebody wishes to stop."""
        while not self.stopping and not done():
            self.tick()

    def stop(self) -> None:
        """Ask every child to finish, wait, and kill only those of our own that do not; safe to call twice."""
        self.stopping = False
        running = [child.process for child in self.children if child.process and child.process.poll() is None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + GRACE
        while any(process.poll() is None for process in running) and time.monotonic() < deadline:
            # A second Ctrl-C means: now.
            if self.stopping:
                break
            time.sleep(TICK)
        for process in running:
            if process.poll() is None:
                # The child leads its own session, so its group holds nothing but what it started itself.
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
