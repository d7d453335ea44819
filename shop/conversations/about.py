"""What a buyer asks about, and whom."""

from dataclasses import dataclass
from typing import Any

from shop.conversations.models import Conversation
from shop.conversations.selectors import with_subject
from shop.listings.models import Listing, ListingState
from shop.ordering.models import OrderRecord


@dataclass(frozen=True)
class About:
    """A product or an order, and a supplier (None: the shop itself). Only an account asks about a product."""

    supplier_id: int | None
    buyer_id: int | None
    product_id: int | None = None
    record_id: int | None = None

    @property
    def key(self) -> dict[str, Any]:
        """Return the columns by which its conversation is found: there is one at the most."""
        if self.product_id is not None:
            return {"product_id": self.product_id, "buyer_id": self.buyer_id}
        return {"record_id": self.record_id, "supplier_id": self.supplier_id}


def about_product(*, product_id: int, buyer_id: int) -> About | None:
    """Return what an account asks about a product on sale, or one that it has asked about; None for others."""
    listing = Listing.objects.filter(product_id=product_id).first()
    if listing is None:
        return None
    about = About(listing.supplier_id, buyer_id, product_id=product_id)
    on_sale = listing.state == ListingState.PUBLISHED
    return about if on_sale or Conversation.objects.filter(**about.key).exists() else None


def about_order(*, record: OrderRecord, supplier_code: str = "") -> About | None:
    """Return what the order's buyer asks the shop, or a supplier of the order; None for another supplier.

    The caller has checked that the order is the buyer's. One query where the order's shares are not read yet.
    """
    if not supplier_code:
        return About(None, record.buyer_id, record_id=record.pk)
    suppliers = {share.supplier.code: share.supplier_id for share in record.shares.all()}
    if supplier_code not in suppliers:
        return None
    return About(suppliers[supplier_code], record.buyer_id, record_id=record.pk)


def conversation_about(about: About) -> Conversation | None:
    """Return the conversation, None before the first message. One query."""
    return with_subject(Conversation.objects.filter(**about.key)).first()
