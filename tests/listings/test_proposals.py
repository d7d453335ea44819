"""Prices and stock that suppliers propose: another person decides, and only while the figure seen still holds."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from oscar.apps.partner.models import StockRecord

from shop.core.exceptions import ShopError
from shop.journal.models import JournalEntry
from shop.listings.exceptions import ListingError, ListingMoved
from shop.listings.models import Listing
from shop.listings.selectors.own_goods import changed_by_suppliers, price_history
from shop.listings.services import (
    apply_due_prices,
    approve_price,
    propose_price,
    refuse_proposal,
    set_price,
    withdraw_proposal,
)
from shop.listings.supplier_models import Proposal
from shop.ordering.exceptions import QuoteChanged
from shop.ordering.lots import receive_lot
from shop.ordering.models import StockBalance
from shop.ordering.quotes import quote_basket
from shop.ordering.services import adjust_stock, approve_stock, propose_stock
from shop.ordering.supplier_stock import StockFigures, stock_of_goods
from tests.factories import make_basket, make_hold_rules, place, place_basket
from tests.listings import supplier_cast as cast

pytestmark = [pytest.mark.django_db, pytest.mark.data]
TODAY = dt.date(2026, 11, 23)


@pytest.fixture(autouse=True)
def monday() -> Any:
    with time_machine.travel(dt.datetime(2026, 11, 23, 2, 0, tzinfo=dt.UTC), tick=False):
        yield


def price(listing: Listing, fen: int = 13_800, **changes: Any) -> Proposal:
    asked: dict[str, Any] = {
        "scope": cast.scope(),
        "listing_id": listing.pk,
        "price_fen": fen,
        "seen_fen": 12_800,
        "starts_on": TODAY,
        "reason": "新茶上市",
        "actor_id": cast.SUPPLIER_USER,
    }
    return propose_price(**asked | changes)


def stock(listing: Listing, delta: int = 30, **changes: Any) -> Proposal:
    asked: dict[str, Any] = {
        "scope": cast.scope(),
        "listing_id": listing.pk,
        "pool": "retail",
        "delta": delta,
        "seen": 10,
        "reason": "采收入库",
        "actor_id": cast.SUPPLIER_USER,
    }
    return propose_stock(**asked | changes)


def actions() -> list[str]:
    return list(JournalEntry.objects.order_by("pk").values_list("action", flat=True))


def test_an_approved_price_holds_for_page_stock_record_and_journal() -> None:
    listing = cast.tea()
    proposal = price(listing)
    listing.refresh_from_db()
    assert (proposal.state, listing.price_fen) == ("open", 12_800)
    approve_price(proposal_id=proposal.pk, note="同意", actor_id=cast.STAFF)
    listing.refresh_from_db()
    proposal.refresh_from_db()
    assert (listing.price_fen, f"{StockRecord.objects.get().price}") == (13_800, "138.00")
    assert (proposal.state, proposal.decided_by, proposal.note) == ("applied", cast.STAFF, "同意")
    assert actions()[-3:] == ["proposal.opened", "listing.price_set", "proposal.applied"]
    set_entry = JournalEntry.objects.get(action="listing.price_set")
    assert (set_entry.before, set_entry.after, set_entry.reason, set_entry.actor_id) == (
        {"price_fen": 12_800},
        {"price_fen": 13_800},
        "新茶上市",
        cast.STAFF,
    )
    assert [one.fen for one in price_history(["tea"])["tea"]] == [13_800]
    assert changed_by_suppliers(["tea", "pears"]) == {"tea"}


def test_a_buyer_who_saw_the_old_price_is_asked_again() -> None:
    listing = cast.tea()
    make_hold_rules()
    basket = make_basket(lines=[(listing.product, 2)])
    seen = quote_basket(basket=basket, province="浙江省", pool="retail")
    approve_price(proposal_id=price(listing).pk, note="", actor_id=cast.STAFF)
    with pytest.raises(QuoteChanged):
        place_basket(basket, quoted=seen)
    assert place_basket(basket).record.due_fen == 27_600


def test_a_price_of_a_later_day_waits_for_it() -> None:
    listing = cast.tea()
    proposal = price(listing, starts_on=TODAY + dt.timedelta(days=2))
    approve_price(proposal_id=proposal.pk, note="", actor_id=cast.STAFF)
    assert apply_due_prices() == 0
    listing.refresh_from_db()
    assert (listing.price_fen, Proposal.objects.get().state) == (12_800, "due")
    # The day begins in Shanghai, at 16:00 of the day before in UTC.
    with time_machine.travel(dt.datetime(2026, 11, 24, 16, 0, tzinfo=dt.UTC), tick=False):
        assert (apply_due_prices(), apply_due_prices()) == (1, 0)
    listing.refresh_from_db()
    assert (listing.price_fen, Proposal.objects.get().state) == (13_800, "applied")


def test_a_price_lapses_when_another_holds_on_its_day() -> None:
    listing = cast.tea()
    proposal = price(listing, starts_on=TODAY + dt.timedelta(days=2))
    approve_price(proposal_id=proposal.pk, note="", actor_id=cast.STAFF)
    set_price(sku="tea", price_fen=11_000, expected_fen=12_800, actor_id=cast.STAFF)
    with time_machine.travel(dt.datetime(2026, 11, 25, 2, 0, tzinfo=dt.UTC), tick=False):
        assert apply_due_prices() == 0
    listing.refresh_from_db()
    assert (listing.price_fen, Proposal.objects.get().state) == (11_000, "lapsed")
    assert actions()[-1] == "proposal.lapsed"


def test_a_price_that_changed_meanwhile_cannot_be_approved() -> None:
    listing = cast.tea()
    proposal = price(listing)
    set_price(sku="tea", price_fen=11_000, expected_fen=12_800, actor_id=cast.STAFF)
    with pytest.raises(ListingError, match=r"¥110\.00.*¥128\.00") as refused:
        approve_price(proposal_id=proposal.pk, note="", actor_id=cast.STAFF)
    assert refused.value.code == "stale"
    listing.refresh_from_db()
    assert (listing.price_fen, Proposal.objects.get().state) == (11_000, "open")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"fen": 0}, "price_not_positive"),
        ({"fen": 100_000_001}, "price_too_high"),
        ({"fen": 12_800}, "unchanged"),
        ({"seen_fen": 12_700}, "stale"),
        ({"starts_on": TODAY - dt.timedelta(days=1)}, "starts_on"),
        ({"starts_on": TODAY + dt.timedelta(days=367)}, "starts_on"),
        ({"reason": "  "}, "reason_missing"),
    ],
)
def test_a_senseless_price_is_refused(changes: dict[str, Any], code: str) -> None:
    listing = cast.tea()
    with pytest.raises(ShopError) as refused:
        price(listing, **changes)
    assert refused.value.code == code
    assert not Proposal.objects.exists()
    assert "proposal.opened" not in actions()


def test_one_proposal_at_a_time_for_a_figure() -> None:
    listing = cast.tea()
    first = price(listing)
    stock(listing)
    with pytest.raises(ListingError) as refused:
        price(listing, fen=14_000)
    assert refused.value.code == "proposed_already"
    withdraw_proposal(scope=cast.scope(), proposal_id=first.pk, actor_id=cast.SUPPLIER_USER)
    price(listing, fen=14_000)
    assert sorted(Proposal.objects.values_list("kind", "state")) == [
        ("price", "open"),
        ("price", "withdrawn"),
        ("stock", "open"),
    ]


def test_the_database_holds_four_eyes_and_one_at_a_time() -> None:
    proposal = price(cast.tea())
    with pytest.raises(IntegrityError, match="proposal_four_eyes"), transaction.atomic():
        Proposal.objects.update(decided_by=cast.SUPPLIER_USER)
    proposal.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        proposal.save(force_insert=True)
    assert Proposal.objects.count() == 1


def test_nobody_decides_what_they_proposed_themselves() -> None:
    listing = cast.tea()
    for act, proposal in ((approve_price, price(listing)), (approve_stock, stock(listing))):
        for decide in (act, refuse_proposal):
            with pytest.raises(ListingError) as refused:
                decide(proposal_id=proposal.pk, note="x", actor_id=cast.SUPPLIER_USER)
            assert refused.value.code == "own_proposal"
    assert set(Proposal.objects.values_list("state", flat=True)) == {"open"}


def test_a_refusal_needs_a_reason_and_ends_it() -> None:
    proposal = price(cast.tea())
    with pytest.raises(ListingError) as refused:
        refuse_proposal(proposal_id=proposal.pk, note=" ", actor_id=cast.STAFF)
    assert refused.value.code == "reason_missing"
    refuse_proposal(proposal_id=proposal.pk, note="涨幅过大", actor_id=cast.STAFF)
    with pytest.raises(ListingMoved):
        approve_price(proposal_id=proposal.pk, note="", actor_id=cast.OTHER_STAFF)
    with pytest.raises(ListingMoved):
        withdraw_proposal(scope=cast.scope(), proposal_id=proposal.pk, actor_id=cast.SUPPLIER_USER)
    proposal.refresh_from_db()
    assert (proposal.state, proposal.note) == ("refused", "涨幅过大")


def test_another_suppliers_goods_do_not_exist() -> None:
    listing, foreign = cast.tea(), cast.pears()
    for ask in (price, stock):
        with pytest.raises(Listing.DoesNotExist):
            ask(foreign)
    proposal = price(listing)
    with pytest.raises(Proposal.DoesNotExist):
        withdraw_proposal(scope=cast.scope("pear-co"), proposal_id=proposal.pk, actor_id=cast.OTHER_USER)
    assert Proposal.objects.get().state == "open"


def test_approved_stock_is_set_and_journalled() -> None:
    listing = cast.tea()
    proposal = stock(listing)
    assert (proposal.seen, proposal.wanted) == (10, 40)
    approve_stock(proposal_id=proposal.pk, note="", actor_id=cast.STAFF)
    balance = StockBalance.objects.get()
    assert (balance.on_hand, StockRecord.objects.get().num_in_stock) == (40, 40)
    assert actions()[-3:] == ["proposal.opened", "stock.changed", "proposal.applied"]
    changed = JournalEntry.objects.get(action="stock.changed")
    assert (changed.before, changed.after, changed.reason) == (
        {"pool": "retail", "on_hand": 10},
        {"pool": "retail", "on_hand": 40},
        "采收入库",
    )


def test_stock_that_moved_meanwhile_cannot_be_approved() -> None:
    listing = cast.tea()
    proposal = stock(listing)
    adjust_stock(stockrecord=StockRecord.objects.get(), delta=-3)
    with pytest.raises(ShopError) as refused:
        approve_stock(proposal_id=proposal.pk, note="", actor_id=cast.STAFF)
    assert refused.value.code == "stale"
    assert (StockBalance.objects.get().on_hand, Proposal.objects.get().state) == (7, "open")


def test_stock_below_what_is_promised_is_refused_when_asked_and_when_approved() -> None:
    listing = cast.tea()
    first = stock(listing, delta=-8)
    place(lines=[(listing.product, 4)])
    with pytest.raises(ShopError) as refused:
        approve_stock(proposal_id=first.pk, note="", actor_id=cast.STAFF)
    assert refused.value.code == "promised"
    withdraw_proposal(scope=cast.scope(), proposal_id=first.pk, actor_id=cast.SUPPLIER_USER)
    with pytest.raises(ShopError) as refused:
        stock(listing, delta=-7)
    assert refused.value.code == "promised"
    assert stock(listing, delta=-6).wanted == 4
    assert StockBalance.objects.get().on_hand == 10


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"delta": 0}, "unchanged"),
        ({"delta": -11}, "negative"),
        ({"delta": 1_000_000}, "too_many"),
        ({"seen": 9}, "stale"),
        ({"pool": "cellar"}, "pool"),
        ({"reason": ""}, "reason_missing"),
    ],
)
def test_senseless_stock_is_refused(changes: dict[str, Any], code: str) -> None:
    listing = cast.tea()
    with pytest.raises(ShopError) as refused:
        stock(listing, **changes)
    assert refused.value.code == code
    assert not Proposal.objects.exists()


def test_units_of_lots_are_counted_and_taken_off_too() -> None:
    listing = cast.tea()
    stockrecord = StockRecord.objects.get()
    receive_lot(stockrecord=stockrecord, code="L1", units=20, expires_on=dt.date(2027, 6, 1))
    assert stock_of_goods([listing.pk]) == {(listing.pk, "retail"): StockFigures(30, 0)}
    proposal = stock(listing, delta=-15, seen=30)
    approve_stock(proposal_id=proposal.pk, note="", actor_id=cast.STAFF)
    assert dict(StockBalance.objects.values_list("lot", "on_hand")) == {"": 0, "L1": 15}
    stock(listing, delta=5, seen=15)
    approve_stock(proposal_id=Proposal.objects.get(state="open").pk, note="", actor_id=cast.STAFF)
    assert dict(StockBalance.objects.values_list("lot", "on_hand")) == {"": 5, "L1": 15}
