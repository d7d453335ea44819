"""`manage.py seed_catalogue`: check the seed files and write them."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from tqdm import tqdm

from catalog_seed.loader import Report, load, read
from catalog_seed.schema import ProductRow
from shop.core.exceptions import ShopError
from shop.journal.upsert import Change

DATA = Path(__file__).resolve().parents[2] / "data"


class Command(BaseCommand):
    help = "Check the seed catalogue and write what is new or changed; a faulty file changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="only check the files, write nothing")
        parser.add_argument("--path", type=Path, default=DATA, help="folder of the files")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print every fault as file:line: column: reason and end with 1, or write and print the counts."""
        data, faults = read(options["path"])
        if faults:
            for fault in faults:
                self.stderr.write(str(fault))
            raise CommandError(_("%(count)d faults; nothing was written.") % {"count": len(faults)})
        products = len(data.rows("products.csv", ProductRow))
        if options["check"]:
            self.stdout.write(_("No faults: %(count)d products can be loaded.") % {"count": products})
            return
        try:
            with tqdm(total=products, unit="SKU", disable=None, leave=False) as bar:
                report = load(data, progress=bar.update)
        except ShopError as error:
            raise CommandError(_("%(reason)s Nothing was written.") % {"reason": error}) from error
        self._print(report)

    def _print(self, report: Report) -> None:
        for table, counter in report.tables.items():
            counts = {
                "table": table,
                "created": counter[Change.CREATED],
                "changed": counter[Change.CHANGED],
                "unchanged": counter[Change.UNCHANGED],
            }
            self.stdout.write(
                _("%(table)s: %(created)d created, %(changed)d changed, %(unchanged)d unchanged") % counts
            )
        self.stdout.write(_("%(count)d rows written.") % {"count": report.written})
