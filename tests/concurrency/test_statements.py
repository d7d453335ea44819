"""Two people import bank statements at the same moment: every line is money once."""

from collections.abc import Callable
from typing import Any

import pytest

from shop.core import clock
from shop.gateways import services
from shop.gateways.bank_models import StatementFile, StatementLine
from shop.gateways.models import Payment
from tests.factories import make_cast
from tests.gateways.bank import came, csv_of, make_account
from tests.gateways.cast import DUE, bank_line, states, topics, transfer_order
from tests.promises import assert_kept
from tests.worker import drain

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]


def test_the_same_file_and_one_that_overlaps_at_once(together: Callable[..., list[Any]]) -> None:
    cast, account = make_cast(), make_account()
    record, attempt = transfer_order()
    _other, second = transfer_order()
    rows = [came("S1", "200.00", attempt.reference), came("S2", "3.00", second.reference)]
    files = [csv_of(*rows), csv_of(*rows), csv_of(*rows, came("S3", "4.00"))]

    def bring(raw: bytes, people: tuple[int, int]) -> None:
        file = services.upload_statement(account_id=account.pk, name="s", raw=raw, imported_by=people[0])
        services.confirm_statement(file_id=file.pk, confirmed_by=people[1])
        services.settle_lines()

    finance = (cast.finance.pk, cast.second_finance.pk)
    staff = (cast.staff.pk, cast.second_staff.pk)
    pairs = zip(files, (finance, staff, finance), strict=True)
    answers = together([lambda raw=raw, who=who: bring(raw, who) for raw, who in pairs])
    assert answers == [None] * 3
    services.settle_lines()
    assert (StatementFile.objects.count(), StatementLine.objects.count(), Payment.objects.count()) == (
        2,
        3,
        3,
    )
    assert states(record) == ("paid", "released", DUE, "")
    assert topics("order.paid") == ["order.paid"]
    drain()
    assert_kept()


def test_a_line_is_imported_while_it_is_confirmed_by_hand(together: Callable[..., list[Any]]) -> None:
    cast, account = make_cast(), make_account()
    record, attempt = transfer_order()
    claim_id = bank_line(attempt, DUE, by=cast.finance.pk)
    raw = csv_of(came("S1", "200.00", attempt.reference))
    file = services.upload_statement(account_id=account.pk, name="s", raw=raw, imported_by=cast.staff.pk)

    def confirm_file() -> None:
        services.confirm_statement(file_id=file.pk, confirmed_by=cast.second_staff.pk)
        services.settle_lines()

    def confirm_claim() -> object:
        return services.confirm_transfer(claim_id=claim_id, confirmed_by=cast.second_finance.pk)

    together([confirm_file, confirm_claim, confirm_file])
    services.settle_lines()
    assert (Payment.objects.get().key, states(record)[0]) == (f"bank:{clock.today():%Y%m%d}:S1", "paid")
    assert StatementLine.objects.get().state == "evidence"
    drain()
    assert_kept()
