"""The staff's pages of applications, suppliers and origin claims."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from shop.core import clock
from shop.gateways.services import cut_suspended_goods
from shop.listings.models import ClaimDecision, ClaimState, ProductOrigin
from shop.ordering.models import OrderRecord
from shop.ordering.services import stop_cut
from shop.ordering.status import CutTrouble
from shop.suppliers.admission_models import ApplicationState, SupplierApplication
from shop.suppliers.models import Supplier, SupplierState
from tests.factories import make_product, make_supplier, place, place_paid
from tests.fulfilment.cast import open_supplier_orders
from tests.suppliers import cast
from tests.suppliers.cast import People, held, paper
from tests.worker import drain

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> People:
    return cast.make_people()


def client_of(user: object) -> Client:
    client = Client()
    client.force_login(user)  # type: ignore[arg-type]
    return client


def test_the_county_recommends_and_the_district_admits(people: People) -> None:
    application = cast.submitted(people)
    url = reverse("operations:application", args=[application.number])
    county, district = client_of(people.liaison), client_of(people.staff)
    assert client_of(people.other_liaison).get(url).status_code == 404
    assert client_of(people.other_liaison).post(url, {"act": "recommend"}).status_code == 404
    assert [page.context["at_county"] for page in (county.get(url), district.get(url))] == [True, False]
    county.post(url, {"act": "recommend", "reason": "属实"})
    assert [page.context["at_district"] for page in (county.get(url), district.get(url))] == [False, True]
    # The county checks no papers.
    document = application.documents.first()
    assert document is not None
    assert county.post(url, {"act": "verify_paper", "pk": document.pk}).status_code == 404
    refused = district.post(url, {"act": "admit"}, follow=True)
    assert not Supplier.objects.exists()
    assert "尚未核对" in refused.content.decode()
    for document in application.documents.all():
        district.post(url, {"act": "verify_paper", "pk": document.pk})
    district.post(url, {"act": "admit"})
    supplier = Supplier.objects.get()
    assert SupplierApplication.objects.get().state == ApplicationState.ADMITTED
    page = district.get(url)
    assert [event["title"] for event in page.context["events"]][:2] == [
        "区级审核通过，准予入驻",
        "县级已推荐",
    ]
    assert str(people.liaison) in page.context["events"][1]["detail"]
    listed = district.get(reverse("operations:applications") + "?tab=admitted").context["page_obj"]
    assert [one.supplier for one in listed] == [supplier]
    assert district.post(url, {"act": "nothing"}).status_code == 404


def test_suppliers_are_found_by_what_they_need(people: People) -> None:
    first, second = make_supplier(code="wc-1", name_zh="一号"), make_supplier(code="wc-2", name_zh="二号")
    held(first, days=300)
    waiting = held(second, days=300)
    type(waiting).objects.filter(pk=waiting.pk).update(state="uploaded", checked_by=None, checked_at=None)
    staff = client_of(people.staff)

    def codes(query: str) -> list[str]:
        page = staff.get(reverse("operations:suppliers") + query).context["page_obj"]
        return [supplier.code for supplier in page]

    assert codes("") == ["wc-1", "wc-2"]
    assert codes("?tab=to_check") == ["wc-2"]
    assert codes("?q=一号") == ["wc-1"]
    assert codes("?tab=suspended") == []
    url = reverse("operations:supplier", args=["wc-2"])
    staff.post(url, {"act": "refuse_paper", "pk": waiting.pk, "reason": "已过期"})
    waiting.refresh_from_db()
    assert (waiting.state, waiting.refusal) == ("refused", "已过期")
    # A paper of another supplier is nothing on this page.
    other = first.documents.get()
    assert staff.post(url, {"act": "verify_paper", "pk": other.pk}).status_code == 404


def test_a_suspension_shows_what_became_of_every_open_order(people: People) -> None:
    supplier = make_supplier(code="wc-1")
    tea = make_product(supplier=supplier, stock=9)
    unpaid, paid = place(lines=[(tea, 1)]), place_paid(lines=[(tea, 1)])
    open_supplier_orders(paid)
    staff = client_of(people.staff)
    url = reverse("operations:supplier", args=["wc-1"])
    before = staff.get(url).context
    assert (before["unpaid_count"], before["unshipped_count"], before["suspension"]) == (1, 1, None)
    staff.post(url, {"act": "suspend", "reason": " "})
    supplier.refresh_from_db()
    assert supplier.state == SupplierState.ADMITTED
    staff.post(url, {"act": "suspend", "reason": "抽检不合格", "unpaid_orders": "close"})
    drain(failures_expected=True)
    page = staff.get(url).context
    assert [order.number for order in page["closed"]] == [unpaid.number]
    assert [order.record.number for order in page["held"]] == [paid.number]
    held_order = page["held"][0]
    staff.post(url, {"act": "ship_anyway", "pk": held_order.pk, "reason": "已打包"})
    page = staff.get(url).context
    assert ([order.pk for order in page["let_go"]], page["held_count"]) == ([held_order.pk], 0)
    staff.post(url, {"act": "lift", "reason": "复检合格"})
    supplier.refresh_from_db()
    assert (supplier.state, OrderRecord.objects.get(pk=unpaid.pk).payment_state) == (
        SupplierState.ADMITTED,
        "closing",
    )
    assert [one.lift_reason for one in staff.get(url).context["suspensions"]] == ["复检合格"]


def test_a_claim_is_verified_with_a_proof_and_rejected_with_a_reason(people: People) -> None:
    supplier = make_supplier(code="wc-1")
    make_product(supplier=supplier, claim_state=ClaimState.PENDING)
    proof = held(supplier, "origin_proof", days=90)
    origin = ProductOrigin.objects.get()
    staff = client_of(people.staff)
    claims, url = reverse("operations:claims"), reverse("operations:claim", args=[origin.pk])
    assert [claim.pk for claim in staff.get(claims).context["page_obj"]] == [origin.pk]
    today = clock.today()
    days = {"act": "verify", "valid_from": str(today), "valid_until": str(today + dt.timedelta(days=90))}
    without = staff.post(url, days)
    assert (without.status_code, "file" in without.context["verify_form"].errors) == (422, True)
    wrong = staff.post(url, {**days, "document": "999"})
    assert (wrong.status_code, "document" in wrong.context["verify_form"].errors) == (422, True)
    assert not ClaimDecision.objects.exists()
    staff.post(url, {**days, "document": proof.pk})
    staff.post(url, {**days, "file": paper()})
    origin.refresh_from_db()
    assert (origin.claim_state, origin.valid_until) == (ClaimState.VERIFIED, today + dt.timedelta(days=90))
    assert staff.get(claims).context["page_obj"].paginator.count == 0
    assert staff.post(url, {"act": "reject", "reason": ""}).status_code == 422
    staff.post(url, {"act": "reject", "reason": "证明被撤销"})
    page = staff.get(url)
    assert [decision.state for decision, _file in page.context["decisions"]] == [
        "rejected",
        "verified",
        "verified",
    ]
    assert staff.post(url, {"act": "nothing"}).status_code == 404
    assert client_of(people.liaison).get(url).status_code == 404


def test_staff_decide_about_an_order_whose_goods_could_not_be_taken_off(people: People) -> None:
    own, other = make_supplier(code="wc-1"), make_supplier(code="wc-2")
    tea = make_product(supplier=own, sku="tea", price_fen=10_000, stock=9)
    pears = make_product(supplier=other, sku="pears", price_fen=5_000, stock=9)
    cut, left, off = (place(lines=[(tea, 1), (pears, 1)]) for _ in range(3))
    staff = client_of(people.staff)
    url = reverse("operations:supplier", args=["wc-1"])
    staff.post(url, {"act": "suspend", "reason": "抽检不合格", "unpaid_orders": "close"})
    drain()
    for record in (cut, left):
        stop_cut(cut_id=record.supplier_cuts.get().pk, trouble=CutTrouble.PROVIDER)
    cut_suspended_goods()
    page = staff.get(url)
    assert [order.number for order in page.context["reduced"]] == [off.number]
    assert [one.record for one in page.context["stuck"]] == [cut, left]
    assert "付款已开始，暂时无法终止" in page.content.decode()
    staff.post(url, {"act": "leave", "pk": left.supplier_cuts.get().pk, "reason": ""})
    assert left.supplier_cuts.get().state == "stuck"
    staff.post(url, {"act": "leave", "pk": left.supplier_cuts.get().pk, "reason": "买家愿意等"})
    staff.post(url, {"act": "cut_now", "pk": cut.supplier_cuts.get().pk})
    assert [record.supplier_cuts.get().state for record in (cut, left)] == ["cut", "left"]
    assert [OrderRecord.objects.get(pk=record.pk).due_fen for record in (cut, left)] == [5_000, 15_000]
    assert not staff.get(url).context["stuck"]
    # What is decided, and what another supplier's page shows, is nothing on this page.
    assert staff.post(url, {"act": "cut_now", "pk": cut.supplier_cuts.get().pk}).status_code == 404


def test_staff_upload_a_paper_for_a_supplier(people: People) -> None:
    supplier = make_supplier(code="wc-1")
    staff = client_of(people.staff)
    url = reverse("operations:supplier_paper", args=["wc-1"])
    sent = {
        "kind": "food_licence",
        "number": "JY15108210009",
        "expires_on": f"{clock.today() + dt.timedelta(days=300)}",
        "reason": "合作社邮寄",
    }
    refused = staff.post(url, sent | {"file": paper(), "reason": ""})
    assert (refused.status_code, supplier.documents.count()) == (422, 0)
    assert staff.post(url, sent).status_code == 422
    answer = staff.post(url, sent | {"file": paper()}, follow=True)
    document = supplier.documents.get()
    assert (document.on_behalf, document.uploaded_by, document.number) == (
        True,
        people.staff.pk,
        "JY15108210009",
    )
    assert "由商城代供应商上传" in answer.content.decode()
    assert staff.post(reverse("operations:supplier_paper", args=["nobody"]), sent).status_code == 404
