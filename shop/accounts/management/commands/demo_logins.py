"""Print who can log in to a demonstration shop."""

import unicodedata
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from shop.accounts.demo import DEMO_PASSWORD, demo_people
from shop.accounts.models import User
from shop.accounts.phones import shown_phone
from shop.accounts.totp import DEMO_SECRET, code_at, seconds_left
from shop.core import clock


class Command(BaseCommand):
    help = (
        "Print the demonstration logins that exist and the code of their app; nothing where the flag is off."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.SHOP_DEMO:
            return
        people = demo_people()
        known = set(
            User.objects.filter(phone__in=[person.phone for person in people]).values_list("phone", flat=True)
        )
        here = [person for person in people if person.phone in known]
        for person in here:
            row = (
                _padded(str(person.title), 24),
                shown_phone(person.phone),
                person.email.ljust(28),
                DEMO_PASSWORD,
                _("+ code") if person.needs_code else "",
            )
            self.stdout.write("  ".join(row).rstrip())
        if here:
            now = clock.now().timestamp()
            self.stdout.write(
                _(
                    "Code: %(code)s for another %(seconds)d seconds; the page that asks for one shows it, and so does "
                    "`manage.py demo_logins`. Key for an app of your own: %(key)s"
                )
                % {"code": code_at(DEMO_SECRET, now), "seconds": seconds_left(now), "key": DEMO_SECRET}
            )


def _padded(text: str, columns: int) -> str:
    """Fill up to a width in a terminal, where a Chinese character takes two columns."""
    width = sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
    return text + " " * max(0, columns - width)
