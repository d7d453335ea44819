"""Register the demonstration unit."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from catalog_seed.demo_unit import make_demo_unit
from shop.accounts.demo import make_demo_users


class Command(BaseCommand):
    """Makes the demonstration people and their union, without orders; a second run changes nothing."""

    help = "Registers the demonstration union with buyer, approver and terms; only where SHOP_DEMO is on."

    def handle(self, *args: Any, **options: Any) -> None:
        """Make what is missing."""
        if not settings.SHOP_DEMO:
            raise CommandError("SHOP_DEMO is off: demonstration units never mix with real ones.")
        make_demo_users()
        self.stdout.write(f"demo unit: {make_demo_unit().unit.name}")
