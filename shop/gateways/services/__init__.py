"""What the rest of the shop may ask of the gateways."""

from shop.gateways.services.attempts import (
    MethodOption,
    Started,
    methods,
    methods_for_new_orders,
    start_payment,
    to_pay_fen,
)
from shop.gateways.services.bills import ImportedBill, import_bill, import_bills
from shop.gateways.services.captures import Money, capture, offer_waiting_money
from shop.gateways.services.closing import close_order, expire_due_orders
from shop.gateways.services.notices import (
    Outcome,
    apply_notice,
    bad_notices,
    check_notice,
    receive_notice,
)
from shop.gateways.services.payouts import (
    approve_return,
    confirm_payout,
    propose_return,
    record_payout,
    return_unapplied,
    withdraw_return,
)
from shop.gateways.services.reconciliation import (
    apply_waiting_notices,
    deliver_late_callbacks,
    reconcile_attempts,
)
from shop.gateways.services.refunds import execute_refunds, plan_refund, retry_refund
from shop.gateways.services.transfers import confirm_transfer, propose_transfer, reject_transfer

__all__ = [
    "ImportedBill",
    "MethodOption",
    "Money",
    "Outcome",
    "Started",
    "apply_notice",
    "apply_waiting_notices",
    "approve_return",
    "bad_notices",
    "capture",
    "check_notice",
    "close_order",
    "confirm_payout",
    "confirm_transfer",
    "deliver_late_callbacks",
    "execute_refunds",
    "expire_due_orders",
    "import_bill",
    "import_bills",
    "methods",
    "methods_for_new_orders",
    "offer_waiting_money",
    "plan_refund",
    "propose_return",
    "propose_transfer",
    "receive_notice",
    "reconcile_attempts",
    "record_payout",
    "reject_transfer",
    "retry_refund",
    "return_unapplied",
    "start_payment",
    "to_pay_fen",
    "withdraw_return",
]
