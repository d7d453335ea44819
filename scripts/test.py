"""`make test`: everything on SQLite, the data and concurrency tests on PostgreSQL, the browser flows.

test.py                  as above
test.py --all            everything on both
test.py tests/ledger …   further words go to pytest
"""

import os
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter

from chromium import find_browser
from console import ROOT, Failed, Steps, die_with_parent, say
from environment import DEV_LOCK, PYTHON, as_script, is_ready, prepare
from postgres import can_run, find_binaries, private_server

NOTHING_COLLECTED = 5


class Runs:
    """The runs of pytest and what they add up to."""

    def __init__(self, words: list[str]) -> None:
        self.words = words
        self.totals: Counter[str] = Counter()
        self.skipped: list[str] = []
        self.broken: list[str] = []
        self.report = ROOT / ".cache" / "tests.xml"

    def run(self, title: str, *options: str, url: str = "") -> None:
        """Run pytest once and add its result."""
        say(f"\n=== {title}")
        env = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "DATA_DIR")}
        env |= {"DATABASE_URL": url} if url else {}
        self.report.unlink(missing_ok=True)
        command = [str(PYTHON), "-m", "pytest", f"--junit-xml={self.report}", *options, *self.words]
        code = subprocess.Popen(
            command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, preexec_fn=die_with_parent(os.getpid())
        ).wait()
        self._add(title, code)

    def _add(self, title: str, code: int) -> None:
        if code == NOTHING_COLLECTED:
            say(f"{title}: no such tests")
            return
        if not self.report.exists():
            self.broken.append(f"{title}: pytest ended with code {code}")
            return
        for suite in ElementTree.parse(self.report).getroot().iter("testsuite"):
            tests, failures, errors, skips = (
                int(suite.get(name, 0)) for name in ("tests", "failures", "errors", "skipped")
            )
            self.totals["failed"] += failures + errors
            self.totals["skipped"] += skips
            self.totals["passed"] += tests - failures - errors - skips
        reasons = Counter(
            re.sub(r"\s+", " ", item.get("message", ""))
            for item in ElementTree.parse(self.report).getroot().iter("skipped")
        )
        self.skipped += [f"{count} on {title}: {reason}" for reason, count in reasons.items()]
        if code and not self.totals["failed"]:
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


def _sqlite(runs: Runs) -> None:
    browser = find_browser()
    if browser:
        os.environ["CHROMIUM"] = browser
        runs.run("SQLite, with the browser flows")
    else:
        runs.run("SQLite", "-m", "not browser")
        runs.skipped.append(
            "browser flows: no chromium found; on Debian: apt install chromium fonts-noto-cjk"
        )


def _postgresql(runs: Runs, everything: bool) -> None:
    reason, binaries = can_run(), find_binaries()
    if reason or binaries is None:
        runs.skipped.append(f"PostgreSQL: {reason}")
        return
    started = time.monotonic()
    with private_server(binaries) as url:
        say(f"\nPostgreSQL of {binaries} started in {time.monotonic() - started:.1f} s")
        if not everything:
            runs.run(
                "PostgreSQL, data and concurrency", "-m", "(data or concurrency) and not browser", url=url
            )
        elif find_browser():
            runs.run("PostgreSQL, everything", url=url)
        else:
            runs.run("PostgreSQL, everything but the browser", "-m", "not browser", url=url)


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
    runs = Runs([word for word in words if word != "--all"])
    runs.report.parent.mkdir(exist_ok=True)
    _sqlite(runs)
    try:
        _postgresql(runs, everything)
    except Failed as error:
        runs.broken.append(f"PostgreSQL: {error}")
    return runs.close(steps.seconds)


if __name__ == "__main__":
    sys.exit(as_script(main))
