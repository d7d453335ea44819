"""Which state may follow which: pay-out lists and their items. docs/states.md is written from these tables."""

from typing import Any

from django.utils.translation import gettext as _

from shop.core.states import BEGINNING, Move, StateTable
from shop.settlement.exceptions import SettlementRefused
from shop.settlement.paying_models import (
    ItemState,
    ListState,
    PayeeAccount,
    PayeeState,
    PayoutItem,
    PayoutList,
)

PAYOUT_LIST = StateTable(
    "Pay-out list",
    "settlement.PayoutList.state",
    (
        Move(
            BEGINNING,
            ListState.PROPOSED,
            "made by one person",
            ("settlement.make_payout_list",),
            "payout_list.made",
        ),
        Move(
            ListState.PROPOSED,
            ListState.CHECKED,
            "checked by another, where three people are wanted",
            ("settlement.check_payout_list",),
            "payout_list.checked",
        ),
        *(
            Move(
                old,
                ListState.APPROVED,
                "approved by somebody who has had no part in it; what it pays is no longer owed",
                ("settlement.approve_payout_list",),
                "payout_list.approved",
            )
            for old in (ListState.PROPOSED, ListState.CHECKED)
        ),
        *(
            Move(
                old,
                ListState.WITHDRAWN,
                "taken back",
                ("settlement.withdraw_payout_list",),
                "payout_list.withdrawn",
            )
            for old in (ListState.PROPOSED, ListState.CHECKED)
        ),
        Move(
            ListState.APPROVED,
            ListState.PAID,
            "every item is paid or released",
            ("settlement.match_payouts", "settlement.confirm_release"),
            "finished_at",
        ),
    ),
)
PAYOUT_ITEM = StateTable(
    "What a supplier gets by a pay-out list",
    "settlement.PayoutItem.state",
    (
        Move(
            BEGINNING,
            ItemState.WAITING,
            "owed, to a verified account",
            ("settlement.make_payout_list",),
            "payout_list.made",
        ),
        Move(
            BEGINNING,
            ItemState.HELD,
            "no verified account, or refunds exceed the sales",
            ("settlement.make_payout_list",),
            "held_reason",
        ),
        Move(
            ItemState.WAITING,
            ItemState.LISTED,
            "its list is approved",
            ("settlement.approve_payout_list",),
            "payout_list.approved",
        ),
        Move(
            ItemState.WAITING,
            ItemState.WITHDRAWN,
            "its list is taken back",
            ("settlement.withdraw_payout_list",),
            "payout_list.withdrawn",
        ),
        Move(
            ItemState.LISTED,
            ItemState.PAID,
            "an outgoing line of the bank's statement is it",
            ("settlement.match_payouts",),
            "line, paid_on",
        ),
        Move(
            ItemState.LISTED,
            ItemState.RELEASED,
            "the bank did not pay it: asked by one person, confirmed by another",
            ("settlement.confirm_release",),
            "payout.released",
        ),
    ),
)
PAYEE = StateTable(
    "Bank account of a supplier",
    "settlement.PayeeAccount.state",
    (
        Move(
            BEGINNING,
            PayeeState.PROPOSED,
            "entered",
            ("settlement.propose_payee_account",),
            "payee_account.proposed",
        ),
        Move(
            PayeeState.PROPOSED,
            PayeeState.VERIFIED,
            "verified by another person; the one before is replaced",
            ("settlement.verify_payee_account",),
            "payee_account.verified",
        ),
        Move(
            PayeeState.PROPOSED,
            PayeeState.REFUSED,
            "not accepted, or entered anew",
            ("settlement.refuse_payee_account", "settlement.propose_payee_account"),
            "payee_account.refused",
        ),
        Move(
            PayeeState.VERIFIED,
            PayeeState.REPLACED,
            "a newer one is verified",
            ("settlement.verify_payee_account",),
            "payee_account.verified",
        ),
    ),
)
TABLES = (PAYOUT_LIST, PAYOUT_ITEM, PAYEE)


def move(table: StateTable, row: PayoutList | PayoutItem | PayeeAccount, new: str, **columns: Any) -> None:
    """Move a locked row and write the given columns with it. Raises SettlementRefused (wrong_state)."""
    if not table.allows(row.state, new):
        raise SettlementRefused(
            _("This is no longer possible: somebody has changed it meanwhile. Please reload the page."),
            code="wrong_state",
        )
    for name, value in (columns | {"state": new}).items():
        setattr(row, name, value)
    row.save(update_fields=[*columns, "state"])
