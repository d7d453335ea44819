"""Look for broken invariants of the ledger and of the figures made from it."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from tqdm import tqdm

from shop.ledger.chain import chain
from shop.ledger.verification import CHECKS, unposted
from shop.reporting.verification import figures


class Command(BaseCommand):
    """Exit code 0: every invariant holds. 1: each break is named. Nothing is written."""

    help = "Verify the invariants of the counting rules; name everything that breaks one."

    def handle(self, *args: Any, **options: Any) -> None:
        found = 0
        checks = (*CHECKS, chain, figures)
        for check in tqdm(checks, unit="check", disable=not sys.stderr.isatty()):
            for finding in check():
                found += 1
                self.stderr.write(str(finding))
        waiting = unposted().count()
        if waiting:
            self.stdout.write(f"{waiting} messages are not posted yet; their payments were left out")
        self.stdout.write(f"{len(checks)} checks, {found} findings")
        if found:
            sys.exit(1)
