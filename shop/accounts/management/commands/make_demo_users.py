"""Create the people of a demonstration shop."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from shop.accounts.demo import DEMO_SUPPLIERS, make_demo_users
from shop.core.exceptions import ShopError


class Command(BaseCommand):
    help = "Create one person for every role of a demonstration shop; a second run changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "suppliers",
            nargs="*",
            default=list(DEMO_SUPPLIERS),
            help="the codes of the two suppliers that the supplier users act for",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if len(options["suppliers"]) != 2:
            raise CommandError("Give two supplier codes, or none.")
        first, second = options["suppliers"]
        try:
            created = make_demo_users(suppliers=(first, second))
        except ShopError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{created} demonstration users created")
