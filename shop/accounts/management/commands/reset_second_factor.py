"""Free a person of a lost second factor where no colleague can do it on the page of people."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q

from shop.accounts.models import User
from shop.accounts.phones import normalise_phone
from shop.accounts.second_factor import reset_second_factor
from shop.core.exceptions import ShopError


class Command(BaseCommand):
    help = "Remove a person's authenticator app and recovery codes and end their sessions; journalled."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("login", help="mobile number or e-mail address")
        parser.add_argument("--reason", required=True, help="stands in the journal")

    def handle(self, *args: Any, **options: Any) -> None:
        login = options["login"].strip()
        try:
            wanted = Q(email=login.lower()) if "@" in login else Q(phone=normalise_phone(login))
            person = User.objects.filter(wanted).first()
            if person is None:
                raise CommandError("Nobody logs in with this.")
            done = reset_second_factor(user_id=person.pk, actor_id=None, reason=options["reason"])
        except ShopError as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write("reset" if done else "there was no second factor")
