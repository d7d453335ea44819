"""Print who can log in to a demonstration shop."""

import unicodedata
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from shop.accounts.demo import DEMO_PASSWORD, demo_people
from shop.accounts.models import User
from shop.accounts.phones import shown_phone


class Command(BaseCommand):
    help = "Print the demonstration logins that exist; nothing where the demonstration flag is off."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.SHOP_DEMO:
            return
        people = demo_people()
        known = set(
            User.objects.filter(phone__in=[person.phone for person in people]).values_list("phone", flat=True)
        )
        for person in people:
            if person.phone in known:
                row = (
                    _padded(str(person.title), 24),
                    shown_phone(person.phone),
                    person.email.ljust(28),
                    DEMO_PASSWORD,
                )
                self.stdout.write("  ".join(row))


def _padded(text: str, columns: int) -> str:
    """Fill up to a width in a terminal, where a Chinese character takes two columns."""
    width = sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
    return text + " " * max(0, columns - width)
