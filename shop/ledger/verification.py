"""The invariants of the counting rules (section 10), looked for in what is stored."""

from shop.ledger.checks.chain import chain
from shop.ledger.checks.events import moves, origins
from shop.ledger.checks.findings import Check, Finding
from shop.ledger.checks.payments import payments, unposted
from shop.ledger.checks.rollups import cells, same_sums
from shop.ledger.checks.shares import orders, pairs, sources
from shop.ledger.checks.triggers import triggers

__all__ = ["CHECKS", "Check", "Finding", "payments", "unposted"]

CHECKS: tuple[Check, ...] = (
    same_sums,
    pairs,
    cells,
    origins,
    sources,
    orders,
    payments,
    moves,
    chain,
    triggers,
)
