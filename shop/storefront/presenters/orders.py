"""The list of a person's orders."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from shop.fulfilment.models import Parcel
from shop.fulfilment.returns.selectors import records_in_after_sales
from shop.fulfilment.selectors import parcels_by_record
from shop.listings.presentation import in_language, shown_cards
from shop.listings.selectors import ProductCard
from shop.opinions.review_selectors import records_to_review
from shop.ordering.models import OrderRecord
from shop.ordering.status import PaymentState
from shop.storefront.presenters.order_page import action, actions_of
from shop.storefront.presenters.order_states import TAB_NAMES, in_tab, state_of, tab_counts

PAGE_SIZE = 20
_PICTURES = 3


def orders_context(found: QuerySet[OrderRecord], tab: str, page: str) -> dict[str, Any]:
    """Return the context of shop/storefront/orders.html. A fixed number of queries for a page of any size."""
    tab = tab if tab in TAB_NAMES else ""
    counts = tab_counts(found)
    page_obj = Paginator(in_tab(found, tab), PAGE_SIZE).get_page(page)
    records = list(page_obj.object_list)
    in_after_sales = records_in_after_sales(record.pk for record in records)
    to_review = records_to_review(record.pk for record in records)
    parcels = parcels_by_record(record.pk for record in records)
    products = {share.line.product_id for record in records for share in record.shares.all()}
    cards = {card.product_id: card for card in shown_cards(sorted(pk for pk in products if pk))}
    return {
        "tabs": [
            {
                "name": name,
                "url": f"?tab={code}" if code else reverse("storefront:orders"),
                "count": counts.get(code, 0),
                "is_current": code == tab,
            }
            for code, name in TAB_NAMES.items()
        ],
        "orders": [
            _row(record, cards)
            | {
                "state_text": _("After-sales open") if record.pk in in_after_sales else state_of(record).text,
                "actions": _actions(record, parcels.get(record.pk, []), record.pk in to_review),
            }
            for record in records
        ],
        "page_obj": page_obj,
        "page_query": f"tab={tab}" if tab else "",
        "home_url": reverse("home"),
        "account_url": reverse("storefront:account"),
    }


def _actions(record: OrderRecord, parcels: list[Parcel], has_to_review: bool) -> list[dict[str, Any]]:
    """Return the buttons of the order's own page, and the way to its parcels, which that page shows itself."""
    actions = actions_of(record, parcels, has_to_review=has_to_review)
    if parcels:
        address = reverse("storefront:order", args=[record.number])
        actions.insert(0, action(_("Follow the parcels"), f"{address}#parcels"))
    return actions


def _row(record: OrderRecord, cards: dict[int, ProductCard]) -> dict[str, Any]:
    shares = list(record.shares.all())
    pictures = [
        {"small": card.image_url_small, "thumb": card.image_thumb_url, "is_drawn": card.is_illustration}
        for share in shares
        if (card := cards.get(share.line.product_id))
    ]
    unpaid = record.payment_state == PaymentState.UNPAID
    return {
        "number": record.number,
        "url": reverse("storefront:order", args=[record.number]),
        "placed_at": record.placed_at,
        "deadline_at": record.hold_until if unpaid else None,
        "is_demo": record.demo,
        "total_fen": record.due_fen,
        "units": sum(share.units for share in shares),
        "title": shares[0].line.title if shares else "",
        "pictures": pictures[:_PICTURES],
        "suppliers": in_language("、", ", ").join(
            dict.fromkeys(in_language(share.supplier.name_zh, share.supplier.name_en) for share in shares)
        ),
    }
