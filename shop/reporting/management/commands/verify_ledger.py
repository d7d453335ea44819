"""Look for broken invariants of the ledger and of the figures made from it."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection
from tqdm import tqdm

from shop.core.snapshots import in_snapshot, one_snapshot
from shop.ledger.checks.stream import Digest, ledger_digest
from shop.ledger.checks.triggers import triggers
from shop.ledger.rollups.settling import last_entry
from shop.ledger.verification import CHECKS, Check, Finding, unposted
from shop.reporting.verification import figures

#: A pass reads the whole ledger a few times: its cells stay in the memory of the database, where they would be sorted
#: on disk otherwise, by every dimension.
_GENEROUS = "SET LOCAL work_mem = '256MB'"
#: Checks that run beside each other on PostgreSQL, at most.
_AT_ONCE = 4


class Command(BaseCommand):
    """Exit code 0: every invariant holds. 1: each break is named. Nothing is written.

    All checks see one moment of the database, and so does the digest over the stream of all entries.
    """

    help = "Verify the invariants of the counting rules; name everything that breaks one."

    def handle(self, *args: Any, **options: Any) -> None:
        checks: tuple[Check, ...] = (*CHECKS, figures)
        hidden = not sys.stderr.isatty()
        # It tries to write, and so stands outside the snapshot.
        found = self._name(triggers())
        others = [check for check in checks if check is not triggers]
        with (
            tqdm(total=last_entry(), unit="entry", unit_scale=True, disable=hidden, position=1) as entries,
            tqdm(total=len(others), unit="check", disable=hidden, position=0) as done,
            one_snapshot() as snapshot,
        ):
            run = _beside(snapshot, others, entries.update) if snapshot else _after(others, entries.update)
            for findings in run:
                if isinstance(findings, Digest):
                    digest = findings
                    continue
                found += self._name(findings)
                done.update()
            waiting = unposted().count()
        if waiting:
            self.stdout.write(f"{waiting} messages are not posted yet; their payments were left out")
        self.stdout.write(f"{digest.entries} entries, sha256 {digest.sha256}")
        self.stdout.write(f"{len(checks)} checks, {found} findings")
        if found:
            sys.exit(1)

    def _name(self, findings: Iterable[Finding]) -> int:
        found = 0
        for finding in findings:
            found += 1
            self.stderr.write(str(finding))
        return found


Advance = Callable[[int], object]
Findings = Iterable[Finding] | Digest


def _after(checks: list[Check], advance: Advance) -> Iterator[Findings]:
    """Run one after another, on this connection."""
    for check in checks:
        yield check()
    yield ledger_digest(advance)


def _beside(snapshot: str, checks: list[Check], advance: Advance) -> Iterator[Findings]:
    """Run beside each other at the moment of the snapshot, and hand on the results in their order."""

    cores = os.cpu_count() or 1
    at_once = min(_AT_ONCE, cores)
    # What runs beside each other has the cores: more processes for one query would do part of its work twice.
    helpers = f"SET LOCAL max_parallel_workers_per_gather = {cores // at_once - 1}"

    def joined(work: Callable[[], Findings]) -> Findings:
        with in_snapshot(snapshot), connection.cursor() as cursor:
            for statement in (_GENEROUS, helpers):
                cursor.execute(statement)
            result = work()
            return result if isinstance(result, Digest) else list(result)

    with ThreadPoolExecutor(at_once) as pool:
        # It takes longest, and so begins first.
        digest = pool.submit(joined, lambda: ledger_digest(advance))
        runs = [pool.submit(joined, check) for check in checks]
        for run in runs:
            yield run.result()
        yield digest.result()
