"""Look for broken invariants of the ledger and of the figures made from it."""

import sys
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection
from tqdm import tqdm

from shop.core.snapshots import one_snapshot
from shop.ledger.checks.stream import ledger_digest
from shop.ledger.checks.triggers import triggers
from shop.ledger.rollups.settling import last_entry
from shop.ledger.verification import CHECKS, Check, unposted
from shop.reporting.verification import figures

#: A pass reads the whole ledger a few times: sorts and hashes may take more memory than a page's query.
_GENEROUS = ("SET LOCAL work_mem = '128MB'", "SET LOCAL jit = off")


class Command(BaseCommand):
    """Exit code 0: every invariant holds. 1: each break is named. Nothing is written.

    All checks see one moment of the database, and so does the digest over the stream of all entries.
    """

    help = "Verify the invariants of the counting rules; name everything that breaks one."

    def handle(self, *args: Any, **options: Any) -> None:
        checks: tuple[Check, ...] = (*CHECKS, figures)
        hidden = not sys.stderr.isatty()
        found = self._run([triggers], hidden)
        with one_snapshot():
            self._be_generous()
            found += self._run([check for check in checks if check is not triggers], hidden)
            with tqdm(total=last_entry(), unit="entry", unit_scale=True, disable=hidden) as bar:
                digest = ledger_digest(bar.update)
            waiting = unposted().count()
        if waiting:
            self.stdout.write(f"{waiting} messages are not posted yet; their payments were left out")
        self.stdout.write(f"{digest.entries} entries, sha256 {digest.sha256}")
        self.stdout.write(f"{len(checks)} checks, {found} findings")
        if found:
            sys.exit(1)

    def _run(self, checks: Sequence[Check], hidden: bool) -> int:
        found = 0
        for check in tqdm(checks, unit="check", disable=hidden):
            for finding in check():
                found += 1
                self.stderr.write(str(finding))
        return found

    def _be_generous(self) -> None:
        if connection.vendor == "postgresql" and connection.in_atomic_block:
            with connection.cursor() as cursor:
                for statement in _GENEROUS:
                    cursor.execute(statement)
