"""`make test`: everything on SQLite, the data and concurrency tests on PostgreSQL, the browser flows.

test.py                  as above
test.py --all            everything on both, and what takes minutes
test.py tests/ledger …   further words go to pytest
"""

import os
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from chromium import find_browser
from console import ROOT, Failed, Steps, die_with_parent, say
from environment import DEV_LOCK, PYTHON, as_script, is_ready, prepare
from postgres import can_run, find_binaries, private_server

NOTHING_COLLECTED = 5


@dataclass
class Run:
    """One pytest under way; `log` holds its output where another one has the screen."""

    title: str
    report: Path
    log: Path | None
    process: subprocess.Popen[bytes] | None = None


class Runs:
    """The runs of pytest and what they add up to."""

    def __init__(self, words: list[str]) -> None:
        self.words = words
        self.totals: Counter[str] = Counter()
        self.skipped: list[str] = []
        self.broken: list[str] = []
        self.cache = ROOT / ".cache"
        self.cache.mkdir(exist_ok=True)

    def start(self, title: str, *options: str, url: str = "", beside: bool = False) -> "Run":
        """Start pytest; what runs beside another one keeps its output until it is finished."""
        env = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "DATA_DIR")}
        env |= {"DATABASE_URL": url} if url else {}
        name = "postgresql" if url else "sqlite"
        run = Run(
            title, self.cache / f"tests-{name}.xml", self.cache / f"tests-{name}.log" if beside else None
        )
        run.report.unlink(missing_ok=True)
        command = [str(PYTHON), "-m", "pytest", f"--junit-xml={run.report}", *options, *self.words]
        with run.log.open("wb") if run.log else nullcontext() as output:
            run.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT if output else None,
                preexec_fn=die_with_parent(os.getpid()),
            )
        return run

    def finish(self, run: "Run") -> None:
        """Wait for the run, show what it kept back, and add its result."""
        assert run.process is not None
        code = run.process.wait()
        if run.log:
            say(f"\n=== {run.title}")
            say(run.log.read_text(encoding="utf-8", errors="replace"))
        self._add(run.title, run.report, code)

    def _add(self, title: str, report: Path, code: int) -> None:
        if code == NOTHING_COLLECTED:
            say(f"{title}: no such tests")
            return
        if not report.exists():
            self.broken.append(f"{title}: pytest ended with code {code}")
            return
        before = self.totals["failed"]
        for suite in ElementTree.parse(report).getroot().iter("testsuite"):
            tests, failures, errors, skips = (
                int(suite.get(name, 0)) for name in ("tests", "failures", "errors", "skipped")
            )
            self.totals["failed"] += failures + errors
            self.totals["skipped"] += skips
            self.totals["passed"] += tests - failures - errors - skips
        reasons = Counter(
            re.sub(r"\s+", " ", item.get("message", ""))
            for item in ElementTree.parse(report).getroot().iter("skipped")
        )
        self.skipped += [f"{count} on {title}: {reason}" for reason, count in reasons.items()]
        if code and self.totals["failed"] == before:
            self.broken.append(f"{title}: pytest ended with code {code}")

    def close(self, seconds: float) -> int:
        """Print what was skipped and how to get it, then the sum; return the exit code."""
        for line in self.broken:
            say(f"BROKEN: {line}")
        say(f"\ntotal: {self.totals['passed']} passed, {self.totals['failed']} failed")
        say(f"in {seconds:.0f} s; skipped: {'nothing' if not self.skipped else ''}")
        for line in self.skipped:
            say(f"  - {line}")
        return 1 if self.totals["failed"] or self.broken else 0


def _without(*markers: str) -> list[str]:
    return ["-m", " and ".join(f"not {marker}" for marker in markers)] if markers else []


def _sqlite(runs: Runs, everything: bool, *elsewhere: str) -> None:
    """Run on SQLite all but what is marked as run `elsewhere`."""
    browser = find_browser()
    title = "SQLite, with the browser flows" if browser else "SQLite"
    options = _without(*([] if browser else ["browser"]), *([] if everything else ["long"]), *elsewhere)
    if browser:
        os.environ["CHROMIUM"] = browser
    else:
        runs.skipped.append(
            "browser flows: no chromium found; on Debian: apt install chromium fonts-noto-cjk"
        )
    say(f"\n=== {title}")
    runs.finish(runs.start(title, *options))


def _both(runs: Runs, everything: bool) -> None:
    """Run both engines at the same time: each leaves one core idle while it waits for its database."""
    reason, binaries = can_run(), find_binaries()
    if reason or binaries is None:
        runs.skipped.append(f"PostgreSQL: {reason}")
        _sqlite(runs, everything)
        return
    started = time.monotonic()
    with private_server(binaries) as url:
        say(f"\nPostgreSQL of {binaries} started in {time.monotonic() - started:.1f} s, its tests run beside")
        if everything:
            title, options = "PostgreSQL, everything", [] if find_browser() else _without("browser")
        else:
            title = "PostgreSQL, data and concurrency"
            options = ["-m", "(data or concurrency) and not browser and not long"]
        beside = runs.start(title, *options, url=url, beside=True)
        _sqlite(runs, everything, *([] if everything else ["broker"]))
        runs.finish(beside)


def main() -> int:
    """Run the tests; return 1 when one failed or a run broke."""
    words = sys.argv[1:]
    everything = "--all" in words
    steps = Steps(1)
    if not is_ready(DEV_LOCK):
        with steps.step("Installing the locked libraries into .venv"):
            prepare(DEV_LOCK)
    # Pages are tested in Chinese; the compiled catalogues are not in the repository.
    subprocess.run([PYTHON, ROOT / "scripts" / "messages.py", "--compile"], cwd=ROOT, check=True)
    if everything:
        os.environ.setdefault("TEST_EXAMPLES", "4")
    runs = Runs([word for word in words if word != "--all"])
    try:
        _both(runs, everything)
    except Failed as error:
        runs.broken.append(f"PostgreSQL: {error}")
    return runs.close(steps.seconds)


if __name__ == "__main__":
    sys.exit(as_script(main))
