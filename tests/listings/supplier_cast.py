"""What the tests of suppliers' wishes start from: two suppliers with a product each, and complete drafts."""

import io
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from shop.accounts.scope import Scope
from shop.listings.draft_fields import empty_values
from shop.listings.models import LabelClass, Listing, ReturnRule
from shop.listings.services import add_photo, begin_draft, save_category, save_draft, submit_draft
from shop.listings.supplier_models import ProductDraft
from shop.suppliers.models import Supplier
from tests.factories import make_product, make_region, make_supplier

SUPPLIER_USER, OTHER_USER, STAFF, OTHER_STAFF = 5, 6, 7, 8


def tea_co() -> Supplier:
    """Return a supplier of Wangcang, with freight terms."""
    return make_supplier(code="tea-co", name_zh="木门茶业", region=make_region(slug="wangcang"))


def tea(**fields: Any) -> Listing:
    """Return its tea on sale: 128.00, ten in stock."""
    save_category(slug="herbs", name_zh="药材", name_en="Herbs", actor_id=None)
    make_product(supplier=tea_co(), sku="tea", name_zh="黄茶", category="herbs", **fields)
    return Listing.objects.select_related("product").get(sku="tea")


def pears() -> Listing:
    """Return the other supplier's pears on sale."""
    other = make_supplier(
        code="pear-co", name_zh="龙泉果业", region=make_region(slug="longquan", name_zh="龙泉市")
    )
    make_product(supplier=other, sku="pears", name_zh="翠冠梨")
    return Listing.objects.get(sku="pears")


def scope(code: str = "tea-co") -> Scope:
    """Return what a person of this supplier may see."""
    return Scope(suppliers=frozenset({code}))


def jpeg(*, exif: bytes = b"", side: int = 60, colour: str = "green") -> SimpleUploadedFile:
    """Return a photo as a phone sends it."""
    file = io.BytesIO()
    Image.new("RGB", (side, side // 2), colour).save(file, "JPEG", exif=exif)
    return SimpleUploadedFile("tea.jpg", file.getvalue(), "image/jpeg")


def complete(**changes: Any) -> dict[str, Any]:
    """Return values of which nothing is missing."""
    return (
        empty_values()
        | {
            "category_slug": "herbs",
            "label_class": str(LabelClass.PRIMARY_AGRICULTURAL),
            "name_zh": "旺苍天麻",
            "description_zh": "米仓山里的天麻。\n\n冬天采挖。",
            "township_zh": "东河镇",
            "ingredients": "天麻",
            "net_content": "250g",
            "producer": "木门茶业",
            "storage": "阴凉干燥",
            "spec": "250g/袋",
            "unit": "袋",
            "net_weight_g": 250,
            "gross_weight_g": 300,
            "price_fen": 9_900,
            "vat_percent": 9,
            "return_rule": str(ReturnRule.SEVEN_DAYS),
            "lots": [
                {"code": "L1", "produced_on": "2026-11-01", "expires_on": "2027-11-01", "units": 40},
                {"code": "L2", "produced_on": "2026-11-15", "expires_on": "", "units": 5},
            ],
        }
        | changes
    )


def new_draft(**changes: Any) -> ProductDraft:
    """Return a saved draft of a new product, without photos."""
    tea()
    draft = begin_draft(supplier=tea_co(), actor_id=SUPPLIER_USER)
    return save_draft(
        scope=scope(), draft_id=draft.pk, values=complete(**changes), revision=0, actor_id=SUPPLIER_USER
    )


def submitted(**changes: Any) -> ProductDraft:
    """Return a draft of a new product with one photo that waits for the shop."""
    draft = new_draft(**changes)
    add_photo(scope=scope(), draft_id=draft.pk, upload=jpeg(), actor_id=SUPPLIER_USER)
    return submit_draft(scope=scope(), draft_id=draft.pk, actor_id=SUPPLIER_USER)
