"""Put a backup in the place of the shop, and let it catch up with what has happened since."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from shop.operations.backup.making import restore
from shop.operations.backup.manifest import BackupError
from worker.catching_up import catch_up


class Command(BaseCommand):
    """Restores a whole, unchanged backup, drains its outbox and asks the payment providers; tells nobody."""

    help = "Restores the backup in the folder --from; stop web, workers and beat first."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the folder and what may be overridden."""
        parser.add_argument(
            "--from", dest="folder", type=Path, metavar="DIR", help="a folder that backup_shop made"
        )
        parser.add_argument("--replace", action="store_true", help="replace a shop that is not empty")
        parser.add_argument("--other-key", action="store_true", help="it was sealed with another SECRET_KEY")
        parser.add_argument("--catch-up", action="store_true", help="only try once more to catch up")
        parser.add_argument("--accept", action="store_true", help="open the shop although something is left")

    def handle(self, *args: Any, **options: Any) -> None:
        """Restore, then catch up."""
        if bool(options["folder"]) == options["catch_up"]:
            raise CommandError(_("Give either --from or --catch-up."))
        if options["folder"]:
            try:
                manifest = restore(
                    folder=options["folder"],
                    replace=options["replace"],
                    other_key=options["other_key"],
                    say=self.stderr.write,
                )
            except BackupError as refused:
                raise CommandError(str(refused)) from refused
            self.stdout.write(_("restored: the shop as of %(moment)s") % {"moment": manifest.copied_at})
        self._catch_up(accept=options["accept"])

    def _catch_up(self, *, accept: bool) -> None:
        done = catch_up(accept=accept)
        self.stdout.write(
            _("caught up: %(deliveries)d messages delivered, %(payments)d payments found")
            % {"deliveries": done.deliveries, "payments": done.payments}
        )
        if done.waiting and not accept:
            raise CommandError(
                _(
                    "Left: %(what)s. Nothing is sent to anybody until this has ended:"
                    " restore_shop --catch-up, or with --accept to open the shop all the same."
                )
                % {"what": done.waiting}
            )
        self.stdout.write(
            _("%(count)d notices are held for a person: /dashboard/held-notices/") % {"count": done.held}
        )
