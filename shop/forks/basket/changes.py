"""Changes to a basket, checked as a whole: a post either applies or changes nothing."""

from collections.abc import Mapping

from django.db import transaction
from django.db.models import F
from django.http import QueryDict
from django.utils.translation import gettext as _
from oscar.apps.basket.models import Basket
from oscar.apps.basket.models import Line as BasketLine
from oscar.apps.partner.models import StockRecord

from shop.core import fen
from shop.core.exceptions import ShopError
from shop.forks.basket.contents import Contents
from shop.forks.basket.forms import QuantityForm
from shop.listings.selectors import ProductCard


class BasketRefused(ShopError):
    """A quantity that cannot be; the message names the product."""


def apply(*, basket: Basket, contents: Contents, posted: QueryDict) -> None:
    """Apply a post of the basket page: quantities, one step, one removal, or the removal of dead rows.

    Raises BasketRefused naming the product; then nothing is written. Rows of other baskets are ignored.
    """
    if "clear_invalid" in posted:
        _delete(basket, contents.dead)
    elif "remove" in posted:
        _delete(basket, [pk for pk in contents.rows if str(pk) == posted["remove"]])
    else:
        wanted = _wanted(contents, posted)
        with transaction.atomic():
            for pk, quantity in wanted.items():
                BasketLine.objects.filter(pk=pk, basket_id=basket.pk).update(quantity=quantity)


def put_in(*, basket: Basket, card: ProductCard, quantity: int) -> int:
    """Add pieces of a product and return the row's id. Raises BasketRefused when that many are not left."""
    row = (
        BasketLine.objects.filter(basket_id=basket.pk, product_id=card.product_id).first()
        if basket.pk
        else None
    )
    _require_left(card, (row.quantity if row else 0) + quantity)
    if row is None:
        return _new_row(basket, card, quantity)
    BasketLine.objects.filter(pk=row.pk).update(quantity=row.quantity + quantity)
    return row.pk


def _new_row(basket: Basket, card: ProductCard, quantity: int) -> int:
    """Write a row with the price that the card shows, as Oscar would after reading all of it again."""
    records = StockRecord.objects.filter(product_id=card.product_id).order_by("-pk")
    record_id, vat_percent = records.values_list("pk", "product__listing__vat_percent")[0]
    values = {
        "product_id": card.product_id,
        "stockrecord_id": record_id,
        "quantity": quantity,
        "price_currency": "CNY",
        "price_incl_tax": fen.to_yuan(card.price_fen),
        "price_excl_tax": fen.to_yuan(fen.ex_tax(card.price_fen, vat_percent)),
    }
    reference = f"{card.product_id}_{record_id}"
    if not basket.pk:
        # Nobody else can know this basket yet.
        with transaction.atomic():
            basket.save()
            return BasketLine.objects.create(basket=basket, line_reference=reference, **values).pk
    row, created = BasketLine.objects.get_or_create(
        basket_id=basket.pk, line_reference=reference, defaults=values
    )
    if not created:
        # The same button pressed in two windows at once.
        BasketLine.objects.filter(pk=row.pk).update(quantity=F("quantity") + quantity)
    return row.pk


def _delete(basket: Basket, line_ids: Mapping[int, str] | list[int]) -> None:
    BasketLine.objects.filter(basket_id=basket.pk, pk__in=list(line_ids)).delete()


def _wanted(contents: Contents, posted: QueryDict) -> dict[int, int]:
    """Return the quantities that differ from what stands, each checked."""
    stepped, _sign, step = posted.get("step", "").partition(":")
    wanted: dict[int, int] = {}
    for pk, row in contents.rows.items():
        typed = posted.get(f"quantity_{pk}")
        if pk in contents.dead or typed is None:
            continue
        quantity = _quantity(row.product_title, typed)
        if stepped == str(pk):
            quantity = max(1, quantity + (1 if step == "+1" else -1))
        if quantity == row.quantity:
            continue
        if quantity > row.quantity:
            _require_left(contents.cards[row.product_id], quantity)
        wanted[pk] = quantity
    return wanted


def _quantity(title: str, typed: str) -> int:
    form = QuantityForm({"quantity": typed})
    if not form.is_valid():
        raise BasketRefused(
            _("“%(product)s”: %(problem)s") % {"product": title, "problem": form.problem()},
            code="quantity",
            field="quantity",
        )
    return int(form.cleaned_data["quantity"])


def _require_left(card: ProductCard, quantity: int) -> None:
    if not card.is_available:
        raise BasketRefused(
            _("“%(product)s” cannot be bought at present.") % {"product": card.title}, code="unavailable"
        )
    if quantity > card.stock:
        raise BasketRefused(
            _("“%(product)s”: only %(left)d left, %(wanted)d were asked for.")
            % {"product": card.title, "left": card.stock, "wanted": quantity},
            code="stock",
            field="quantity",
        )
