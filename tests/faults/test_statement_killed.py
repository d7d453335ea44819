"""kill −9 while a bank statement is imported: its lines are all there or none, and each is money once."""

import pytest
import time_machine

from shop.gateways import services
from shop.gateways.bank_models import Difference, FileState, StatementFile, StatementLine
from shop.gateways.models import Payment
from shop.ordering.models import OrderRecord
from tests.faults import story
from tests.gateways.bank import came, csv_of, left, make_account
from tests.gateways.cast import transfer_order
from tests.process import KILLED, in_process
from tests.promises import assert_kept

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

POINTS = ("gateways.statement.before_commit", "gateways.statement_line.before_commit")
UPLOADER, CONFIRMER = 901, 902


def play(raw: bytes) -> None:
    """Do what two people and the worker do; somebody whose click got no answer clicks again."""
    file = services.upload_statement(
        account_id=make_account().pk, name="s.csv", raw=raw, imported_by=UPLOADER
    )
    services.confirm_statement(file_id=file.pk, confirmed_by=CONFIRMER)
    services.settle_lines(file_id=file.pk)
    story.work()


@pytest.mark.parametrize(("point", "visit"), [(POINTS[0], 1), (POINTS[1], 1), (POINTS[1], 3)])
def test_a_killed_import_is_whole_or_nothing_and_ends_the_same(point: str, visit: int) -> None:
    with time_machine.travel(story.START, tick=False):
        make_account()
        (_first, one), (_second, two) = transfer_order(), transfer_order()
        raw = csv_of(
            came("S1", "200.00", one.reference),
            came("S2", "150.00", two.reference),
            came("S3", "7.00", "?"),
            left("S4", "3.00", "手续费"),
        )
    assert in_process(lambda: play(raw), kill_at=point, visit=visit, at=story.START) == KILLED
    applied = StatementFile.objects.get().state == FileState.APPLIED
    assert (applied, StatementLine.objects.count()) == ((True, 4) if point == POINTS[1] else (False, 0))
    assert StatementLine.objects.exclude(state="new").count() == Payment.objects.count() == visit - 1
    later = story.START + story.PAUSE
    assert in_process(lambda: play(raw), at=later) == 0
    assert in_process(story.work, at=later + story.PAUSE) == 0
    assert list(StatementLine.objects.order_by("row").values_list("state", "fen")) == [
        ("taken", 20_000),
        ("taken", 15_000),
        ("taken", 700),
        ("difference", 300),
    ]
    assert sorted(Payment.objects.values_list("fen", "applied_fen")) == [
        (700, 0),
        (15_000, 0),
        (20_000, 20_000),
    ]
    assert set(OrderRecord.objects.values_list("payment_state", flat=True)) == {"paid", "unpaid"}
    assert sorted(Difference.objects.values_list("kind", flat=True)) == ["no_order", "outgoing"]
    assert_kept()
