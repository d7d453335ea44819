"""Take in what happened before settlement listened."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from tqdm import tqdm

from shop.settlement.services import catch_up, not_taken


class Command(BaseCommand):
    """Run it once after an upgrade of a shop that has orders; a second run changes nothing."""

    help = "Takes the messages of earlier orders into the books of settlement."

    def handle(self, *args: Any, **options: Any) -> None:
        """Take them in with a progress bar."""
        with tqdm(total=not_taken().count(), unit="message", disable=not sys.stderr.isatty()) as bar:
            taken = catch_up(bar.update)
        self.stdout.write(f"{taken} messages taken in")
