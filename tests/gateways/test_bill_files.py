"""Channels' bills that come as files: read, archived, compared, and what differs looked after."""

import datetime as dt
import hashlib
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from shop.accounts.scope import NOTHING, SYSTEM
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.gateways import bill_selectors, services
from shop.gateways.bank_models import Difference
from shop.gateways.bill_coverage import days_without_bill
from shop.gateways.bill_models import BillFile
from shop.gateways.models import BillLine, Payment, RefundExecution
from shop.gateways.providers.bill_files import read_alipay, read_wechat
from shop.gateways.services.captures import Money, capture
from shop.ordering.models import OrderRecord
from tests.factories import Cast, make_cast
from tests.gateways.bill_files import alipay, wechat
from tests.gateways.cast import order

pytestmark = [pytest.mark.django_db, pytest.mark.data]

NOW = dt.datetime(2026, 11, 20, 2, tzinfo=dt.UTC)
DAY = dt.date(2026, 11, 19)


@pytest.fixture(autouse=True)
def _on_a_day() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def paid(provider: str, number: str, fen: int = 20_000, *, record: OrderRecord | None = None) -> Payment:
    """Return money that a channel without a provider of its own took yesterday, as an import would write it."""
    return capture(
        money=Money(
            key=f"{provider}:{number}",
            provider=provider,
            fen=fen,
            captured_at=dt.datetime.combine(DAY, dt.time(10), clock.SHANGHAI),
            payer="",
            verified_by=provider,
            demo=True,
        ),
        record_id=record.pk if record else None,
    )


def upload(cast: Cast, raw: bytes, provider: str = "wechat", day: dt.date = DAY) -> BillFile:
    return services.upload_bill(
        provider=provider, day=day, name="bill.csv", raw=raw, uploaded_by=cast.finance.pk
    )


def differences() -> list[tuple[str, str, int]]:
    found = Difference.objects.filter(resolved_at=None).order_by("pk").select_related("bill_line")
    return [(row.kind, row.bill_line.difference if row.bill_line else "", row.fen) for row in found]


def test_wechat_rows_are_read_behind_their_backticks_and_add_up() -> None:
    raw = wechat(
        DAY,
        ("4200001", "own-1", "200.00", "1.20000", "", ""),
        ("4200001", "own-1", "50.00", "-0.30000", "5030001", "refund-1"),
    )
    bill = read_wechat(raw, DAY)
    assert bill.faults == []
    [payment, refund] = bill.rows
    assert (payment.line_id, payment.key, payment.source_minor, payment.fee_minor) == (
        "4200001",
        "own-1",
        20_000,
        120,
    )
    assert payment.occurred_at == dt.datetime(2026, 11, 19, 2, tzinfo=dt.UTC)
    # A comma in the title splits its cell; nothing behind it moves.
    assert payment.description == "山货,两件"
    assert (refund.line_id, refund.key, refund.source_minor, refund.fee_minor, refund.net_minor) == (
        "5030001",
        "refund-1",
        -5_000,
        -30,
        -4_970,
    )
    assert (bill.paid_fen, bill.refunded_fen, bill.fee_fen) == (20_000, 5_000, 90)


def test_alipay_rows_are_read_between_their_comments_and_add_up() -> None:
    raw = alipay(
        DAY,
        ("2026111922001", "own-1", "交易", "200.00", "-1.20", ""),
        ("2026111922001", "own-1", "退款", "-50.00", "0.30", "refund-1"),
    )
    bill = read_alipay(raw, DAY)
    assert bill.faults == []
    assert [(row.line_id, row.key, row.source_minor, row.fee_minor) for row in bill.rows] == [
        ("2026111922001", "own-1", 20_000, 120),
        ("2026111922001:refund-1", "refund-1", -5_000, -30),
    ]
    # Tabs behind every cell are more than the commas of a long file: they never become the delimiter.
    many = [(f"20261119{number:05d}", f"own-{number}", "交易", "1.00", "0.00", "") for number in range(60)]
    assert len(read_alipay(alipay(DAY, *many), DAY).rows) == 60


_ROW = ("4200001", "own-1", "200.00", "1.20", "", "")
_SALE = ("2026111922001", "own-1", "交易", "200.00", "-1.20", "")


@pytest.mark.parametrize(
    ("provider", "raw", "column", "said"),
    [
        ("wechat", wechat(DAY, _ROW, sums="`2,`200.00,`0.00,`0.00,`1.20,`200.00,`0.00"), "总交易单数", "各行相加为 1"),
        ("wechat", wechat(DAY, _ROW, sums="`1,`200.00,`0.00,`0.00,`1.20,`201.00,`0.00"), "订单总金额", "200.00"),
        ("wechat", wechat(DAY, _ROW).rsplit(b"\r\n", 3)[0], "总交易单数", "内容不完整"),
        ("wechat", wechat(DAY - dt.timedelta(days=1), _ROW), "交易时间", "不属于账单当日"),
        ("wechat", wechat(DAY, _ROW, _ROW), "4200001", "与第 2 行是同一笔"),
        ("wechat", wechat(DAY, _ROW).replace(b"`SUCCESS", b"`USERPAYING"), "交易状态", "无法识别"),
        ("wechat", wechat(DAY, _ROW).replace(b",`200.00,`0.00,`", b",`2OO,`0.00,`"), "订单金额", "不是金额"),
        ("alipay", alipay(DAY, _SALE, ended=False), "#", "内容不完整"),
        ("alipay", alipay(DAY - dt.timedelta(days=1), _SALE), "起始日期", "2026-11-18"),
        ("alipay", alipay(DAY, _SALE, sums=["#交易合计：2笔，商家实收共400.00元"]), "交易合计", "1 / 200.00"),
        ("alipay", alipay(DAY, ("2026", "own", "退款", "-1.00", "0", "")), "退款批次号/请求号", "未填写"),
    ],
)  # fmt: skip
def test_a_bill_that_does_not_hold_together_is_refused_whole(
    cast: Cast, provider: str, raw: bytes, column: str, said: str
) -> None:
    with pytest.raises(services.BillUnreadable) as refused:
        upload(cast, raw, provider)
    assert any(fault.column == column and said in str(fault.reason) for fault in refused.value.faults)
    assert not BillFile.objects.exists()
    assert not BillLine.objects.exists()


def test_a_bill_is_archived_and_matched_once(cast: Cast) -> None:
    record = order()
    payment = paid("wechat", "4200001", record=record)
    execution = RefundExecution.objects.create(
        payment=payment,
        fen=5_000,
        state="executed",
        idempotency_key="refund-1",
        created_at=NOW,
        finished_at=NOW,
    )
    raw = wechat(DAY, _ROW, ("4200001", "own-1", "50.00", "-0.30", "5030001", "refund-1"))
    file = upload(cast, raw)
    assert (file.digest, bytes(file.raw)) == (hashlib.sha256(raw).hexdigest(), raw)
    assert (file.rows, file.new, file.known, file.changed) == (2, 2, 0, 0)
    assert payment.bill_lines.get().difference == execution.bill_lines.get().difference == ""
    assert differences() == []
    before = (BillLine.objects.count(), Difference.objects.count())
    assert upload(cast, raw).pk == file.pk
    assert (BillLine.objects.count(), Difference.objects.count()) == before
    with pytest.raises(ShopError) as other:
        upload(cast, raw, day=DAY - dt.timedelta(days=1))
    assert other.value.code == "other_bill"
    # A later file of the day adds its new line; what it tells otherwise stays and is named.
    again = upload(
        cast, wechat(DAY, ("4200001", "own-1", "199.00", "1.20", "", ""), ("42", "x", "1.00", "0", "", ""))
    )
    assert (again.new, again.known, again.changed) == (1, 0, 1)
    assert BillLine.objects.get(line_id="4200001").source_minor == 20_000
    assert [kind for kind, _why, _fen in differences()] == ["bill_changed", "bill_line"]
    assert list(bill_selectors.bill_files(NOTHING)) == []
    with pytest.raises(IntegrityError), transaction.atomic():
        BillFile.objects.update(known=5)


def test_every_difference_has_a_name_an_owner_and_a_way_to_be_settled(cast: Cast) -> None:
    services.set_fee_rule(provider="wechat", starts_on=DAY, millionths=6_000, set_by=cast.finance.pk)
    paid("wechat", "4200001")
    paid("wechat", "4200002", 10_000)
    dear = paid("wechat", "4200003", 10_000)
    unseen = paid("wechat", "4200009", 700)
    rows = [
        _ROW,
        ("4200002", "b", "99.00", "0.59", "", ""),
        ("4200003", "c", "100.00", "1.00", "", ""),
        ("4200004", "d", "8.00", "0.05", "", ""),
        ("4200001", "a", "1.00", "0", "5030009", "nobody"),
    ]
    upload(cast, wechat(DAY, *rows))
    assert sorted(differences()) == [
        ("bill_line", "amount", 9_900),
        ("bill_line", "fee", 10_000),
        ("bill_line", "unknown_payment", 800),
        ("bill_line", "unknown_refund", 100),
        ("not_in_bill", "", 700),
    ]
    assert set(Difference.objects.values_list("owner_id", flat=True)) == {cast.finance.pk}
    # Money that was found later agrees by itself; a fee is settled by a person, with a reason.
    paid("wechat", "4200004", 800)
    assert services.import_bills() == 0
    fee = Difference.objects.get(bill_line__payment=dear)
    services.resolve_difference(difference_id=fee.pk, note="活动费率", actor_id=cast.staff.pk)
    upload(cast, wechat(DAY, ("4200009", "e", "7.00", "0.04", "", "")))
    assert sorted(differences()) == [
        ("bill_line", "amount", 9_900),
        ("bill_line", "unknown_refund", 100),
    ]
    assert bill_selectors.bill_differences(SYSTEM).count() == 2
    assert Difference.objects.get(payment=unseen, kind="not_in_bill").resolved_by is None
    assert services.look_after_bills() == 0
    client = Client()
    client.force_login(cast.staff)
    page = client.get(reverse("gateways:differences"), {"settled": 1}).content.decode()
    assert f"{cast.staff} 于" in page
    assert "活动费率" in page


def test_a_day_with_payments_and_without_a_bill_is_found_after_two_days(cast: Cast) -> None:
    paid("alipay", "2026111922001")
    paid("bank_transfer", "x")
    assert days_without_bill() == {}
    with time_machine.travel(NOW + dt.timedelta(days=2), tick=False):
        assert days_without_bill() == {("alipay", DAY): 20_000}
        assert (services.look_after_bills(), services.look_after_bills()) == (1, 0)
        [difference] = Difference.objects.all()
        assert (difference.kind, difference.fen) == ("no_bill", 20_000)
        assert difference.owner_id in (cast.finance.pk, cast.second_finance.pk)
        upload(cast, alipay(DAY, _SALE), "alipay")
        assert days_without_bill() == {}
        difference.refresh_from_db()
        assert difference.resolved_at is not None


def test_staff_upload_a_bill_and_read_what_is_wrong_with_it(cast: Cast) -> None:
    paid("wechat", "4200001")
    client = Client()
    client.force_login(cast.finance)
    address = reverse("gateways:bills")

    def send(raw: bytes, day: dt.date = DAY) -> Any:
        data = {"provider": "wechat", "day": f"{day}", "file": SimpleUploadedFile("wx.csv", raw)}
        return client.post(address, data, follow=True)

    broken = send(wechat(DAY, _ROW).replace(b"`SUCCESS", b"`USERPAYING"))
    assert (broken.status_code, BillFile.objects.count()) == (400, 0)
    assert "无法识别：USERPAYING" in broken.content.decode()
    assert send(wechat(DAY, _ROW), day=NOW.date()).status_code == 400
    assert send(b"PK\x03\x04 no workbook").status_code == 400
    page = send(wechat(DAY, _ROW)).content.decode()
    assert "4200001" in page
    assert "一致" in page
    assert "未作任何改动" in send(wechat(DAY, _ROW)).content.decode()
    assert "未联调" in client.get(address).content.decode()
    client.post(
        reverse("gateways:fee_rule"), {"provider": "wechat", "starts_on": "2026-01-01", "percent": "0.6"}
    )
    assert "0.6%" in client.get(address).content.decode()
