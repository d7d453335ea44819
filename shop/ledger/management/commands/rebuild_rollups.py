"""Build the rollups anew from the entries."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from tqdm import tqdm

from shop.ledger.rollups.services import rebuild_rollups
from shop.ledger.rollups.settling import last_entry


class Command(BaseCommand):
    """Replaces the sums by month and dimensions in one transaction; the entries are only read."""

    help = "Throw the ledger's rollups away and fold every entry again; figures stay exact meanwhile."

    def handle(self, *args: Any, **options: Any) -> None:
        with tqdm(total=last_entry(), unit="entry", unit_scale=True, disable=not sys.stderr.isatty()) as bar:
            result = rebuild_rollups(advance=bar.update)
        self.stdout.write(f"{result.entries} entries folded into {result.cells} cells")
