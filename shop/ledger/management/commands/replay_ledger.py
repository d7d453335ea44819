"""Recompute the ledger from the outbox and compare."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from tqdm import tqdm

from shop.ledger.replay import messages_count, replay


class Command(BaseCommand):
    """Exit code 0: byte for byte the same. 1: every difference is named. Nothing is written."""

    help = "Recompute every ledger entry from the outbox messages and compare it with the stored one."

    def handle(self, *args: Any, **options: Any) -> None:
        with tqdm(total=messages_count(), unit="msg", disable=not sys.stderr.isatty()) as bar:
            result = replay(bar.update)
        for line in result.differences:
            self.stderr.write(line)
        self.stdout.write(f"stored   {result.stored_digest}")
        self.stdout.write(f"replayed {result.replayed_digest}")
        self.stdout.write(
            f"{result.events} events, {result.entries} entries, {len(result.differences)} differences,"
            f" {result.waiting} messages not posted yet"
        )
        if result.differences:
            sys.exit(1)
