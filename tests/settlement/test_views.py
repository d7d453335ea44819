"""The pages: a supplier sees its own and nothing else, staff act by two, the auditor reads."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse

from shop.accounts.models import User
from shop.journal.models import JournalEntry
from shop.settlement import services
from shop.settlement.models import CommissionRate, PayeeAccount, PayoutItem, PayoutList, SettlementRule
from tests.factories import Cast, make_cast
from tests.ledger.story import Story, share
from tests.settlement.cast import (
    CODE,
    NUMBER,
    OCTOBER,
    TELLER,
    account,
    approved_list,
    assert_settled,
    in_november,
    received,
    sale,
    seller,
    tell,
    verified,
)

pytestmark = pytest.mark.django_db

JUNK = ("", "-1", "abc", "9" * 31, "²", "NaN", "1e400", "9999-12-31", "0001-01-01", "长" * 2000)


@pytest.fixture(autouse=True)
def november() -> Iterator[None]:
    with in_november():
        yield


@pytest.fixture
def cast() -> Cast:
    other = seller("LQ-02")
    found = make_cast(supplier=seller(), other_supplier=other)
    received(sale())
    story = Story([share(5, 7_777, 1, supplier="LQ-02", product_name="翠冠梨")], number="YS5", post=tell)
    received(story.place().pay(), units=1)
    services.draw_statements(through=OCTOBER, demo=True, actor_id=TELLER)
    return found


def as_user(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(user: User, name: str, *args: str) -> str:
    answer = as_user(user).get(reverse(name, args=args))
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_supplier_sees_what_it_is_owed_and_nothing_of_another(cast: Cast) -> None:
    verified(seller())
    approved_list()
    shown = page(cast.supplier_user, "settlement:own")
    assert "108.00" in shown and "**** 1234" in shown
    assert "77.77" not in shown and NUMBER not in shown
    own = page(cast.supplier_user, "settlement:own_statement", f"DJS20261031-{CODE}")
    assert "YS1" in own and "木门绿茶" in own and "翠冠梨" not in own
    for name in ("settlement:own_statement", "settlement:own_statement_pdf"):
        answer = as_user(cast.supplier_user).get(reverse(name, args=["DJS20261031-LQ-02"]))
        assert answer.status_code == 404


def test_a_supplier_enters_its_account_and_staff_verify_it(cast: Cast) -> None:
    fields = {"holder": "木门茶业", "bank": "示例银行", "number": "6222 0200-0000 0001 234"}
    answer = as_user(cast.supplier_user).post(reverse("settlement:own"), fields)
    assert answer.status_code == 302
    waiting = PayeeAccount.objects.get()
    assert (waiting.state, waiting.number, waiting.proposed_by) == ("proposed", NUMBER, cast.supplier_user.pk)
    assert NUMBER in page(cast.finance, "settlement:supplier", CODE)
    as_user(cast.finance).post(
        reverse("settlement:supplier", args=[CODE]), {"act": "verify", "pk": waiting.pk}
    )
    assert PayeeAccount.objects.get().state == "verified"
    wrong = as_user(cast.supplier_user).post(reverse("settlement:own"), fields | {"number": "12"})
    assert wrong.status_code == 422
    assert PayeeAccount.objects.count() == 1


def test_the_way_of_a_list_through_the_pages(cast: Cast) -> None:
    verified(seller())
    one, other = as_user(cast.finance), as_user(cast.second_finance)
    one.post(reverse("settlement:payout_lists"), {"note": "十月"})
    made = PayoutList.objects.get()
    address = reverse("settlement:payout_list", args=[made.number])
    assert "未填写收款账户" in one.get(address).content.decode()
    one.post(address, {"act": "approve"})
    assert account() == {"collected": 10_800, "payable": 10_800}
    assert one.get(reverse("settlement:bank_file", args=[made.number, "csv"])).status_code == 404
    other.post(address, {"act": "approve"})
    assert account() == {"collected": 10_800, "listed": 10_800}
    answer = other.get(reverse("settlement:bank_file", args=[made.number, "csv"]))
    assert NUMBER in answer.content.decode()
    taken = JournalEntry.objects.get(action="payout_list.file_taken")
    assert (taken.actor_id, taken.object_key) == (cast.second_finance.pk, made.number)
    item = PayoutItem.objects.get(state="listed")
    one.post(address, {"act": "serial", "pk": item.pk, "bank_serial": "B1"})
    one.post(address, {"act": "ask_release", "pk": item.pk, "reason": "退票"})
    one.post(address, {"act": "release", "pk": item.pk})
    assert PayoutItem.objects.get(pk=item.pk).state == "listed"
    other.post(address, {"act": "release", "pk": item.pk})
    assert account() == {"collected": 10_800, "payable": 10_800}
    assert_settled()


def test_terms_are_proposed_approved_and_set_on_their_page(cast: Cast) -> None:
    one, other, address = as_user(cast.finance), as_user(cast.second_finance), reverse("settlement:terms")
    rate = {"act": "propose", "supplier": CODE, "category": "", "rate": "2.5", "reason": "合同"}
    assert one.post(address, rate | {"starts_on": "2026-11-05"}).status_code == 422
    assert one.post(address, rate | {"starts_on": "2026-12-01"}).status_code == 302
    found = CommissionRate.objects.get()
    one.post(address, {"act": "approve", "pk": found.pk})
    assert CommissionRate.objects.get().state == "proposed"
    other.post(address, {"act": "approve", "pk": found.pk})
    assert CommissionRate.objects.get().state == "approved"
    assert ">2.5<" in one.get(address).content.decode()
    rule = {
        "act": "rule",
        "starts_on": "2026-12-01",
        "cycle": "half_month",
        "third_person": "on",
        "reason": "内控",
    }
    assert one.post(address, rule).status_code == 302
    assert SettlementRule.objects.get().third_person


def test_the_auditor_reads_everything_and_changes_nothing(cast: Cast) -> None:
    verified(seller())
    made = approved_list()
    shown = page(cast.auditor, "settlement:payout_list", made.number)
    assert "108.00" in shown and 'method="post" class="flex' not in shown
    auditor = as_user(cast.auditor)
    for name, args in (
        ("settlement:payout_list", [made.number]),
        ("settlement:payout_lists", []),
        ("settlement:supplier", [CODE]),
        ("settlement:terms", []),
        ("settlement:draw", []),
    ):
        assert auditor.post(reverse(name, args=args), {"act": "withdraw", "pk": "1"}).status_code == 404
    assert auditor.get(reverse("settlement:bank_file", args=[made.number, "xlsx"])).status_code == 404


def test_junk_behind_every_button_is_refused(cast: Cast) -> None:
    verified(seller())
    made = approved_list()
    client = as_user(cast.finance)
    places = {
        reverse("settlement:terms"): ("propose", "rule", "approve", "withdraw", "x"),
        reverse("settlement:supplier", args=[CODE]): ("enter", "verify", "refuse", "x"),
        reverse("settlement:payout_list", args=[made.number]): (
            "check",
            "serial",
            "ask_release",
            "release",
            "x",
        ),
        reverse("settlement:own"): ("",),
    }
    names = (
        *("pk", "rate", "starts_on", "cycle", "supplier", "category", "reason", "third_person"),
        *("holder", "bank", "number", "bank_serial"),
    )
    for address, acts in places.items():
        for act in acts:
            for junk in JUNK:
                answer = client.post(address, dict.fromkeys(names, junk) | {"act": act})
                assert answer.status_code < 500, (address, act, junk)
    assert not CommissionRate.objects.exists() and not SettlementRule.objects.exists()
    assert account() == {"collected": 10_800, "listed": 10_800}


def test_the_statement_is_printed_in_chinese_for_either_reader(cast: Cast) -> None:
    client = as_user(cast.supplier_user)
    address = reverse("settlement:own_statement_pdf", args=[f"DJS20261031-{CODE}"])
    chinese, english = (
        client.get(address, headers={"accept-language": language}).content for language in ("zh-hans", "en")
    )
    assert chinese == english
    assert chinese.startswith(b"%PDF-")
