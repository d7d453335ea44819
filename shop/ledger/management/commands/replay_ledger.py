"""Recompute the ledger from the outbox and compare."""

import datetime as dt
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from shop.core.snapshots import one_snapshot
from shop.ledger.replay import messages_count, replay


class Command(BaseCommand):
    """Exit code 0: byte for byte the same. 1: every difference is named. Nothing is written.

    Messages and entries are read at one moment: what is posted meanwhile makes no difference.
    """

    help = "Recompute every ledger entry from the outbox messages and compare it with the stored one."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the month to compare."""
        parser.add_argument(
            "--month", help="compare what is booked in this month only, and its statements: 2026-09"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        month = _month(options["month"])
        hidden = not sys.stderr.isatty()
        with tqdm(total=messages_count(), unit="msg", disable=hidden) as bar, one_snapshot():
            result = replay(bar.update, month)
        for line in result.differences:
            self.stderr.write(line)
        self.stdout.write(f"stored   {result.stored_digest}")
        self.stdout.write(f"replayed {result.replayed_digest}")
        self.stdout.write(
            f"{result.events} events, {result.entries} entries, {len(result.differences)} differences,"
            f" {result.waiting} messages not posted yet"
        )
        for number in result.statements:
            self.stdout.write(f"statement {number} was made again")
        if result.differences:
            sys.exit(1)


def _month(text: str | None) -> dt.date | None:
    if text is None:
        return None
    try:
        return dt.datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007 - a month has no zone
    except ValueError as error:
        raise CommandError(f"{text} is not a month; write it as 2026-09") from error
