"""Keeps child processes running, and ends them with their parent."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from console import ROOT, die_with_parent, say

LONGEST_PAUSE = 30.0
STEADY_AFTER = 60.0
#: Who ends without an error after so long was asked to.
SETTLED_AFTER = 3.0
GRACE = 20.0
TICK = 0.2


@dataclass
class Child:
    """One process to keep running, and when to start it again.

    `log` takes what it prints instead of the terminal. `account` is who it runs as when we are root. `stop_by`
    asks it to finish. A higher `stage` is stopped earlier: who is served goes before who serves.
    """

    name: str
    command: Sequence[str | Path]
    env: Mapping[str, str]
    log: Path | None = None
    account: str = ""
    stop_by: signal.Signals = signal.SIGTERM
    stage: int = 0
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    deaths: int = 0
    start_at: float = 0.0

    def start(self) -> None:
        """Start the process in a session of its own, so that Ctrl-C reaches it only through us."""
        self.started = time.monotonic()
        account = self.account if os.geteuid() == 0 and self.account else None
        with self.log.open("ab") if self.log else nullcontext() as printed:
            self.process = subprocess.Popen(
                [str(part) for part in self.command],
                cwd=ROOT,
                env=dict(self.env),
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=printed,
                start_new_session=True,
                user=account,
                group=account,
                extra_groups=[] if account else None,
                preexec_fn=die_with_parent(os.getpid()),
            )

    def kill_group(self) -> None:
        """Kill what is left of the process and of what it started: it leads a session, and so a group, of its own."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def note_death(self, code: int) -> None:
        """Plan the next start: after 1, 2, 4 … seconds, at most half a minute; at once after a stop that was asked for.

        Who was told to finish ends without an error. One that does so as soon as it starts counts as a death.
        """
        now = time.monotonic()
        if code == 0 and now - self.started > SETTLED_AFTER:
            self.deaths, self.process, self.start_at = 0, None, now
            say(f"The {self.name} process has finished; it starts again.")
            return
        self.deaths = 1 if now - self.started > STEADY_AFTER else self.deaths + 1
        pause = min(2.0 ** (self.deaths - 1), LONGEST_PAUSE)
        self.process = None
        self.start_at = now + pause
        say(f"The {self.name} process ended unexpectedly (code {code}); it starts again in {pause:.0f} s.")


class Supervisor:
    """Starts the children, starts them again when they die, stops them cleanly."""

    def __init__(self, children: Sequence[Child], roster: Path | None = None) -> None:
        """Look after these children; the file `roster` always names the process of each."""
        self.children = list(children)
        self.roster = roster
        self.stopping = False

    def catch_signals(self) -> None:
        """Take SIGINT, SIGTERM and a closed terminal as the wish to stop."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True

    def start(self) -> None:
        """Start every child that does not run yet."""
        for child in self.children:
            if child.process is None:
                child.start()
        self._write_roster()

    def _write_roster(self) -> None:
        if self.roster is None:
            return
        running = {child.name: child.process.pid for child in self.children if child.process}
        unfinished = self.roster.with_suffix(".new")
        unfinished.write_text(json.dumps(running, indent=1) + "\n")
        unfinished.replace(self.roster)

    def tick(self) -> None:
        """Look after the children once, then wait a moment."""
        for child in self.children:
            if child.process is None:
                if time.monotonic() >= child.start_at:
                    child.start()
                    self._write_roster()
            elif (code := child.process.poll()) is not None:
                # What a killed process leaves behind would hold its port or its data.
                child.kill_group()
                child.note_death(code)
                self._write_roster()
        time.sleep(TICK)

    def run_until(self, done: Callable[[], bool]) -> None:
        """Look after the children until `done` answers yes or somebody wishes to stop."""
        while not self.stopping and not done():
            self.tick()

    def stop(self) -> None:
        """Ask every child to finish, wait, and kill only those of our own that do not; safe to call twice."""
        self.stopping = False
        for stage in sorted({child.stage for child in self.children}, reverse=True):
            self._stop([child for child in self.children if child.stage == stage])
        if self.roster is not None:
            self.roster.unlink(missing_ok=True)

    def _stop(self, children: Sequence[Child]) -> None:
        running = [
            (child, child.process) for child in children if child.process and child.process.poll() is None
        ]
        for child, process in running:
            process.send_signal(child.stop_by)
        deadline = time.monotonic() + GRACE
        while any(process.poll() is None for _, process in running) and time.monotonic() < deadline:
            # A second Ctrl-C means: now.
            if self.stopping:
                break
            time.sleep(TICK)
        for child, _ in running:
            child.kill_group()
