"""The money desk's pages of bank statements, as two people use them."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from shop.accounts.models import User
from shop.core import clock
from shop.gateways.bank_models import BankAccount, Difference, StatementFile, StatementLine
from tests.factories import Cast, make_cast
from tests.gateways.bank import COLUMNS, bring, came, csv_of, left, make_account
from tests.gateways.cast import DUE, states, transfer_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def send(client: Client, raw: bytes, name: str = "十一月.csv") -> HttpResponse:
    data = {"account": make_account().pk, "file": SimpleUploadedFile(name, raw)}
    return client.post(reverse("gateways:statements"), data, follow=True)  # type: ignore[return-value]


def text(answer: HttpResponse) -> str:
    return answer.content.decode()


def test_a_statement_is_uploaded_by_one_and_confirmed_by_another(cast: Cast) -> None:
    record, attempt = transfer_order()
    one, other = as_(cast.finance), as_(cast.second_finance)
    preview = text(send(one, csv_of(came("S1", "200.00", f"货款{attempt.reference}"))))
    assert record.number in preview
    assert "待第二人确认" in preview
    file = StatementFile.objects.get()
    confirm = reverse("gateways:statement_confirm", args=[file.pk])
    assert confirm not in preview
    one.post(confirm)
    assert states(record)[0] == "unpaid"
    assert confirm in text(other.get(reverse("gateways:statement", args=[file.pk])))  # type: ignore[arg-type]
    assert "已录入 1 条新流水" in text(other.post(confirm, follow=True))  # type: ignore[arg-type]
    assert states(record) == ("paid", "released", DUE, "")
    again = text(send(one, csv_of(came("S1", "200.00", f"货款{attempt.reference}"))))
    assert "此文件已导入过，未作任何改动" in again
    assert StatementLine.objects.count() == 1


def test_bad_rows_are_named_on_the_page_and_cannot_be_confirmed(cast: Cast) -> None:
    page = text(send(as_(cast.finance), csv_of(came("S1", "五元"), came("S2", "5.00"))))
    assert "不是金额：五元" in page
    assert "贷方金额" in page
    as_(cast.staff).post(reverse("gateways:statement_confirm", args=[StatementFile.objects.get().pk]))
    assert not StatementLine.objects.exists()


@pytest.mark.parametrize(
    ("raw", "said"), [(b"<html>", "这是网页"), (b"a,b\n1,2\n", "交易日期"), (b"\xd0\xcf\x11\xe0", ".xls")]
)
def test_what_is_no_statement_is_refused_at_the_field(cast: Cast, raw: bytes, said: str) -> None:
    answer = send(as_(cast.finance), raw)
    assert (answer.status_code, StatementFile.objects.count()) == (400, 0)
    assert said in text(answer)


def test_an_account_and_its_columns_are_entered_once(cast: Cast) -> None:
    client, address = as_(cast.finance), reverse("gateways:bank_account_new")
    data = {"name": "远山集", "number": "5719 0001", "bank": "示例银行", **COLUMNS}
    assert client.post(address, data).status_code == 302
    account = BankAccount.objects.get()
    assert (account.number, account.mapping.purpose, account.demo) == ("57190001", "摘要", True)
    assert "已有此账号" in text(client.post(address, data))  # type: ignore[arg-type]
    wrong = data | {"amount": "发生额"}
    page = client.post(reverse("gateways:bank_account", args=[account.pk]), wrong)
    assert page.status_code == 400
    assert BankAccount.objects.get().mapping.amount == ""


def test_lines_are_found_by_what_became_of_them(cast: Cast) -> None:
    record, attempt = transfer_order()
    bring(
        cast,
        came("S1", "200.00", attempt.reference),
        came("S2", "7.00", "坚果", payer="某公司"),
        left("S3", "3.00", "手续费"),
    )
    client, address = as_(cast.finance), reverse("gateways:statement_lines")

    def serials(**query: Any) -> list[str]:
        page = client.get(address, query).context["page_obj"]
        return [line.serial for line in page]

    assert serials() == ["S3", "S2", "S1"]
    assert (serials(state="matched"), serials(state="unapplied"), serials(state="difference")) == (
        ["S1"],
        ["S2"],
        ["S3"],
    )
    assert (serials(direction="out"), serials(query="坚果"), serials(query="某公司")) == (
        ["S3"],
        ["S2"],
        ["S2"],
    )
    assert (
        serials(since=clock.today()),
        serials(until="2020-01-01"),
        serials(since="yesterday", state="x"),
    ) == (
        ["S3", "S2", "S1"],
        [],
        ["S3", "S2", "S1"],
    )
    assert record.number in text(client.get(address))  # type: ignore[arg-type]


def test_a_difference_is_handed_over_proposed_approved_and_resolved(cast: Cast) -> None:
    record, _attempt = transfer_order()
    [line, _fee] = bring(cast, came("S1", "200.00", "忘写码"), left("S2", "3.00", "手续费"))
    money, fee = Difference.objects.order_by("pk")
    one, other, address = as_(cast.finance), as_(cast.staff), reverse("gateways:differences")
    page = text(one.get(address))  # type: ignore[arg-type]
    assert "未对应订单的款项" in page
    assert f"负责人：{cast.second_finance}" in page
    one.post(reverse("gateways:difference_assign", args=[money.pk]), {"owner": cast.staff.pk})
    assert [row.pk for row in other.get(address, {"mine": 1}).context["page_obj"]] == [money.pk]
    one.post(reverse("gateways:assignment_propose", args=[line.payment_id]), {"order_number": record.number})
    assignment = other.get(address).context["assignments"][0]
    other.post(reverse("gateways:assignment_approve", args=[assignment.pk]))
    assert states(record)[0] == "paid"
    one.post(reverse("gateways:difference_resolve", args=[fee.pk]), {"note": "银行手续费"})
    assert "账实相符" in text(one.get(address))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["statements", "statement_lines", "differences", "refund_queue"])
def test_pages_ask_as_often_for_many_rows_as_for_one(cast: Cast, name: str) -> None:
    client, counts, made = as_(cast.finance), [], 0
    for rows in (1, 12, 40):
        bring(cast, *(came(f"S{n}", "7.00", "?") for n in range(made, rows)))
        made = rows
        client.get(reverse(f"gateways:{name}"))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse(f"gateways:{name}"))
        counts.append(len(queries))
    assert len(set(counts)) == 1, counts
    assert counts[0] <= 15
