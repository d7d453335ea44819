"""The promises I1 to I7, asked of the whole shop at once."""

from shop.ledger.replay import replay
from shop.ledger.verification import CHECKS, unposted
from shop.operations.invariants import broken_promises, waiting
from shop.reporting.verification import figures


def broken() -> list[str]:
    """Return every broken promise: stock, orders, money, outbox, ledger, its replay, and the reports over it."""
    again = replay()
    return [
        *broken_promises(),
        *(str(finding) for check in (*CHECKS, figures) for finding in check()),
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
