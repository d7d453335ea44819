"""Refuse to go live with demonstration data or unsafe settings."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shop.operations.production import production_faults, production_notes


class Command(BaseCommand):
    """Prints every reason against going live, and what must be known; exits 1 when there is a reason."""

    help = "Checks that settings and data are fit for the public."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run all checks."""
        faults = list(production_faults())
        for fault in faults:
            self.stdout.write(f"- {fault}")
        for note in production_notes():
            self.stdout.write(_("note: %(note)s") % {"note": note})
        if faults:
            raise CommandError(
                ngettext(
                    "%(count)d reason against opening this shop to the public.",
                    "%(count)d reasons against opening this shop to the public.",
                    len(faults),
                )
                % {"count": len(faults)}
            )
        self.stdout.write(_("ready"))
