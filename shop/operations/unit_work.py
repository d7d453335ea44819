"""What organisations wait for, as kinds of work of the staff's queue."""

from django.urls import reverse
from django.utils.translation import gettext as _

from shop.accounts.models import Role
from shop.accounts.scope import Scope
from shop.buyers.selectors import organisations_to_verify, papers_to_check, terms_proposed
from shop.invoicing.differences import late, to_compare
from shop.operations.work import Work
from shop.procurement.price_selectors import to_answer


def unit_work(scope: Scope) -> list[Work]:
    """Return what waits of organisations, their papers and terms, invoices, and prices asked of the shop. No query."""
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
            "scan-line",
            _("Papers of organisations to check"),
            papers_to_check(scope),
            "uploaded_at",
            page,
            kind="organisation_paper",
            ref="organisation__name",
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
        *_of_invoices(scope),
        Work(
            "tag",
            _("Price requests to answer"),
            to_answer(scope),
            "waiting_since",
            reverse("prices:staff_prices"),
            kind="price_answer",
            ref="number",
        ),
    ]


def _of_invoices(scope: Scope) -> list[Work]:
    return [
        Work(
            "receipt-text",
            _("Invoices that suppliers have not made out in time"),
            late(scope),
            "asked_at",
            f"{reverse('operations:invoices')}?kind=late",
            kind="invoice_late",
            ref="record__number",
            role=Role.FINANCE,
            of_order=True,
        ),
        Work(
            "receipt-text",
            _("Invoices that do not come to what the order does"),
            to_compare(scope),
            "issued_at",
            f"{reverse('operations:invoices')}?kind=uncredited",
            kind="invoice_unequal",
            ref="record__number",
            role=Role.FINANCE,
            of_order=True,
        ),
    ]
