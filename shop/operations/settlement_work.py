"""What of paying suppliers needs a person: accounts to verify, lists to approve, pay-outs the bank does not show."""

from django.urls import reverse
from django.utils.translation import gettext as _

from shop.accounts.models import Role
from shop.accounts.scope import Scope
from shop.operations.work import Work
from shop.settlement.selectors import accounts_to_verify, lists_to_approve, payouts_overdue


def settlement_work(scope: Scope) -> list[Work]:
    """Return these kinds of work. No query."""
    lists = reverse("settlement:payout_lists")
    return [
        Work(
            "file-check-2",
            _("Bank accounts of suppliers to verify"),
            accounts_to_verify(scope),
            "proposed_at",
            reverse("settlement:overview") + "?tab=unverified",
            kind="payee_account",
            ref="supplier__name_zh",
            role=Role.FINANCE,
        ),
        Work(
            "receipt-text",
            _("Pay-out lists to approve"),
            lists_to_approve(scope),
            "made_at",
            lists,
            kind="payout_list",
            ref="number",
            role=Role.FINANCE,
        ),
        Work(
            "clock",
            _("Pay-outs approved 5 days ago that no bank line shows"),
            payouts_overdue(scope),
            "list__approved_at",
            lists,
            kind="payout_overdue",
            ref="reference",
            role=Role.FINANCE,
        ),
    ]
