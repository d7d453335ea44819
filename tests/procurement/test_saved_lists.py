"""Buying again: kept lists and orders of before land in the same preview as a file."""

from typing import Any

import pytest
from django.test import Client

from shop.accounts.scope import Scope
from shop.listings.models import Listing
from shop.procurement import saved, services
from shop.procurement.drafts import lines_of, rows_of
from shop.procurement.exceptions import ProcurementError
from shop.procurement.models import PurchaseRequest, UploadFile
from shop.procurement.saved_models import SavedList
from tests.procurement.cast import Goods, Union, approved, draft, make_goods, make_union

pytestmark = [pytest.mark.django_db, pytest.mark.data]


def as_(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def scope(*units: str) -> Scope:
    return Scope(everything=False, organisations=frozenset(units))


@pytest.fixture
def union() -> Union:
    return make_union()


@pytest.fixture
def goods() -> Goods:
    return make_goods()


def kept(union: Union, goods: Goods) -> SavedList:
    request = draft(union, goods, tea=20, pears=3)
    return services.keep_list(request_id=request.pk, name=" 中秋  慰问 ", actor_id=union.buyer.pk)


def test_a_list_is_kept_used_and_deleted_through_pages(union: Union, goods: Goods) -> None:
    buyer = as_(union.buyer)
    page = f"/unit/requests/{draft(union, goods, tea=20, pears=3).number}/"
    buyer.post(f"{page}keep/", {"name": " "})
    assert not SavedList.objects.exists()
    buyer.post(f"{page}keep/", {"name": "中秋慰问"})
    saved_list = SavedList.objects.get()
    assert saved_list.rows == [["WC-TEA-001", 20], ["LQ-FRT-001", 3]]
    assert "中秋慰问" in buyer.get("/unit/lists/").content.decode()
    assert PurchaseRequest.objects.count() == 1
    preview = buyer.post(f"/unit/lists/{saved_list.pk}/use/")["Location"]
    shown = buyer.get(preview)
    assert (shown.context["good_rows"], shown.context["goods_fen"]) == (2, 196_000)
    new = PurchaseRequest.objects.latest("pk")
    assert lines_of(new) == {}
    buyer.post(f"{preview}confirm/", {"seen": shown.context["digest"]})
    assert lines_of(new) == {goods.tea.pk: 20, goods.pears.pk: 3}
    # The same list into the same draft again doubles nothing.
    preview = buyer.post(f"/unit/lists/{saved_list.pk}/use/", {"into": new.number})["Location"]
    buyer.post(f"{preview}confirm/", {"seen": buyer.get(preview).context["digest"]})
    assert lines_of(new) == {goods.tea.pk: 20, goods.pears.pk: 3}
    buyer.post(f"/unit/lists/{saved_list.pk}/drop/")
    assert not SavedList.objects.exists()


def test_the_same_name_takes_the_place_of_the_list(union: Union, goods: Goods) -> None:
    first = kept(union, goods)
    assert first.name == "中秋 慰问"
    request = draft(union, goods, tea=5)
    again = services.keep_list(request_id=request.pk, name="中秋 慰问", actor_id=union.second.pk)
    assert (again.pk, again.rows, again.made_by) == (first.pk, [["WC-TEA-001", 5]], union.second.pk)
    assert SavedList.objects.count() == 1


def test_what_cannot_be_bought_any_more_is_named_in_the_preview(union: Union, goods: Goods) -> None:
    record = approved(union, goods, tea=20, pears=2)
    Listing.objects.filter(product=goods.pears).update(state="withdrawn")
    buyer = as_(union.buyer)
    preview = buyer.post(f"/unit/orders/{record.number}/reorder/")["Location"]
    shown = buyer.get(preview)
    assert (shown.context["good_kinds"], shown.context["bad_count"]) == (1, 1)
    assert "“翠冠梨”目前不在售。" in shown.content.decode()
    upload = UploadFile.objects.get()
    assert [(row.sku, row.quantity) for row in rows_of(upload)] == [("WC-TEA-001", "20"), ("LQ-FRT-001", "2")]
    assert upload.request.purpose == "中秋慰问"
    assert lines_of(upload.request) == {}


def test_lists_and_orders_of_another_unit_are_not_there(union: Union, goods: Goods) -> None:
    other = make_union(code="un-002", first_phone=60)
    mine, record = kept(union, goods), approved(union, goods, tea=1)
    stranger = as_(other.second)
    for path in (
        f"/unit/lists/{mine.pk}/use/",
        f"/unit/lists/{mine.pk}/drop/",
        f"/unit/orders/{record.number}/reorder/",
        f"/unit/requests/{record.purchase_request.number}/keep/",
    ):
        assert stranger.post(path, {"name": "x"}).status_code == 404, path
    assert "中秋 慰问" not in stranger.get("/unit/lists/").content.decode()
    with pytest.raises(SavedList.DoesNotExist):
        services.use_list(scope=scope("un-002"), list_id=mine.pk, actor_id=other.buyer.pk)
    theirs = draft(other, goods, tea=1)
    with pytest.raises(ProcurementError) as error:
        services.use_list(
            scope=scope("un-001"), list_id=mine.pk, request_id=theirs.pk, actor_id=union.buyer.pk
        )
    assert error.value.code == "not_a_member"
    assert SavedList.objects.count() == 1


def test_an_approver_keeps_no_list_and_there_is_an_end_to_them(
    union: Union, goods: Goods, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = draft(union, goods, tea=1)
    for actor, name, code in (
        (union.approver, "a", "not_a_member"),
        (union.buyer, "", "name"),
    ):
        with pytest.raises(ProcurementError) as error:
            services.keep_list(request_id=request.pk, name=name, actor_id=actor.pk)
        assert error.value.code == code
    monkeypatch.setattr(saved, "MOST_LISTS", 1)
    services.keep_list(request_id=request.pk, name="a", actor_id=union.buyer.pk)
    services.keep_list(request_id=request.pk, name="a", actor_id=union.buyer.pk)
    with pytest.raises(ProcurementError) as error:
        services.keep_list(request_id=request.pk, name="b", actor_id=union.buyer.pk)
    assert error.value.code == "too_many"
    empty = services.create_request(organisation_id=union.unit.pk, actor_id=union.buyer.pk)
    with pytest.raises(ProcurementError) as error:
        services.keep_list(request_id=empty.pk, name="a", actor_id=union.buyer.pk)
    assert error.value.code == "nothing"


def test_the_page_of_lists_asks_as_often_for_many_as_for_one(
    union: Union, goods: Goods, django_assert_num_queries: Any
) -> None:
    client = as_(union.buyer)
    kept(union, goods)
    client.get("/unit/lists/")
    with django_assert_num_queries(7) as few:
        client.get("/unit/lists/")
    for number in range(15):
        request = draft(union, goods, tea=1)
        services.keep_list(request_id=request.pk, name=f"清单{number}", actor_id=union.buyer.pk)
    with django_assert_num_queries(len(few.captured_queries)):
        assert len(client.get("/unit/lists/").context["rows"]) == 16
