"""The paper that people sign, in parts, and what is noted off it by those who may."""

from typing import Any

import pytest
from django.test import Client

from shop.core import pdf
from shop.core.exceptions import ShopError
from shop.journal.models import JournalEntry
from shop.procurement import services, sign_off_pdf
from shop.procurement.models import PurchaseRequest
from shop.procurement.roster_models import RosterPerson
from tests.factories import make_user
from tests.procurement.cast import Goods, Union, make_union
from tests.procurement.people import FOUR, goods_to_many, ordered, prepared

pytestmark = [pytest.mark.django_db, pytest.mark.data]


@pytest.fixture
def union() -> Union:
    return make_union()


@pytest.fixture
def goods() -> Goods:
    return goods_to_many()


def as_(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_the_paper_names_everybody_with_their_sets_and_no_whole_number(
    union: Union, goods: Goods, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = prepared(union, goods, FOUR)
    printed: list[str] = []
    real_text = pdf.printable

    def keep(document: Any, text: str) -> str:
        printed.append(real_text(document, text))
        return printed[-1]

    monkeypatch.setattr(sign_off_pdf, "printable", keep)
    page = f"/unit/orders/{record.number}/sign-off/1.pdf"
    answer = as_(union.approver).get(page)
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("application/pdf", "private, no-store")
    assert answer.content.startswith(b"%PDF-")
    assert "每份：黄茶 × 4" in printed
    first = printed.index("张三")
    assert printed[first - 1 : first + 5] == ["1", "张三", "", "138****0011", "1", ""]
    assert {"李四", "王五", "赵六", "财务部"} <= set(printed)
    assert not any("13800000011" in text for text in printed)
    assert as_(union.approver).get(page.replace("1.pdf", "2.pdf")).status_code == 404
    assert as_(make_user(phone="+8613900000099")).get(page).status_code == 404


def test_signatures_are_noted_page_by_page_and_taken_back(union: Union, goods: Goods) -> None:
    record = prepared(union, goods, FOUR)
    client, page = as_(union.buyer), f"/unit/orders/{record.number}/sign-off/"
    client.post(page, {"signed_1": "1", "signed_3": "1", "signed_99": "1"})
    signed = RosterPerson.objects.exclude(signed_on=None).order_by("number")
    assert list(signed.values_list("number", "signed_noted_by")) == [(1, union.buyer.pk), (3, union.buyer.pk)]
    assert client.get(page).context["signed"] == 2
    client.post(page, {"signed_3": "1"})
    assert list(signed.values_list("number", flat=True)) == [3]
    entry = JournalEntry.objects.filter(action="request.signatures_noted").latest("pk")
    assert "张三" not in str(entry.__dict__)


def test_who_may_not_and_before_anything_is_handed_out(union: Union, goods: Goods) -> None:
    record = ordered(union, goods, FOUR)
    for actor, code in ((union.buyer, "not_released"), (union.approver, "not_a_member")):
        with pytest.raises(ShopError) as refused:
            services.note_signatures(record_id=record.pk, shown=[1], signed=[1], actor_id=actor.pk)
        assert refused.value.code == code
    assert not RosterPerson.objects.exclude(signed_on=None).exists()
    assert PurchaseRequest.objects.get().state == "placed"
