"""What the pages of a request show. A fixed number of queries for a request of any size."""

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from typing import Any, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Prefetch, QuerySet, prefetch_related_objects

from shop.core import clock
from shop.listings.presentation import shown_cards
from shop.listings.selectors import (
    ProductCard,
    Shelf,
    Tier,
    agreed_tiers,
    current_shelf,
    steps_on,
    tiers_of,
)
from shop.ordering.quote_parts import QuoteLine
from shop.ordering.services import Quote
from shop.procurement.agreed_prices import agreed_of
from shop.procurement.approvals import bulk_quote, differences
from shop.procurement.budgets import request_refusals
from shop.procurement.chain import approvals_of, chain_of, deciders, shown_chain
from shop.procurement.checking import (
    Checked,
    Fault,
    GoodRow,
    bulk_left,
    check_rows,
    shown_rows,
    with_suggestions,
)
from shop.procurement.content import content_digest
from shop.procurement.deals import deal_of
from shop.procurement.drafts import lines_of, rows_of, was_applied
from shop.procurement.fair_price import FairPrice, fair_prices, gap_bp, shown_gap
from shop.procurement.models import PayBy, PurchaseRequest, RequestLine, RequestState, UploadFile
from shop.procurement.quotes import rule_for
from shop.procurement.recipients import uneven_words
from shop.procurement.terms import terms_offer
from shop.procurement.uploads import ListedRow

RowT = TypeVar("RowT")
GOODS_A_PAGE = 100
#: A form holds two fields for each; Django takes a thousand at most.
BAD_ROWS_A_PAGE = 50


def cards_by_product(product_ids: Any) -> dict[int, ProductCard]:
    """Return the cards of products by id. Three queries."""
    return {card.product_id: card for card in shown_cards(sorted(product_ids))}


def paged(rows: "Sequence[RowT] | QuerySet[Any, RowT]", number: str) -> Page[RowT]:
    """Return one page of the goods of a request or an order; a number that is none is the nearest page."""
    return Paginator(rows, GOODS_A_PAGE).get_page(number)


def draft_context(
    request: PurchaseRequest,
    *,
    typed: Mapping[str, str] | None,
    errors: Mapping[int, str],
    page: str = "",
) -> dict[str, Any]:
    """Return the context of draft.html; `typed` are quantities that were refused, `errors` why by product.

    The sums are of the whole request. Of more than a page the lines with a fault come first.
    """
    quote = bulk_quote(request)
    problems: dict[int, list[str]] = defaultdict(list)
    for problem in quote.blocking:
        if problem.basket_line_id is not None:
            problems[problem.basket_line_id].append(problem.message)
    faults = {
        line.product_id: [errors[line.product_id]]
        if line.product_id in errors
        else problems[line.basket_line_id]
        for line in quote.lines
    }
    ordered: Sequence[QuoteLine] = quote.lines
    if len(ordered) > GOODS_A_PAGE:
        ordered = sorted(ordered, key=lambda line: not problems[line.basket_line_id])
    shown = paged(ordered, page)
    bad = sum(1 for found in faults.values() if found)
    return _totals(request, quote) | {
        "lines": _draft_lines(list(shown.object_list), request.organisation.code, quote.shelf, typed, faults),
        "page_obj": shown,
        "bad": bad,
        "good": len(faults) - bad,
        "agreed": agreed_of(request),
    }


def _draft_lines(
    quoted: Sequence[QuoteLine],
    unit: str,
    shelf: Shelf,
    typed: Mapping[str, str] | None,
    faults: Mapping[int, list[str]],
) -> list[dict[str, Any]]:
    products = [line.product_id for line in quoted]
    cards = cards_by_product(products)
    tiers = tiers_of(products, clock.today())
    left = bulk_left(products)
    steps = steps_on(shelf, clock.today())
    own = agreed_tiers(unit, products, clock.today())
    lines = []
    for line in quoted:
        name = f"units_{line.product_id}"
        lines.append(
            goods_row(cards.get(line.product_id), line.sku, line.title, line.spec)
            | {
                "field": name,
                "product_id": line.product_id,
                "units": typed.get(name, "") if typed is not None else line.quantity,
                "unit_fen": line.unit_fen,
                "line_fen": line.line_fen,
                "tiers": _tiers(tiers.get(line.product_id, []), own.get(line.product_id, []), line.quantity),
                "step": steps.get(line.product_id),
                "left": left.get(line.product_id, 0),
                "faults": faults[line.product_id],
            }
        )
    return lines


def review_context(request: PurchaseRequest, typed: Mapping[str, str], *, page: str = "") -> dict[str, Any]:
    """Return the context of submit.html: goods by supplier with freight, recipient, sum and its digest.

    `typed` are the reasons as posted; those of an earlier submission stand in the fields otherwise. Goods that
    need a reason stand on every page, since what is posted is one form.
    """
    quote = bulk_quote(request)
    shown = paged(quote.lines, page)
    fair = fair_prices(request.organisation, ((line.product_id, line.unit_fen) for line in quote.lines))
    of_page = {line.product_id for line in shown.object_list}
    of_page |= {product_id for product_id, price in fair.items() if price.is_over}
    offer = terms_offer(request.organisation) if request.pay_by == PayBy.TERMS else None
    over = [refusal.text for refusal in request_refusals(request, quote.total_fen)]
    found = _totals(request, quote)
    return found | {
        "groups": _review_groups(request, quote, of_page, fair, typed),
        "page_obj": shown,
        "digest": quote.digest,
        "offer": offer,
        "quotes": list(request.gathered_quotes.all()),
        "quote_rule": rule_for(request.organisation.kind, quote.total_fen),
        "problems": found["problems"] + over,
        "blocked": found["blocked"] or bool(over),
    }


def _review_groups(
    request: PurchaseRequest,
    quote: Quote,
    of_page: Set[int],
    fair: Mapping[int, FairPrice],
    typed: Mapping[str, str],
) -> list[dict[str, Any]]:
    """Return the suppliers that have goods on the page, with those goods and the sum of all that are theirs."""
    cards = cards_by_product(of_page)
    said = dict(request.lines.values_list("product_id", "gap_reason"))
    groups = []
    for supplier in quote.suppliers:
        lines = [line for line in supplier.lines if line.product_id in of_page]
        card = cards.get(lines[0].product_id) if lines else None
        rows = [
            goods_row(cards.get(line.product_id), line.sku, line.title, line.spec)
            | {
                "quantity": line.quantity,
                "unit_fen": line.unit_fen,
                "line_fen": line.line_fen,
                "fair": fair[line.product_id],
                "field": f"reason_{line.product_id}",
                "reason": typed.get(f"reason_{line.product_id}", said.get(line.product_id, "")),
            }
            for line in lines
        ]
        group = {
            "supplier_name": supplier.supplier_name,
            "region_slug": card.region_slug if card else "",
            "freight_fen": supplier.freight_fen,
            "goods_fen": supplier.goods_fen,
            "kinds": len(supplier.lines),
            "lines": rows,
        }
        groups += [group] if rows else []
    return groups


def submitted_context(request: PurchaseRequest, reader_id: int, *, page: str = "") -> dict[str, Any]:
    """Return the context of request.html: what was submitted, what differs from it now, and whose turn it is.

    What differs, the price check and the digest are of the whole request, the lines those of a page.
    """
    prefetch_related_objects(
        [request], Prefetch("lines", RequestLine.objects.select_related("product__listing"))
    )
    lines = list(request.lines.all())
    shown = paged(lines, page)
    cards = cards_by_product(line.product_id for line in shown.object_list)
    waits = request.state == RequestState.SUBMITTED
    before = None if waits else request.decided_at
    prices = [(line.product_id, line.unit_fen) for line in lines]
    fair = fair_prices(request.organisation, prices, before=before)
    taken = approvals_of(request)
    waited_for = deciders(request, taken) if waits else set()
    return {
        "request_row": request,
        "agreed": agreed_of(request),
        "can_decide": reader_id in waited_for,
        "is_last": len(taken) + 1 >= len(chain_of(request)),
        "chain": shown_chain(request, taken, waited_for),
        "lines": [
            goods_row(cards.get(line.product_id), line.sku, line.product.title, "")
            | {
                "quantity": line.quantity,
                "unit_fen": line.unit_fen,
                "line_fen": line.line_fen,
                "fair": fair[line.product_id],
                "reason": line.gap_reason,
            }
            for line in shown.object_list
        ],
        "page_obj": shown,
        "quotes": list(request.gathered_quotes.all()),
        "price_check": _price_check(request, lines, fair),
        "seen": content_digest(request),
        "differences": differences(request, bulk_quote(request)) if waits else [],
        "offer": terms_offer(request.organisation) if waits and request.pay_by == PayBy.TERMS else None,
        "over": request_refusals(request, request.total_fen) if waits else [],
    }


def _price_check(
    request: PurchaseRequest, lines: list[RequestLine], fair: Mapping[int, FairPrice]
) -> dict[str, Any]:
    """Return the sums of the price check: against list prices, freight beside goods, lines above the band."""
    listed = sum((fair[line.product_id].list_fen or line.unit_fen) * line.quantity for line in lines)
    over = [line for line in lines if fair[line.product_id].is_over]
    return {
        "off_fen": listed - request.goods_fen,
        "list_gap": shown_gap(gap_bp(request.goods_fen, listed)),
        "freight_share": shown_gap(gap_bp(request.total_fen, request.goods_fen)).lstrip("+"),
        "compared": sum(1 for line in lines if fair[line.product_id].reference_fen),
        "over": len(over),
        "kinds": len(lines),
    }


def preview_context(upload: UploadFile, *, page: str = "", bad_page: str = "") -> dict[str, Any]:
    """Return the context of preview.html: bad rows to correct, good rows at their price, a page of each.

    The sums are of the whole list.
    """
    rows = rows_of(upload)
    deal = deal_of(upload.request)
    checked = check_rows(rows, columns=upload.columns, deal=deal)
    good = paged(checked.good, page)
    bad = Paginator(checked.bad_rows, BAD_ROWS_A_PAGE).get_page(bad_page)
    products = [row.product_id for row in good.object_list]
    cards = cards_by_product(products)
    tiers = tiers_of(products, clock.today())
    steps = steps_on(current_shelf(), clock.today())
    own = agreed_tiers(deal.buyer, products, clock.today())
    return {
        "request_row": upload.request,
        "upload": upload,
        "row_count": len(rows),
        "good": [
            _good_row(row, cards.get(row.product_id))
            | {
                "tiers": _tiers(tiers.get(row.product_id, []), own.get(row.product_id, []), row.quantity),
                "step": steps.get(row.product_id),
            }
            for row in good.object_list
        ],
        "good_page": good,
        "good_kinds": len(checked.good),
        "good_rows": sum(len(row.rows) for row in checked.good),
        "bad": _bad_rows(set(bad.object_list), rows, checked),
        "bad_page": bad,
        "bad_count": len(checked.bad_rows),
        "goods_fen": checked.goods_fen,
        "digest": checked.digest,
        "held": len(lines_of(upload.request)),
        "again": was_applied(upload),
        "columns": upload.columns,
    }


def _good_row(row: GoodRow, card: ProductCard | None) -> dict[str, Any]:
    return goods_row(card, row.sku, row.title, "") | {
        "rows": shown_rows(row.rows),
        "is_summed": row.is_summed,
        "quantity": row.quantity,
        "unit_fen": row.price.unit_fen,
        "line_fen": row.line_fen,
    }


def _bad_rows(numbers: Set[int], rows: Sequence[ListedRow], checked: Checked) -> list[dict[str, Any]]:
    faults: dict[int, list[Fault]] = defaultdict(list)
    for fault in with_suggestions([fault for fault in checked.faults if fault.row in numbers]):
        faults[fault.row].append(fault)
    return [
        {
            "row": row.row,
            "sku": row.sku,
            "quantity": row.quantity,
            "faults": faults[row.row],
            "bad_fields": {fault.field for fault in faults[row.row]},
        }
        for row in rows
        if row.row in numbers
    ]


def _tiers(tiers: Sequence[Tier], own: Sequence[Tier], quantity: int) -> list[dict[str, Any]]:
    """Return the price breaks for everyone and the unit's own, the one that holds marked."""
    reached = [tier.price_fen for tier in (*tiers, *own) if tier.min_quantity <= quantity]
    holds = min(reached, default=0)
    return [
        {
            "from": tier.min_quantity,
            "fen": tier.price_fen,
            "holds": tier.min_quantity <= quantity and tier.price_fen == holds,
            "is_own": is_own,
        }
        for is_own, rows in ((False, tiers), (True, own))
        for tier in rows
    ]


def goods_row(card: ProductCard | None, sku: str, title: str, spec: str) -> dict[str, Any]:
    """Return how a product is shown in a row."""
    return {
        "sku": sku,
        "title": card.title if card else title,
        "url": card.url if card else "",
        "image": (card.image_thumb_url or card.image_url_small or "") if card else "",
        "is_illustration": bool(card and card.is_illustration),
        "spec": card.spec if card else spec,
        "region_slug": card.region_slug if card else "",
        "region_name": card.region_name if card else "",
    }


def _totals(request: PurchaseRequest, quote: Quote) -> dict[str, Any]:
    undeliverable = [p.message for p in quote.blocking if p.basket_line_id is None and p.code != "empty"]
    uneven = uneven_words(request, quote.lines)
    return {
        "request_row": request,
        "goods_fen": quote.goods_fen,
        "freight_fen": quote.freight_fen if request.province else None,
        "total_fen": quote.total_fen,
        "units": sum(line.quantity for line in quote.lines),
        "kinds": len(quote.lines),
        "problems": undeliverable + uneven,
        "blocked": bool(quote.blocking or uneven),
    }
