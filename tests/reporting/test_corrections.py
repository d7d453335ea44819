"""The pages of corrections, evidence and numbers that are claimed twice."""

import pytest
from django.test import Client
from django.urls import reverse

from shop.ledger.fact_models import Correction, EvidenceFact, KeyCollision, KeyKind
from shop.ledger.register import claim_key
from tests.factories.people import Cast
from tests.files.uploads import photo
from tests.ledger.story import Story

pytestmark = pytest.mark.django_db

NEW = reverse("reporting:correction_new")
KEEP = dict.fromkeys(("region", "programme", "buyer_kind", "credited_organisation", "mode", "channel"), "=")


def words(**changes: object) -> dict[str, object]:
    return (
        KEEP
        | {"source": "share:1", "mode": "direct", "reason": "audit", "note": "区属单位付款"}
        | {"attachment": photo()}
        | changes
    )


def test_a_correction_goes_from_one_person_to_another(sales: Story, cast: Cast, client: Client) -> None:
    client.force_login(cast.finance)
    assert "木门绿茶" in client.get(NEW, {"order": sales.number}).content.decode()
    address = f"{NEW}?order={sales.number}"
    answer = client.post(address, words(attachment=""))
    assert answer.status_code == 422
    assert "更正必须附上证明材料" in answer.content.decode()
    assert client.post(address, words(mode="=")).status_code == 422
    assert not Correction.objects.exists()
    assert client.post(address, words()).status_code == 302
    correction = Correction.objects.get()
    assert (correction.facts, correction.requested_by) == ({"mode": "direct"}, cast.finance.pk)

    page = reverse("reporting:correction", args=[correction.number])
    decide = reverse("reporting:correction_decide", args=[correction.number])
    assert 'value="approve"' not in client.get(page).content.decode()
    answer = client.post(decide, {"act": "approve", "note": ""})
    assert answer.status_code == 422
    assert "申请人不能审批自己的更正" in answer.content.decode()
    client.force_login(cast.staff)
    html = client.get(page).content.decode()
    assert 'value="approve"' in html
    assert "帮助销售" in html and "直接采购" in html
    assert client.post(decide, {"act": "refuse", "note": ""}).status_code == 422
    assert client.post(decide, {"act": "approve", "note": ""}).status_code == 302
    correction.refresh_from_db()
    assert (correction.state, correction.decided_by) == ("approved", cast.staff.pk)
    assert correction.number in client.get(reverse("reporting:corrections")).content.decode()


def test_an_order_that_the_ledger_does_not_know_is_said(cast: Cast, client: Client) -> None:
    client.force_login(cast.staff)
    answer = client.get(NEW, {"order": "YS-NONE"})
    assert answer.status_code == 422
    assert "账本中没有该订单的已付款行" in answer.content.decode()


def test_facts_are_written_down_on_the_page_of_an_order(sales: Story, cast: Cast, client: Client) -> None:
    address = f"{reverse('reporting:evidence')}?order={sales.number}"
    fact = {"kind": "payment", "holds": "0", "reference": "回单 7", "reason": ""}
    client.force_login(cast.auditor)
    assert client.post(address, fact).status_code == 404
    client.force_login(cast.staff)
    assert client.post(address, fact).status_code == 422
    assert not EvidenceFact.objects.exists()
    answer = client.post(address, fact | {"reason": "回单是假的"}, follow=True)
    html = answer.content.decode()
    assert "回单是假的" in html
    assert '<span class="num flex-1 break-all">p1</span><b>D</b>' in html


def test_a_number_claimed_twice_is_decided_with_a_reason(cast: Cast, client: Client) -> None:
    for owner in ("parcel:1", "parcel:2"):
        claim_key(kind=KeyKind.COURIER, value="EA1", owner=owner)
    collision = KeyCollision.objects.get()
    address = reverse("reporting:collision_decide", args=[collision.pk])
    client.force_login(cast.auditor)
    assert "包裹 2" in client.get(reverse("reporting:register")).content.decode()
    assert client.post(address, {"act": "separate", "reason": "同一箱"}).status_code == 404
    client.force_login(cast.staff)
    client.post(address, {"act": "separate", "reason": ""})
    collision.refresh_from_db()
    assert collision.state == "open"
    client.post(address, {"act": "separate", "reason": "同一箱"})
    collision.refresh_from_db()
    assert (collision.state, collision.reason, collision.decided_by) == (
        "separate",
        "同一箱",
        cast.staff.pk,
    )
