"""What the basket's page shows."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from shop.core import fen
from shop.core.fen import shown_yuan
from shop.forks.basket.contents import Contents
from shop.listings.place_names import province_name
from shop.listings.presentation import pack_name
from shop.listings.return_terms import summary_of
from shop.ordering.limits import limit_text
from shop.ordering.quote_parts import MAX_UNITS, QuoteLine, SupplierQuote


def summary_context(found: Contents | None) -> dict[str, Any]:
    """Return the context of shop/basket/summary.html; None is the empty basket."""
    if found is None:
        return {"groups": [], "invalid_lines": [], "count": 0, "home_url": reverse("home")}
    chosen = {supplier.supplier_code: supplier for supplier in found.chosen.suppliers}
    groups = [
        _group(found, supplier, chosen.get(supplier.supplier_code)) for supplier in found.whole.suppliers
    ]
    alive = len(found.rows) - len(found.dead)
    return {
        "groups": [group for group in groups if group["lines"]],
        "invalid_lines": [_dead_line(found, pk) for pk in found.dead],
        "count": len(found.rows),
        "selected_count": len(found.ticked),
        "selected_fen": found.chosen.total_fen,
        "freight_fen": found.chosen.freight_fen,
        "all_selected": alive > 0 and len(found.ticked) == alive,
        "home_url": reverse("home"),
    }


def freight_text(freight: Any, province: str) -> str:
    """Return a supplier's freight as a sentence: what it costs, and what is missing until it is free."""
    if freight.fen is None:
        return str(freight.reason)
    if freight.fen == 0 and freight.free_from_fen:
        return freight_hint(freight)
    text = _("To %(province)s: ¥%(sum)s") % {
        "province": province_name(province),
        "sum": shown_yuan(freight.fen),
    }
    return " · ".join(filter(None, (text, freight_hint(freight))))


def freight_hint(freight: Any) -> str:
    """Return what is missing until a supplier's freight is free, or that it is reached; else nothing."""
    if freight.fen == 0 and freight.free_from_fen:
        return _("¥%(sum)s reached, freight free") % {"sum": shown_yuan(freight.free_from_fen)}
    if freight.fen and freight.missing_fen:
        return _("¥%(sum)s more and it is free") % {"sum": shown_yuan(freight.missing_fen)}
    return ""


def _group(found: Contents, supplier: SupplierQuote, chosen: SupplierQuote | None) -> dict[str, Any]:
    lines = [_line(found, line) for line in supplier.lines if line.basket_line_id not in found.dead]
    first = found.cards.get(supplier.lines[0].product_id)
    return {
        "supplier_name": supplier.supplier_name,
        "supplier_url": reverse("storefront:supplier", args=[supplier.supplier_code]),
        "region_slug": first.region_slug if first else "",
        "is_sourced": bool(first and first.supplier_is_sourced),
        "freight_text": freight_text(chosen.freight, found.province) if chosen else "",
        "returns_text": summary_of(
            (line.title, found.whole.return_terms[line.product_id]) for line in supplier.lines
        ),
        "lines": lines,
        "all_selected": all(line["is_selected"] for line in lines),
    }


def _line(found: Contents, line: QuoteLine) -> dict[str, Any]:
    card = found.cards[line.product_id]
    return {
        "line_id": line.basket_line_id,
        "title": card.title,
        "url": card.url,
        "image_url_small": card.image_url_small,
        "image_thumb_url": card.image_thumb_url,
        "is_illustration": card.is_illustration,
        "spec": pack_name(line.spec),
        "price_fen": line.unit_fen,
        "quantity": line.quantity,
        "min_quantity": 1,
        "max_quantity": max(min(found.left(line.basket_line_id), _most(found, line)), line.quantity),
        "quantity_step": 1,
        "is_selected": line.basket_line_id in found.ticked,
        "notice": _notice(found, line),
    }


def _most(found: Contents, line: QuoteLine) -> int:
    limit = found.whole.limits.get(line.product_id)
    return limit.units if limit else MAX_UNITS


def _notice(found: Contents, line: QuoteLine) -> str:
    """Return what changed since the row was added, or what stands against ordering it."""
    texts = []
    for problem in found.problems.get(line.basket_line_id, []):
        seen = found.rows[line.basket_line_id].price_incl_tax
        if problem.code == "price_changed" and seen is not None:
            texts.append(
                _("Price changed: ¥%(before)s when you added it, now ¥%(now)s.")
                % {"before": shown_yuan(fen.from_yuan(seen)), "now": shown_yuan(line.unit_fen)}
            )
        else:
            texts.append(problem.message)
    limit = found.whole.limits.get(line.product_id)
    if limit and not any(problem.code == "limit" for problem in found.problems.get(line.basket_line_id, [])):
        texts.append(limit_text(limit))
    return " ".join(texts)


def _dead_line(found: Contents, line_id: int) -> dict[str, Any]:
    row = found.rows[line_id]
    card = found.cards.get(row.product_id)
    return {
        "line_id": line_id,
        "title": card.title if card else row.product_title,
        "image_url_small": card.image_url_small if card else "",
        "image_thumb_url": card.image_thumb_url if card else "",
        "is_illustration": bool(card and card.is_illustration),
        "reason": found.dead[line_id],
    }
