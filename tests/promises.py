"""The promises I1 to I7, asked of the whole shop at once."""

from shop.core.snapshots import one_snapshot
from shop.ledger.checks.triggers import triggers
from shop.ledger.replay import replay
from shop.ledger.verification import CHECKS, unposted
from shop.operations.invariants import broken_promises, waiting
from shop.reporting.verification import figures


def broken() -> list[str]:
    """Return every broken promise: stock, orders, money, outbox, ledger, its replay, and the reports over it.

    All of one moment: other processes may post and fold meanwhile.
    """
    # It tries to write, and so stands outside the snapshot.
    findings = [*triggers()]
    with one_snapshot():
        again = replay()
        promises = [*broken_promises()]
        for check in (*CHECKS, figures):
            if check is not triggers:
                findings += check()
    return [
        *promises,
        *map(str, findings),
        *again.differences,
        *(["the replayed ledger differs"] if again.stored_digest != again.replayed_digest else []),
    ]


def assert_kept(*, settled: bool = True) -> None:
    """Assert that every promise holds and, unless said otherwise, that nothing is on its way any more."""
    sentences = broken()
    assert not sentences, "broken promises:\n" + "\n".join(sentences)
    if settled:
        assert waiting() == 0, "messages are still on their way"
        assert not unposted().exists(), "the ledger has not taken every message in"
