"""What an approval is worth: it holds for what was seen, by who may give it at that moment."""

from typing import Any

import pytest
from django.test import Client

from shop.buyers.services import remove_member
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.ordering.invoices import InvoiceWish
from shop.ordering.models import OrderRecord
from shop.procurement import services
from shop.procurement.approvals import bulk_quote
from shop.procurement.models import PayBy, PurchaseRequest
from tests.factories import RECIPIENT
from tests.factories.buyers import make_organisation
from tests.procurement.cast import Goods, Union, approve, make_goods, make_union, seen_of, submitted

pytestmark = [pytest.mark.django_db, pytest.mark.data]


def refused(call: Any, **fields: Any) -> str:
    with pytest.raises(ShopError) as error:
        call(**fields)
    return error.value.code


def resubmitted(request: PurchaseRequest, union: Union) -> None:
    """Hand a request over again that was opened and changed."""
    digest = bulk_quote(PurchaseRequest.objects.get(pk=request.pk)).digest
    services.submit_request(request_id=request.pk, digest=digest, actor_id=union.buyer.pk)


def change(request: PurchaseRequest, union: Union, goods: Goods, what: str) -> None:
    """Open a request, change one thing and hand it over again."""
    by: dict[str, Any] = {"request_id": request.pk, "actor_id": union.buyer.pk}
    services.reopen_request(**by)
    if what == "lines":
        services.save_quantities(quantities={goods.tea.pk: 21}, **by)
    elif what == "price":
        goods.tea.price_tiers.update(price_fen=9_400)
    elif what in ("call", "letter"):
        quote: dict[str, Any] = {
            "company": "某茶庄",
            "fen": 200_000,
            "quoted_on": clock.today(),
            "note": what,
        }
        services.write_quote(**quote, **by)
    else:
        street = RECIPIENT.street + "2 楼" if what == "recipient" else RECIPIENT.street
        to = type(RECIPIENT)(**{**vars(RECIPIENT), "street": street})
        message = "尽快" if what == "message" else ""
        wish = InvoiceWish("某某活动中心", "91330100799655058B", "") if what == "invoice" else None
        services.save_delivery(
            recipient=to,
            pay_by=PayBy(request.pay_by),
            message=message,
            purpose="春节慰问" if what == "purpose" else "中秋慰问",
            invoice=wish,
            **by,
        )
    resubmitted(request, union)


SHOWN = ["lines", "price", "recipient", "purpose", "message", "invoice"]


@pytest.mark.parametrize("what", SHOWN)
def test_what_was_changed_after_it_was_seen_is_not_approved(what: str) -> None:
    union, goods = make_union(), make_goods()
    request = submitted(union, goods, tea=20)
    yes: dict[str, Any] = {"request_id": request.pk, "seen": seen_of(request), "actor_id": union.approver.pk}
    change(request, union, goods, what)
    assert refused(services.approve_request, **yes) == "changed_since_seen"
    request.refresh_from_db()
    assert (request.state, request.decided_by, OrderRecord.objects.count()) == ("submitted", None, 0)
    assert approve(request, union.approver).record is not None


def test_what_a_written_quote_says_is_seen_too() -> None:
    union, goods = make_union(), make_goods()
    request = submitted(union, goods, tea=20)
    change(request, union, goods, "call")
    yes: dict[str, Any] = {"request_id": request.pk, "seen": seen_of(request), "actor_id": union.approver.pk}
    change(request, union, goods, "letter")
    assert refused(services.approve_request, **yes) == "changed_since_seen"
    assert approve(request, union.approver).record is not None


def test_a_request_handed_over_again_as_it_was_is_the_same_content() -> None:
    union, goods = make_union(), make_goods()
    request = submitted(union, goods, tea=20)
    change(request, union, goods, "nothing")
    seen = seen_of(request)
    change(request, union, goods, "nothing")
    assert seen_of(request) == seen


def test_an_open_page_tells_the_approver_that_the_request_was_changed() -> None:
    union, goods = make_union(), make_goods()
    request = submitted(union, goods, tea=20)
    client, page = Client(), f"/unit/requests/{request.number}/"
    client.force_login(union.approver)
    seen = client.get(page).context["seen"]
    change(request, union, goods, "lines")
    answer = client.post(f"{page}decide/", {"decision": "approve", "seen": seen}, follow=True)
    assert "请重新看过再通过" in answer.content.decode()
    assert not OrderRecord.objects.exists()
    client.post(f"{page}decide/", {"decision": "approve", "seen": client.get(page).context["seen"]})
    assert OrderRecord.objects.get().shares.get().units == 21


def test_a_removed_approver_with_an_open_page_finds_nothing_and_writes_nothing() -> None:
    union, goods = make_union(), make_goods()
    # Still an approver somewhere else: it is not the login that keeps them out.
    make_organisation(code="un-002", name="另一工会", approver=union.approver)
    request = submitted(union, goods, tea=20)
    client, page = Client(), f"/unit/requests/{request.number}/"
    client.force_login(union.approver)
    yes = {"decision": "approve", "seen": client.get(page).context["seen"]}
    remove_member(organisation_id=union.unit.pk, user_id=union.approver.pk, role="approver", actor_id=None)
    # The removal has ended the session, so that the open page leads to the login first.
    assert client.post(f"{page}decide/", yes).status_code == 302
    union.approver.refresh_from_db()
    client.force_login(union.approver)
    for decision in ("approve", "reject"):
        answer = client.post(f"{page}decide/", yes | {"decision": decision, "note": "不"})
        assert answer.status_code == 404
    request.refresh_from_db()
    assert (request.state, request.decided_by, OrderRecord.objects.count()) == ("submitted", None, 0)
