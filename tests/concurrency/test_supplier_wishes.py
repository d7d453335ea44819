"""Two of the staff decide the same wish of a supplier at the same moment, and a supplier sends a form twice at once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shop.core import clock
from shop.listings.models import Listing
from shop.listings.services import edit_product, propose_price
from shop.listings.supplier_models import ProductDraft, Proposal
from shop.ordering.models import StockBalance
from shop.ordering.services import approve_stock, propose_stock, publish_draft
from tests.listings import supplier_cast as cast

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency]
Together = Callable[..., list[Any]]


def test_a_draft_is_published_once_and_its_lots_come_once(
    together: Together, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    draft = cast.submitted()
    results = together(
        [
            lambda actor=actor: publish_draft(draft_id=draft.pk, note="", actor_id=actor)
            for actor in (cast.STAFF, cast.OTHER_STAFF)
        ]
    )
    assert sorted(getattr(result, "code", "published") for result in results) == ["published", "wrong_state"]
    listing = Listing.objects.get(name_zh="旺苍天麻")
    rows = StockBalance.objects.filter(stockrecord__product=listing.product_id)
    assert dict(rows.values_list("lot", "on_hand")) == {"L1": 40, "L2": 5}


def test_stock_is_approved_once(together: Together) -> None:
    listing = cast.tea()
    proposal = propose_stock(
        scope=cast.scope(),
        listing_id=listing.pk,
        pool="retail",
        delta=30,
        seen=10,
        reason="采收入库",
        actor_id=cast.SUPPLIER_USER,
    )
    results = together(
        [
            lambda actor=actor: approve_stock(proposal_id=proposal.pk, note="", actor_id=actor)
            for actor in (cast.STAFF, cast.OTHER_STAFF)
        ]
    )
    assert sorted(getattr(result, "code", "applied") for result in results) == ["applied", "wrong_state"]
    assert StockBalance.objects.get().on_hand == 40


def test_a_form_sent_twice_proposes_and_begins_once(together: Together) -> None:
    listing = cast.tea()

    def propose() -> Proposal:
        return propose_price(
            scope=cast.scope(),
            listing_id=listing.pk,
            price_fen=13_800,
            seen_fen=12_800,
            starts_on=clock.today(),
            reason="新茶",
            actor_id=cast.SUPPLIER_USER,
        )

    results = together([propose, propose])
    assert sorted(getattr(result, "code", "open") for result in results) == ["open", "proposed_already"]

    def edit() -> ProductDraft:
        return edit_product(scope=cast.scope(), listing_id=listing.pk, actor_id=cast.SUPPLIER_USER)

    drafts = together([edit, edit])
    assert {draft.pk for draft in drafts} == {ProductDraft.objects.get().pk}
