"""What may be done to settlement; each service is one transaction."""

from shop.settlement.services.bank import ask_release, confirm_release, enter_serial, match_payouts
from shop.settlement.services.payees import (
    propose_payee_account,
    refuse_payee_account,
    verify_payee_account,
)
from shop.settlement.services.payouts import (
    approve_payout_list,
    check_payout_list,
    make_payout_list,
    withdraw_payout_list,
)
from shop.settlement.services.statements import draw_due_statements, draw_statements
from shop.settlement.services.taking_in import catch_up, not_taken, take_event
from shop.settlement.services.terms import approve_rate, propose_rate, set_rule, withdraw_rate

__all__ = [
    "approve_payout_list",
    "approve_rate",
    "ask_release",
    "catch_up",
    "check_payout_list",
    "confirm_release",
    "draw_due_statements",
    "draw_statements",
    "enter_serial",
    "make_payout_list",
    "match_payouts",
    "not_taken",
    "propose_payee_account",
    "propose_rate",
    "refuse_payee_account",
    "set_rule",
    "take_event",
    "verify_payee_account",
    "withdraw_payout_list",
    "withdraw_rate",
]
