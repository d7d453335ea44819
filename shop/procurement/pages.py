"""What the pages of a request show. A fixed number of queries for a request of any size."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from django.db.models import Prefetch, prefetch_related_objects

from shop.core import clock
from shop.listings.presentation import shown_cards
from shop.listings.selectors import ProductCard, Tier, tiers_of
from shop.ordering.services import Quote
from shop.procurement.approvals import bulk_quote, differences
from shop.procurement.budgets import request_refusals
from shop.procurement.chain import approvals_of, chain_of, deciders, shown_chain
from shop.procurement.checking import Checked, GoodRow, bulk_left, check_rows
from shop.procurement.content import content_digest
from shop.procurement.drafts import lines_of, rows_of
from shop.procurement.fair_price import FairPrice, fair_prices, gap_bp, shown_gap
from shop.procurement.models import PayBy, PurchaseRequest, RequestLine, RequestState, UploadFile
from shop.procurement.quotes import rule_for
from shop.procurement.terms import terms_offer


def cards_by_product(product_ids: Any) -> dict[int, ProductCard]:
    """Return the cards of products by id. Three queries."""
    return {card.product_id: card for card in shown_cards(sorted(product_ids))}


def draft_context(
    request: PurchaseRequest, *, typed: Mapping[str, str] | None, errors: Mapping[int, str]
) -> dict[str, Any]:
    """Return the context of draft.html; `typed` are quantities that were refused, `errors` why by product."""
    quote = bulk_quote(request)
    products = [line.product_id for line in quote.lines]
    cards = cards_by_product(products)
    tiers = tiers_of(products, clock.today())
    left = bulk_left(products)
    problems: dict[int, list[str]] = defaultdict(list)
    for problem in quote.blocking:
        if problem.basket_line_id is not None:
            problems[problem.basket_line_id].append(problem.message)
    lines = []
    for line in quote.lines:
        name = f"units_{line.product_id}"
        found = [errors[line.product_id]] if line.product_id in errors else problems[line.basket_line_id]
        lines.append(
            _goods(cards.get(line.product_id), line.sku, line.title, line.spec)
            | {
                "field": name,
                "product_id": line.product_id,
                "units": typed.get(name, "") if typed is not None else line.quantity,
                "unit_fen": line.unit_fen,
                "line_fen": line.line_fen,
                "tiers": _tiers(tiers.get(line.product_id, []), line.quantity),
                "left": left.get(line.product_id, 0),
                "faults": found,
            }
        )
    bad = sum(1 for line in lines if line["faults"])
    return _totals(request, quote) | {"lines": lines, "bad": bad, "good": len(lines) - bad}


def review_context(request: PurchaseRequest, typed: Mapping[str, str]) -> dict[str, Any]:
    """Return the context of submit.html: goods by supplier with freight, recipient, sum and its digest.

    `typed` are the reasons as posted; those of an earlier submission stand in the fields otherwise.
    """
    quote = bulk_quote(request)
    cards = cards_by_product(line.product_id for line in quote.lines)
    offer = terms_offer(request.organisation) if request.pay_by == PayBy.TERMS else None
    fair = fair_prices(request.organisation, ((line.product_id, line.unit_fen) for line in quote.lines))
    said = dict(request.lines.values_list("product_id", "gap_reason"))
    groups = [
        {
            "supplier_name": supplier.supplier_name,
            "region_slug": cards[supplier.lines[0].product_id].region_slug,
            "freight_fen": supplier.freight_fen,
            "lines": [
                _goods(cards.get(line.product_id), line.sku, line.title, line.spec)
                | {
                    "quantity": line.quantity,
                    "unit_fen": line.unit_fen,
                    "line_fen": line.line_fen,
                    "fair": fair[line.product_id],
                    "field": f"reason_{line.product_id}",
                    "reason": typed.get(f"reason_{line.product_id}", said.get(line.product_id, "")),
                }
                for line in supplier.lines
            ],
        }
        for supplier in quote.suppliers
    ]
    over = [refusal.text for refusal in request_refusals(request, quote.total_fen)]
    found = _totals(request, quote)
    return found | {
        "groups": groups,
        "digest": quote.digest,
        "offer": offer,
        "quotes": list(request.gathered_quotes.all()),
        "quote_rule": rule_for(request.organisation.kind, quote.total_fen),
        "problems": found["problems"] + over,
        "blocked": found["blocked"] or bool(over),
    }


def submitted_context(request: PurchaseRequest, reader_id: int) -> dict[str, Any]:
    """Return the context of request.html: what was submitted, what differs from it now, and whose turn it is."""
    prefetch_related_objects(
        [request], Prefetch("lines", RequestLine.objects.select_related("product__listing"))
    )
    lines = list(request.lines.all())
    cards = cards_by_product(line.product_id for line in lines)
    waits = request.state == RequestState.SUBMITTED
    before = None if waits else request.decided_at
    prices = [(line.product_id, line.unit_fen) for line in lines]
    fair = fair_prices(request.organisation, prices, before=before)
    taken = approvals_of(request)
    waited_for = deciders(request, taken) if waits else set()
    return {
        "request_row": request,
        "can_decide": reader_id in waited_for,
        "is_last": len(taken) + 1 >= len(chain_of(request)),
        "chain": shown_chain(request, taken, waited_for),
        "lines": [
            _goods(cards.get(line.product_id), line.sku, line.product.title, "")
            | {
                "quantity": line.quantity,
                "unit_fen": line.unit_fen,
                "line_fen": line.line_fen,
                "fair": fair[line.product_id],
                "reason": line.gap_reason,
            }
            for line in lines
        ],
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


def preview_context(upload: UploadFile) -> dict[str, Any]:
    """Return the context of preview.html: bad rows to correct, good rows at their price."""
    rows = rows_of(upload)
    checked = check_rows(rows, columns=upload.columns)
    texts = {row.row: row for row in rows}
    products = [row.product_id for row in checked.good]
    cards = cards_by_product(products)
    tiers = tiers_of(products, clock.today())
    return {
        "request_row": upload.request,
        "upload": upload,
        "row_count": len(rows),
        "good": [
            _good_row(row, cards.get(row.product_id), tiers.get(row.product_id, [])) for row in checked.good
        ],
        "good_rows": sum(len(row.rows) for row in checked.good),
        "bad": [
            _bad_row(number, texts[number].sku, texts[number].quantity, checked)
            for number in checked.bad_rows
        ],
        "goods_fen": checked.goods_fen,
        "digest": checked.digest,
        "held": len(lines_of(upload.request)),
        "columns": upload.columns,
    }


def _good_row(row: GoodRow, card: ProductCard | None, tiers: list[Tier]) -> dict[str, Any]:
    return _goods(card, row.sku, row.title, "") | {
        "rows": "、".join(map(str, row.rows)),
        "is_summed": row.is_summed,
        "quantity": row.quantity,
        "unit_fen": row.price.unit_fen,
        "line_fen": row.line_fen,
        "tiers": _tiers(tiers, row.quantity),
    }


def _bad_row(number: int, sku: str, quantity: str, checked: Checked) -> dict[str, Any]:
    faults = [fault for fault in checked.faults if fault.row == number]
    return {
        "row": number,
        "sku": sku,
        "quantity": quantity,
        "faults": faults,
        "bad_fields": {fault.field for fault in faults},
    }


def _tiers(tiers: list[Tier], quantity: int) -> list[dict[str, Any]]:
    """Return the price breaks, the one that holds marked."""
    reached = [tier.min_quantity for tier in tiers if tier.min_quantity <= quantity]
    return [
        {"from": tier.min_quantity, "fen": tier.price_fen, "holds": reached[-1:] == [tier.min_quantity]}
        for tier in tiers
    ]


def _goods(card: ProductCard | None, sku: str, title: str, spec: str) -> dict[str, Any]:
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
    return {
        "request_row": request,
        "goods_fen": quote.goods_fen,
        "freight_fen": quote.freight_fen if request.province else None,
        "total_fen": quote.total_fen,
        "units": sum(line.quantity for line in quote.lines),
        "kinds": len(quote.lines),
        "problems": undeliverable,
        "blocked": bool(quote.blocking),
    }
