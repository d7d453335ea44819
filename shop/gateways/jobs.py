"""The gateways' work by the clock; worker/schedule.py says how often. Each is safe to run twice, and late."""

from shop.gateways.services import (
    apply_waiting_notices,
    close_spent_money,
    cut_suspended_goods,
    deliver_late_callbacks,
    execute_refunds,
    expire_due_orders,
    find_missing_lines,
    import_bills,
    link_recorded_payouts,
    look_after_bills,
    reconcile_attempts,
    settle_lines,
)

#: (name, seconds between runs, function)
JOBS = (
    ("gateways.deliver_late_callbacks", 15, deliver_late_callbacks),
    ("gateways.expire_due_orders", 30, expire_due_orders),
    ("gateways.cut_suspended_goods", 30, cut_suspended_goods),
    ("gateways.execute_refunds", 30, execute_refunds),
    ("gateways.apply_waiting_notices", 60, apply_waiting_notices),
    ("gateways.reconcile_attempts", 300, reconcile_attempts),
    # Long and never urgent: these are not among the gateways' jobs, which go before everything else.
    ("bills.import_bills", 6 * 3600, import_bills),
    ("bills.look_after_bills", 3600, look_after_bills),
    ("bank.settle_lines", 60, settle_lines),
    ("bank.link_recorded_payouts", 300, link_recorded_payouts),
    ("bank.close_spent_money", 300, close_spent_money),
    ("bank.find_missing_lines", 3600, find_missing_lines),
)
