"""Make the demonstration's history."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from catalog_seed.history.digest import history_digest
from catalog_seed.history.plan import MONTHS, MOST_MONTHS, MOST_ORDERS, ORDERS, SEED
from catalog_seed.history.run import begin_or_resume, make_history, steps_of
from shop.core.exceptions import ShopError


class Command(BaseCommand):
    """Makes orders, returns, statements and closed months through the services; a second run changes nothing."""

    help = "Makes the demonstration's history of closed months; goes on where a killed run ended."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the seed and the size; a history that has begun keeps its own."""
        parser.add_argument("--seed", type=int, help=f"what everything is drawn by ({SEED})")
        parser.add_argument("--months", type=int, help=f"how many months are closed ({MONTHS})")
        parser.add_argument("--orders", type=int, help=f"orders in a month, on average ({ORDERS})")

    def handle(self, *args: Any, **options: Any) -> None:
        """Take the steps with a progress bar; print what the history has come to."""
        _require("--months", options["months"], MOST_MONTHS)
        _require("--orders", options["orders"], MOST_ORDERS)
        _require("--seed", options["seed"], 2**31)
        try:
            world = begin_or_resume(
                seed=options["seed"], months_wanted=options["months"], orders=options["orders"]
            )
            steps = steps_of(world)
            with tqdm(total=len(steps), desc="demo history", unit="step", disable=None) as bar:
                for step in make_history(world, steps):
                    bar.set_postfix_str(f"{step.at:%Y-%m}", refresh=False)
                    bar.update()
        except ShopError as error:
            raise CommandError(str(error)) from error
        months, digest = world.history.closed, history_digest()
        self.stdout.write(
            f"demo history: {months[0]:%Y-%m} to {months[-1]:%Y-%m} closed, seed {world.history.seed}"
        )
        self.stdout.write(f"demo history: {len(world.orders)} orders, {digest.entries} ledger entries")
        self.stdout.write(f"demo history: digest {digest.sha256}")


def _require(name: str, value: int | None, most: int) -> None:
    if value is not None and not 1 <= value <= most:
        raise CommandError(f"{name} is a number from 1 to {most}, not {value}.")
