"""What the rest of the shop may ask of the gateways."""

from shop.gateways.services.assignments import approve_assignment, propose_assignment, withdraw_assignment
from shop.gateways.services.attempts import (
    MethodOption,
    Started,
    methods,
    methods_for_new_orders,
    start_payment,
    to_pay_fen,
)
from shop.gateways.services.bill_differences import look_after_bills
from shop.gateways.services.bill_files import BillUnreadable, set_fee_rule, upload_bill
from shop.gateways.services.bills import ImportedBill, import_bill, import_bills
from shop.gateways.services.bundles import bundle_transfers
from shop.gateways.services.cancelling import Cancelled, cancel_order
from shop.gateways.services.captures import Money, capture, offer_waiting_money
from shop.gateways.services.closing import close_order, expire_due_orders, require_no_transfer
from shop.gateways.services.cuts import StillOpen, cut_goods_now, cut_suspended_goods
from shop.gateways.services.differences import (
    assign_difference,
    close_spent_money,
    find_missing_lines,
    resolve_difference,
)
from shop.gateways.services.moves import approve_move, propose_move, withdraw_move
from shop.gateways.services.notices import (
    Outcome,
    apply_notice,
    bad_notices,
    check_notice,
    receive_notice,
)
from shop.gateways.services.paid_out import (
    link_recorded_payouts,
    outgoing_without_refund,
    take_as_payout,
)
from shop.gateways.services.payees import approve_payee, propose_payee, withdraw_payee
from shop.gateways.services.payers import (
    add_payer,
    add_payer_account,
    add_payer_name,
    remove_payer_account,
    remove_payer_name,
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
    reconcile_everything,
    take_callbacks,
)
from shop.gateways.services.refunds import (
    execute_refunds,
    plan_refund,
    retry_refund,
    send_planned_refunds,
    unreachable_refunds,
)
from shop.gateways.services.settling import settle_lines, take_difference
from shop.gateways.services.statements import (
    confirm_statement,
    discard_statement,
    save_account,
    save_mapping,
    upload_statement,
)
from shop.gateways.services.transfers import confirm_transfer, propose_transfer, reject_transfer
from shop.gateways.services.unapplied import to_pay_of

__all__ = [
    "BillUnreadable",
    "Cancelled",
    "ImportedBill",
    "MethodOption",
    "Money",
    "Outcome",
    "Started",
    "StillOpen",
    "add_payer",
    "add_payer_account",
    "add_payer_name",
    "apply_notice",
    "apply_waiting_notices",
    "approve_assignment",
    "approve_move",
    "approve_payee",
    "approve_return",
    "assign_difference",
    "bad_notices",
    "bundle_transfers",
    "cancel_order",
    "capture",
    "check_notice",
    "close_order",
    "close_spent_money",
    "confirm_payout",
    "confirm_statement",
    "confirm_transfer",
    "cut_goods_now",
    "cut_suspended_goods",
    "deliver_late_callbacks",
    "discard_statement",
    "execute_refunds",
    "expire_due_orders",
    "find_missing_lines",
    "import_bill",
    "import_bills",
    "link_recorded_payouts",
    "look_after_bills",
    "methods",
    "methods_for_new_orders",
    "offer_waiting_money",
    "outgoing_without_refund",
    "plan_refund",
    "propose_assignment",
    "propose_move",
    "propose_payee",
    "propose_return",
    "propose_transfer",
    "receive_notice",
    "reconcile_attempts",
    "reconcile_everything",
    "record_payout",
    "reject_transfer",
    "remove_payer_account",
    "remove_payer_name",
    "require_no_transfer",
    "resolve_difference",
    "retry_refund",
    "return_unapplied",
    "save_account",
    "save_mapping",
    "send_planned_refunds",
    "set_fee_rule",
    "settle_lines",
    "start_payment",
    "take_as_payout",
    "take_callbacks",
    "take_difference",
    "to_pay_fen",
    "to_pay_of",
    "unreachable_refunds",
    "upload_bill",
    "upload_statement",
    "withdraw_assignment",
    "withdraw_move",
    "withdraw_payee",
    "withdraw_return",
]
