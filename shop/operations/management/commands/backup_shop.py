"""Back the whole shop up while it goes on."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from shop.operations.backup.making import back_up, prune
from shop.operations.backup.manifest import BackupError


class Command(BaseCommand):
    """Writes database, files and a manifest with their digests into a new folder and prints its name."""

    help = "Backs up database and files into a new folder below --to; the shop goes on meanwhile."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the folder, and how many backups stay in it."""
        parser.add_argument(
            "--to", required=True, type=Path, metavar="DIR", help="where the folders of backups are"
        )
        parser.add_argument(
            "--keep", type=int, default=0, metavar="N", help="afterwards delete all but the newest N"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the backup."""
        try:
            made = back_up(to=options["to"], say=self.stderr.write)
        except BackupError as refused:
            raise CommandError(str(refused)) from refused
        if options["keep"] > 0:
            for gone in prune(to=options["to"], keep=options["keep"]):
                self.stderr.write(_("deleted: %(folder)s") % {"folder": gone})
        self.stdout.write(str(made))
