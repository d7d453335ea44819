"""Check the shop's promises on its live data."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from shop.core.snapshots import one_snapshot
from shop.operations.invariants import CHECKS, waiting


class Command(BaseCommand):
    """Prints one line per promise and every broken row; exits 1 when one is broken.

    All checks see one moment of the database: a sale that goes on meanwhile breaks none of them.
    """

    help = "Checks stock, orders, amounts, ledger and outbox against each other."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run all checks."""
        broken = 0
        with one_snapshot():
            for name, check in CHECKS:
                sentences = list(check())
                broken += len(sentences)
                self.stdout.write(f"{'ok    ' if not sentences else 'BROKEN'} {name}")
                for sentence in sentences:
                    self.stdout.write(f"       {sentence}")
            if count := waiting():
                self.stdout.write(f"       {count} streams still have messages on their way")
        if broken:
            raise CommandError(f"{broken} broken")
