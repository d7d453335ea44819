"""A product that can be published as it is."""

import datetime as dt
from typing import Any

from shop.listings.drafts import LabelDraft, ListingDraft, OriginDraft
from shop.listings.models import ClaimState, LabelClass, ReturnRule
from shop.listings.services import save_category
from tests.factories import make_supplier


def label(**changes: Any) -> LabelDraft:
    values: dict[str, Any] = {
        "label_class": LabelClass.PACKAGED_FOOD,
        "ingredients": "茶鲜叶",
        "net_content": "100g",
        "producer": "旺苍示例供应商 01",
        "shelf_life_days": 540,
        "storage": "阴凉干燥",
        "licence_no": "SC11451082100001",
        "standard_no": "GB/T 14456",
        "allergens": "无",
    }
    return LabelDraft(**{**values, **changes})


def listing(**changes: Any) -> ListingDraft:
    """Return the draft of a tea; its supplier and category exist afterwards."""
    supplier = make_supplier()
    save_category(slug="tea", name_zh="茶叶", name_en="Tea", actor_id=None)
    save_category(slug="tea/green-tea", name_zh="绿茶", name_en="Green tea", actor_id=None)
    values: dict[str, Any] = {
        "sku": "WC-TEA-001",
        "supplier_code": supplier.code,
        "category_slug": "tea/green-tea",
        "name_zh": "木门黄茶",
        "name_en": "Mumen yellow tea",
        "spec": "100g/罐",
        "unit": "罐",
        "description_zh": "木门镇的黄茶。",
        "description_en": "Yellow tea of Mumen.",
        "net_weight_g": 100,
        "gross_weight_g": 200,
        "price_fen": 16800,
        "vat_percent": 9,
        "return_rule": ReturnRule.SEVEN_DAYS,
        "origin": OriginDraft(
            region_slug=supplier.region.slug,
            claim_state=ClaimState.VERIFIED,
            verified_on=dt.date(2026, 1, 1),
        ),
        "label": label(),
    }
    return ListingDraft(**{**values, **changes})
