import datetime as dt
from decimal import Decimal

import pytest
from oscar.apps.catalogue.models import Category, Product
from oscar.apps.partner.models import StockRecord

from shop.journal.models import JournalEntry
from shop.journal.upsert import Change
from shop.listings import services
from shop.listings.drafts import OriginDraft, RateDraft, TierDraft
from shop.listings.exceptions import ListingError
from shop.listings.label_rules import DEMO_NUMBER
from shop.listings.models import (
    FreightRate,
    LabelClass,
    Listing,
    ListingState,
    PriceTier,
    ProductOrigin,
    SearchText,
)
from shop.regions.models import PartnerRegion
from shop.regions.services import save_township
from shop.suppliers.models import Supplier, SupplierState
from tests.factories import make_supplier
from tests.listings.drafts import label, listing

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 1, 1)


def save(**changes):
    return services.save_listing(draft=listing(**changes), actor_id=5)


def test_a_product_is_written_with_everything_that_is_said_about_it():
    saved = save(spec="30枚/盒")
    product = Product.objects.get(upc="WC-TEA-001")
    assert saved.change is Change.CREATED
    assert (product.title, product.slug, product.is_public) == ("木门黄茶", "mu-men-huang-cha", False)
    assert (product.listing.state, product.listing.pieces) == (ListingState.DRAFT, 30)
    assert [category.code for category in product.categories.all()] == ["tea/green-tea"]
    stockrecord = StockRecord.objects.get(product=product)
    assert (stockrecord.price, stockrecord.price_currency, stockrecord.num_in_stock) == (
        Decimal("168.00"),
        "CNY",
        None,
    )
    assert product.label.producer == "旺苍示例供应商 01"
    assert product.origin.verified_on == DAY
    assert " 黄茶 " in SearchText.objects.get(product=product).title


def test_saving_again_changes_nothing_and_a_change_is_journalled_once():
    save()
    before = JournalEntry.objects.count()
    assert save().change is Change.UNCHANGED
    assert JournalEntry.objects.count() == before
    assert save(price_fen=15800, label=label(storage="冷藏")).change is Change.CHANGED
    entry = JournalEntry.objects.latest("pk")
    assert (entry.action, entry.actor_id, entry.before) == ("listing.changed", 5, {"price_fen": 16800})
    assert entry.after == {"price_fen": 15800, "price": "158.00", "storage": "冷藏"}
    assert StockRecord.objects.get(partner_sku="WC-TEA-001").price == Decimal("158.00")


@pytest.mark.parametrize("decided", ["verified", "rejected"])
def test_a_draft_that_says_nothing_of_the_claim_leaves_what_was_decided(decided):
    save()
    known = {"valid_from": DAY, "valid_until": dt.date(2027, 1, 1)} if decided == "verified" else {}
    ProductOrigin.objects.update(
        claim_state=decided, verified_on=DAY if decided == "verified" else None, **known
    )
    before = ProductOrigin.objects.values().get()
    assert save(origin=OriginDraft(region_slug="wangcang"), spec="200g/罐").change is Change.CHANGED
    assert ProductOrigin.objects.values().get() == before


def test_another_place_is_another_claim():
    save()
    ProductOrigin.objects.update(valid_from=DAY, valid_until=dt.date(2027, 1, 1), reminded_days=30)
    save_township(region=PartnerRegion.objects.get(), name_zh="东河镇")
    save(origin=OriginDraft(region_slug="wangcang", township_zh="东河镇"))
    origin = ProductOrigin.objects.get()
    assert (origin.claim_state, origin.verified_on, origin.valid_from, origin.reminded_days) == (
        "pending",
        None,
        None,
        None,
    )


def test_a_change_of_the_label_alone_is_a_change():
    save()
    assert save(label=label(allergens="含牛奶")).change is Change.CHANGED
    assert JournalEntry.objects.latest("pk").after == {"allergens": "含牛奶"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"price_fen": 0}, "price_fen"),
        ({"vat_percent": 12}, "vat_percent"),
        ({"gross_weight_g": 0}, "gross_weight_g"),
        ({"name_zh": " "}, "name_zh"),
        ({"supplier_code": "nobody"}, "supplier_key"),
        ({"category_slug": "nothing"}, "category"),
        ({"certification_codes": ("none",)}, "certification"),
    ],
)
def test_a_value_that_cannot_be_is_refused_and_nothing_written(changes, field):
    with pytest.raises(ListingError) as refused:
        save(**changes)
    assert refused.value.field == field
    assert (Product.objects.count(), Listing.objects.count(), StockRecord.objects.count()) == (0, 0, 0)


def test_another_supplier_is_refused():
    save()
    other = make_supplier(code="other-supplier")
    with pytest.raises(ListingError) as refused:
        save(supplier_code=other.code)
    assert (refused.value.code, refused.value.field) == ("supplier_fixed", "supplier_key")
    assert Listing.objects.get().supplier_id != other.pk


def test_a_category_below_nothing_is_refused():
    with pytest.raises(ListingError) as refused:
        services.save_category(slug="none/tea", name_zh="茶", name_en="Tea", actor_id=None)
    assert refused.value.field == "parent_slug"
    assert not Category.objects.filter(slug="tea").exists()


def publish():
    return services.publish_product(sku="WC-TEA-001", actor_id=5)


def test_a_complete_product_is_published_once():
    save()
    publish()
    publish()
    product = Product.objects.get(upc="WC-TEA-001")
    assert (product.is_public, product.listing.state) == (True, ListingState.PUBLISHED)
    assert JournalEntry.objects.filter(action="listing.published").count() == 1
    assert save(price_fen=15800).row.state == ListingState.PUBLISHED


REQUIRED = {
    LabelClass.PACKAGED_FOOD: [
        "ingredients",
        "net_content",
        "producer",
        "shelf_life_days",
        "storage",
        "licence_no",
        "standard_no",
        "allergens",
    ],
    LabelClass.PRIMARY_AGRICULTURAL: ["ingredients", "net_content", "producer", "storage"],
    LabelClass.CRAFT: ["ingredients", "net_content", "producer", "storage"],
    LabelClass.GIFT_BOX: [
        "ingredients",
        "net_content",
        "producer",
        "shelf_life_days",
        "storage",
        "allergens",
    ],
}


@pytest.mark.parametrize(
    ("label_class", "field"), [(kind, field) for kind, names in REQUIRED.items() for field in names]
)
def test_an_empty_field_that_the_class_requires_stops_publishing(label_class, field):
    empty = None if field == "shelf_life_days" else ""
    save(label=label(label_class=label_class, **{field: empty}))
    with pytest.raises(ListingError) as refused:
        publish()
    assert (refused.value.code, refused.value.field) == ("label_incomplete", field)
    assert "WC-TEA-001" in str(refused.value)
    assert not Product.objects.get(upc="WC-TEA-001").is_public
    assert Listing.objects.get().state == ListingState.DRAFT


def test_a_class_asks_for_no_more_than_its_own_fields():
    everything = REQUIRED[LabelClass.PACKAGED_FOOD]
    for kind, names in REQUIRED.items():
        blank = {name: None if name == "shelf_life_days" else "" for name in everything if name not in names}
        save(sku=f"X-{kind}", label=label(label_class=kind, **blank))
        services.publish_product(sku=f"X-{kind}", actor_id=None)
    assert Listing.objects.filter(state=ListingState.PUBLISHED).count() == 4


@pytest.mark.parametrize(
    ("demo", "flag", "allowed"), [(True, True, True), (True, False, False), (False, True, False)]
)
@pytest.mark.parametrize("field", ["licence_no", "standard_no"])
def test_the_placeholder_number_is_for_demonstrations_only(settings, demo, flag, allowed, field):
    settings.SHOP_DEMO = flag
    save(demo=demo, label=label(**{field: DEMO_NUMBER}))
    if allowed:
        assert publish().state == ListingState.PUBLISHED
        return
    with pytest.raises(ListingError) as refused:
        publish()
    assert (refused.value.code, refused.value.field) == ("demo_number", field)
    assert Listing.objects.get().state == ListingState.DRAFT


def test_goods_of_a_supplier_that_is_not_admitted_are_not_published():
    save()
    Supplier.objects.update(state=SupplierState.PENDING, admitted_on=None)
    with pytest.raises(ListingError) as refused:
        publish()
    assert refused.value.code == "supplier_not_admitted"
    assert Listing.objects.get().state == ListingState.DRAFT


def test_a_withdrawn_product_is_not_public():
    save()
    publish()
    services.withdraw_product(sku="WC-TEA-001", reason="季节已过", actor_id=5)
    services.withdraw_product(sku="WC-TEA-001", reason="季节已过", actor_id=5)
    assert not Product.objects.get(upc="WC-TEA-001").is_public
    assert JournalEntry.objects.get(action="listing.withdrawn").reason == "季节已过"


def test_tier_prices_are_rounded_half_up_to_the_fen():
    assert services.tier_price(1050, Decimal("0.97")) == 1019
    assert services.tier_price(1050, Decimal("0.9")) == 945
    assert services.tier_price(1150, Decimal("0.93")) == 1070


def tiers(*pairs, on=DAY):
    return services.set_price_tiers(
        sku="WC-TEA-001", tiers=[TierDraft(*pair) for pair in pairs], starts_on=on, actor_id=None
    )


def stored_tiers():
    rows = PriceTier.objects.order_by("starts_on", "min_quantity")
    return [(row.min_quantity, row.price_fen, row.starts_on, row.ends_on) for row in rows]


def test_new_tiers_end_the_old_ones_the_day_before():
    save()
    june = dt.date(2026, 6, 1)
    changes = [tiers((10, 16000), (50, 15000)), tiers((10, 16000), (50, 15000)), tiers((20, 15500), on=june)]
    assert changes == [Change.CREATED, Change.UNCHANGED, Change.CHANGED]
    may = dt.date(2026, 5, 31)
    assert stored_tiers() == [(10, 16000, DAY, may), (50, 15000, DAY, may), (20, 15500, june, None)]
    assert tiers((20, 15400), on=june) is Change.CHANGED
    assert stored_tiers()[-1] == (20, 15400, june, None)


@pytest.mark.parametrize(
    "pairs", [((1, 16000),), ((10, 16800),), ((10, 16000), (10, 15000)), ((10, 1), (20, 2))]
)
def test_tiers_that_make_no_sense_are_refused(pairs):
    save()
    with pytest.raises(ListingError) as refused:
        tiers(*pairs)
    assert refused.value.field == "bulk_tiers"
    assert stored_tiers() == []


def test_freight_is_stored_once_and_replaced_as_a_whole():
    supplier = make_supplier()

    def rates(*drafts):
        return services.save_freight_template(
            supplier_code=supplier.code, starts_on=DAY, rates=drafts, actor_id=None
        )

    near = RateDraft("浙江省", True, 800, 300, 9900)
    far = RateDraft("台湾省", False)
    assert [rates(near, far), rates(far, near), rates(near)] == [
        Change.CREATED,
        Change.UNCHANGED,
        Change.CHANGED,
    ]
    found = FreightRate.objects.filter(template__supplier=supplier, template__starts_on=DAY)
    assert [(rate.province, rate.first_kg_fen) for rate in found] == [("浙江省", 800)]


@pytest.mark.parametrize(
    ("drafts", "field"),
    [
        ([RateDraft("萧山省", True, 1, 1)], "province"),
        ([RateDraft("浙江省", True, 1, 1), RateDraft("浙江省", True, 2, 2)], "province"),
        ([RateDraft("浙江省", True, -1, 1)], "first_kg_fen"),
    ],
)
def test_freight_that_makes_no_sense_is_refused(drafts, field):
    supplier = make_supplier()
    with pytest.raises(ListingError) as refused:
        services.save_freight_template(
            supplier_code=supplier.code, starts_on=DAY, rates=drafts, actor_id=None
        )
    assert refused.value.field == field
    assert not supplier.freight_templates.filter(starts_on=DAY).exists()
