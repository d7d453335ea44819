"""What the page showed, kept in the form, so that a changed quote can say what is different."""

from typing import Any

from django.core import signing
from django.utils.translation import gettext as _

from shop.core.fen import shown_yuan
from shop.listings.place_names import province_name
from shop.ordering.quotes import Quote

_SALT = "shop.checkout.seen"


def packed(quote: Quote) -> str:
    """Return the lines, freight and discount of a quote as one signed text."""
    lines = {str(line.basket_line_id): [line.title, line.quantity, line.unit_fen] for line in quote.lines}
    freight = {row.supplier_code: [row.supplier_name, row.freight_fen] for row in quote.suppliers}
    return signing.dumps([quote.province, lines, freight, quote.discount_fen], salt=_SALT, compress=True)


def changes(packed_text: str, quote: Quote) -> list[str]:
    """Return what differs from the quote seen before, each a sentence; empty when it cannot be told."""
    try:
        province, lines, freight, discount_fen = signing.loads(packed_text, salt=_SALT)
    except (signing.BadSignature, ValueError):
        return []
    sentences = [*_line_changes(lines, quote), *_freight_changes(freight, quote)]
    if discount_fen != quote.discount_fen:
        sentences.append(
            _("The coupon takes off ¥%(now)s now, ¥%(before)s before.")
            % {"before": shown_yuan(discount_fen), "now": shown_yuan(quote.discount_fen)}
        )
    if province != quote.province:
        sentences.insert(
            0,
            _("The goods now go to %(province)s; please look at the freight and place the order again.")
            % {"province": province_name(quote.province)},
        )
    return sentences


def _line_changes(before: dict[str, list[Any]], quote: Quote) -> list[str]:
    now = {str(line.basket_line_id): line for line in quote.lines}
    sentences = [
        _("“%(product)s” is no longer in the order.") % {"product": before[key][0]}
        for key in before
        if key not in now
    ]
    for key, line in now.items():
        if key not in before:
            sentences.append(_("“%(product)s” has been added.") % {"product": line.title})
            continue
        _title, quantity, unit_fen = before[key]
        if unit_fen != line.unit_fen:
            sentences.append(
                _("“%(product)s” cost ¥%(before)s each, now ¥%(now)s.")
                % {"product": line.title, "before": shown_yuan(unit_fen), "now": shown_yuan(line.unit_fen)}
            )
        if quantity != line.quantity:
            sentences.append(
                _("“%(product)s”: the quantity is now %(now)d, before %(before)d.")
                % {"product": line.title, "before": quantity, "now": line.quantity}
            )
    return sentences


def _freight_changes(before: dict[str, list[Any]], quote: Quote) -> list[str]:
    sentences = []
    for row in quote.suppliers:
        old = before.get(row.supplier_code, ["", None])[1]
        if old is None or row.freight_fen is None or old == row.freight_fen:
            continue
        sentences.append(
            _("Freight of %(supplier)s: ¥%(before)s before, now ¥%(now)s.")
            % {"supplier": row.supplier_name, "before": shown_yuan(old), "now": shown_yuan(row.freight_fen)}
        )
    return sentences
