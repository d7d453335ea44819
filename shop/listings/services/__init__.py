"""What may be done to what is sold; each service is one transaction and safe to repeat."""

from shop.listings.services.categories import save_category
from shop.listings.services.certifications import save_certification
from shop.listings.services.claims import reject_claim, remind_of_claims, verify_claim
from shop.listings.services.draft_photos import PhotoAct, add_photo, change_photo, take_picture_away
from shop.listings.services.freight import save_freight_template
from shop.listings.services.indexing import index_outdated, index_product, index_products
from shop.listings.services.limits import set_purchase_limit
from shop.listings.services.listing import save_listing
from shop.listings.services.marks import fold_marks
from shop.listings.services.names import names_for
from shop.listings.services.order_rules import set_order_rule
from shop.listings.services.price_lists import (
    approve_price_list,
    draft_price_list,
    end_price_list,
    propose_price_list,
    refuse_price_list,
    withdraw_price_list,
)
from shop.listings.services.prices import set_price, set_price_tiers, tier_price
from shop.listings.services.product_drafts import (
    begin_draft,
    edit_product,
    restore_version,
    return_draft,
    save_draft,
    submit_draft,
    withdraw_draft,
)
from shop.listings.services.proposals import (
    apply_due_prices,
    approve_price,
    propose_price,
    refuse_proposal,
    withdraw_proposal,
)
from shop.listings.services.publishing import publish_product, withdraw_product
from shop.listings.services.ratings import note_rating
from shop.listings.services.reports import name_goods, name_reports
from shop.listings.services.return_terms import set_return_terms

__all__ = [
    "PhotoAct",
    "add_photo",
    "apply_due_prices",
    "approve_price",
    "approve_price_list",
    "begin_draft",
    "change_photo",
    "draft_price_list",
    "edit_product",
    "end_price_list",
    "fold_marks",
    "index_outdated",
    "index_product",
    "index_products",
    "name_goods",
    "name_reports",
    "names_for",
    "note_rating",
    "propose_price",
    "propose_price_list",
    "publish_product",
    "refuse_price_list",
    "refuse_proposal",
    "reject_claim",
    "remind_of_claims",
    "restore_version",
    "return_draft",
    "save_category",
    "save_certification",
    "save_draft",
    "save_freight_template",
    "save_listing",
    "set_order_rule",
    "set_price",
    "set_price_tiers",
    "set_purchase_limit",
    "set_return_terms",
    "submit_draft",
    "take_picture_away",
    "tier_price",
    "verify_claim",
    "withdraw_draft",
    "withdraw_price_list",
    "withdraw_product",
    "withdraw_proposal",
]
