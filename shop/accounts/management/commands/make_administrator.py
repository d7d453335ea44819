"""Make somebody an administrator of a shop that has none yet, or whose last one is gone."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from shop.accounts.models import Role, User
from shop.accounts.phones import normalise_phone
from shop.accounts.services import grant_role, save_user
from shop.core.exceptions import ShopError


class Command(BaseCommand):
    help = (
        "Write a person down, if new, and make them staff over the whole shop; journalled, safe to run twice."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--phone", help="mobile number: logs in with a code by text message")
        parser.add_argument("--email", help="e-mail address: sets a password by mail on the login page")
        parser.add_argument("--name", default="", help="full name of a new person")
        parser.add_argument("--reason", required=True, help="stands in the journal")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with transaction.atomic():
                person = self._person(options["phone"], options["email"], options["name"])
                new = grant_role(
                    user_id=person.pk, role=Role.STAFF, actor_id=None, reason=str(options["reason"])
                )
        except ShopError as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(f"{person} {'is' if new else 'was already'} an administrator")
        self.stdout.write("The first login leads to the set-up of the second factor.")

    @staticmethod
    def _person(phone: str | None, email: str | None, name: str) -> User:
        """Return who has the number or the address, else a new person."""
        known = None
        if phone:
            known = User.objects.filter(phone=normalise_phone(phone)).first()
        if known is None and email:
            known = User.objects.filter(email=email.strip().lower()).first()
        return known or save_user(actor_id=None, phone=phone, email=email, last_name=name)
