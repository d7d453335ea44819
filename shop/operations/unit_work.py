"""What organisations wait for, as kinds of work of the staff's queue."""

from django.urls import reverse
from django.utils.translation import gettext as _

from shop.accounts.scope import Scope
from shop.buyers.selectors import organisations_to_verify, terms_proposed
from shop.operations.work import Work


def unit_work(scope: Scope) -> list[Work]:
    """Return organisations to verify, and terms that wait for a second person. No query."""
    page = reverse("buyers:organisations")
    return [
        Work(
            "badge-check",
            _("Organisations to verify"),
            organisations_to_verify(scope),
            "registered_at",
            page,
            kind="organisation_verify",
            ref="name",
        ),
        Work(
            "file-check-2",
            _("Payment terms that wait for a second person"),
            terms_proposed(scope),
            "proposed_at",
            page,
            kind="terms_approve",
            ref="organisation__name",
        ),
    ]
