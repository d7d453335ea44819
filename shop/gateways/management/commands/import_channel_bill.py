"""Read a channel's bill now, and name what does not agree."""

import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from shop.accounts.scope import SYSTEM
from shop.core import clock
from shop.gateways import bill_selectors, services
from shop.gateways.providers import registry
from shop.gateways.providers.base import BillingProvider, ProviderUnavailable


class Command(BaseCommand):
    """Exit code 0: read, nothing differs. 1: not set up, not read to its end, or differences, each on a line."""

    help = (
        "Reads the movements of the shop's account at a payment service and compares them. Safe to run twice."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("provider", help="stripe or demo")
        parser.add_argument(
            "--since", default="", help="first day, YYYY-MM-DD; else from the last reading on"
        )
        parser.add_argument("--until", default="", help="first day that is left out; else up to now")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, tell of every page, list the differences."""
        provider = _provider(options["provider"])
        since, until = _midnight(options["since"]), _midnight(options["until"])
        if since and since >= (until or clock.now()):
            raise CommandError("--since must be before --until.")
        try:
            bill = services.import_bill(provider=provider, since=since, until=until, progress=self._tell_page)
        except ProviderUnavailable as error:
            raise CommandError(f"Not read to its end, run it again: {error}") from error
        self.stdout.write(
            f"{_counted(bill.pages, 'page')}, {_counted(bill.lines, 'line')}, {bill.new_lines} new"
        )
        self._tell_differences(provider.name)

    def _tell_page(self, pages: int, lines: int, oldest: dt.datetime) -> None:
        self.stdout.write(
            f"page {pages}: {lines} lines back to {oldest.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}"
        )

    def _tell_differences(self, provider: str) -> None:
        lines = bill_selectors.bill_differences(SYSTEM).filter(provider=provider)
        for line in lines:
            self.stdout.write(
                f"{line.line_id} {line.occurred_at:%Y-%m-%d} {line.get_difference_display()}:"
                f" {line.net_minor} {line.settled_currency} {line.source}"
            )
        missing = bill_selectors.payments_missing_in_bill(SYSTEM).filter(provider=provider)
        for payment in missing:
            self.stdout.write(
                f"{payment.key} {payment.captured_at:%Y-%m-%d} not in the bill: {payment.fen} fen"
            )
        unseen = bill_selectors.refunds_missing_in_bill(SYSTEM).filter(payment__provider=provider)
        for execution in unseen:
            key, fen = execution.provider_reference, execution.fen
            self.stdout.write(f"{key} {execution.finished_at:%Y-%m-%d} not in the bill: -{fen} fen")
        if count := len(lines) + len(missing) + len(unseen):
            raise CommandError(f"{_counted(count, 'difference')}")


def _provider(name: str) -> BillingProvider:
    for provider in registry.billing_providers():
        if provider.name == name:
            return provider
    raise CommandError(f"{name} keeps no bill for this shop, or is not set up.")


def _midnight(day: str) -> dt.datetime | None:
    try:
        return dt.datetime.combine(dt.date.fromisoformat(day), dt.time(), clock.SHANGHAI) if day else None
    except ValueError as error:
        raise CommandError(f"{day!r} is no day; write YYYY-MM-DD.") from error


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
