"""Write a statement with its entries and its chain into a file that docs/verify_statement.py verifies."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from shop.ledger.closing_models import Statement
from shop.ledger.exporting import write_export


class Command(BaseCommand):
    """Writes NUMBER.zip; a file of that name is refused, never overwritten."""

    help = "Export a monthly statement with its entries and every statement before it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the number of the statement and the folder to write to."""
        parser.add_argument("number")
        parser.add_argument("--to", type=Path, default=Path(), help="an existing folder")

    def handle(self, *args: Any, **options: Any) -> None:
        statement = Statement.objects.filter(number=options["number"]).first()
        if statement is None:
            raise CommandError(f"there is no statement {options['number']}")
        path: Path = options["to"] / f"{statement.number}.zip"
        try:
            with path.open("xb") as file:
                write_export(statement, file)
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error}") from error
        self.stdout.write(f"{path}: {statement.entries} entries, SHA-256 of the statement {statement.digest}")
