"""The gateways' work by the clock; worker/schedule.py says how often. Each is safe to run twice, and late."""

from shop.gateways.services import (
    apply_waiting_notices,
    deliver_late_callbacks,
    execute_refunds,
    expire_due_orders,
    import_bills,
    reconcile_attempts,
)

#: (name, seconds between runs, function)
JOBS = (
    ("gateways.deliver_late_callbacks", 15, deliver_late_callbacks),
    ("gateways.expire_due_orders", 30, expire_due_orders),
    ("gateways.execute_refunds", 30, execute_refunds),
    ("gateways.apply_waiting_notices", 60, apply_waiting_notices),
    ("gateways.reconcile_attempts", 300, reconcile_attempts),
    # Long and never urgent: not among the gateways' jobs, which go before everything else.
    ("bills.import_bills", 6 * 3600, import_bills),
)
