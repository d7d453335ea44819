"""Write docs/states.md from the tables of states."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from shop.operations.states import page


class Command(BaseCommand):
    """Write the page again after a table has changed."""

    help = "Write docs/states.md from the tables of states."

    def handle(self, *args: Any, **options: Any) -> None:
        """Write it."""
        path = Path(settings.BASE_DIR) / "docs" / "states.md"
        path.write_text(page(), encoding="utf-8")
        self.stdout.write(str(path))
