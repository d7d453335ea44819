"""Place an order: the only way that one comes to be."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from oscar.apps.basket.models import Basket
from oscar.apps.basket.models import Line as BasketLine
from oscar.apps.order.models import Line

from shop.accounts.closing import hold_open
from shop.accounts.models import User
from shop.buyers.selectors import terms_of
from shop.buyers.units import ASSISTED, RESIDENT, BuyingUnit
from shop.core import clock
from shop.core.faultpoint import faultpoint
from shop.core.locks import held_values, lock
from shop.coupons.services import use_coupon
from shop.ordering import stock
from shop.ordering.coupon_quotes import own_offer, with_coupon
from shop.ordering.deals import NO_DEAL, Deal
from shop.ordering.eligibility import OrderFacts, Origins, supplier_dims
from shop.ordering.exceptions import CannotPlace, QuoteChanged
from shop.ordering.holds import hold_until
from shop.ordering.invoices import kept_wish
from shop.ordering.limits import hold_to_limits, person_of
from shop.ordering.models import ChargeShare, LineShare, OrderRecord
from shop.ordering.numbers import guest_token, new_order_number, token_digest
from shop.ordering.oscar_rows import ex_tax_fen, write_lines, write_order
from shop.ordering.payloads import order_payload
from shop.ordering.quote_parts import QuoteLine
from shop.ordering.quotes import Quote, quote_basket
from shop.ordering.recipients import PHONE, Recipient
from shop.ordering.status import ChargeKind, PayMethod, Pool, Step
from shop.ordering.transitions import write_step
from shop.outbox.services import append
from shop.suppliers.models import Supplier, SupplierState

MESSAGE_LENGTH = 200


@dataclass(frozen=True)
class PlacedOrder:
    """The order, the token of the guest's link to it (None for a signed-in buyer), the basket of what stayed behind."""

    record: OrderRecord
    token: str | None
    created: bool
    rest: Basket | None = None


@dataclass(frozen=True)
class _Wish:
    """What the buyer asked for, checked."""

    buyer: User | None
    guest_phone: str
    recipient: Recipient
    method: PayMethod
    messages: dict[str, str]
    invoice_wish: dict[str, Any]
    channel: str
    demo: bool
    placed_by: int | None
    unit: BuyingUnit | None
    pool: Pool


def place_order(
    *,
    basket: Basket,
    buyer: User | None,
    guest_phone: str,
    recipient: Recipient,
    method: PayMethod,
    messages: Mapping[str, str],
    invoice_wish: Mapping[str, Any],
    quoted: str | Quote,
    demo: bool,
    channel: str = "web",
    placed_by: User | None = None,
    unit: BuyingUnit | None = None,
    pool: Pool | str = Pool.RETAIL,
    leave: Collection[int] = (),
    coupon: str = "",
    deal: Deal = NO_DEAL,
) -> PlacedOrder:
    """Place the basket as one unpaid order: rows, shares, stock, freight and `order.placed` in one transaction.

    `quoted` is the quote the buyer saw (of the same pool), or its digest. `messages` are words to suppliers by
    code. `leave` are rows of the basket that are not ordered: they move to a basket of their own. `coupon` is the
    code of one of the buyer's coupons: it is used with the order; residents with an account only.
    `deal` is what the buyer has agreed beside the prices for everyone; the quote must have been made with it.
    `unit` is the organisation that buys: buyer kind, mode and credited organisation are its own, without one they
    are a resident's. Bulk stock and payment on terms are for units only.
    Safe to call again, also at the same moment: a basket becomes one order, every caller gets it.
    Raises QuoteChanged when price, freight or goods differ from `quoted`, OutOfStock, CouponRefused, and CannotPlace
    or InvoiceRefused naming the field (code limit: more than one person may buy). Nothing is written then.
    """
    with transaction.atomic():
        _hold_account(buyer)
        locked = lock(Basket.objects.filter(pk=basket.pk)).get()
        if locked.status not in (Basket.OPEN, Basket.FROZEN):
            return _placed_before(locked)
        rest = _part(locked, leave) if leave else None
        who = (buyer, guest_phone, recipient, unit, placed_by)
        wish = _checked_wish(*who, method, messages, invoice_wish, channel, demo, Pool(pool))
        quote = _quote(locked, wish, coupon, deal)
        _require_placeable(quote, quoted)
        _hold_to_limits(quote, wish)
        _require_selling(quote)
        record = _write(locked, quote, wish)
        faultpoint("ordering.place.before_commit")
    faultpoint("ordering.place.after_commit")
    return PlacedOrder(record, _token(record), created=True, rest=rest)


def _placed_before(locked: Basket) -> PlacedOrder:
    """Return the order that a basket became; raises CannotPlace when it became none."""
    known = OrderRecord.objects.filter(basket=locked).first()
    if known is None:
        raise CannotPlace(_("This basket can no longer be ordered."), code="basket_gone", field="basket")
    return PlacedOrder(known, _token(known), created=False)


def _quote(locked: Basket, wish: _Wish, coupon: str, deal: Deal) -> Quote:
    """Return what the order costs now. Stock is decided by the allocation, which names what is left at that moment."""
    province = wish.recipient.province
    quote = quote_basket(basket=locked, province=province, pool=wish.pool, with_stock=False, deal=deal)
    if not coupon:
        return quote
    return with_coupon(quote, [own_offer(coupon, wish.buyer, wish.unit)], coupon)


def _part(locked: Basket, leave: Collection[int]) -> Basket | None:
    """Move those rows of a locked basket to a new one of the same owner; None when it has none of them."""
    rows = BasketLine.objects.filter(basket=locked, pk__in=leave)
    if not rows.exists():
        return None
    rest = Basket.objects.create(owner_id=locked.owner_id)
    rows.update(basket=rest)
    return rest


def _checked_wish(
    buyer: User | None,
    guest_phone: str,
    recipient: Recipient,
    unit: BuyingUnit | None,
    placed_by: User | None,
    method: PayMethod,
    messages: Mapping[str, str],
    invoice_wish: Mapping[str, Any],
    channel: str,
    demo: bool,
    pool: Pool,
) -> _Wish:
    _require_unit(unit, method, pool)
    recipient.require_complete()
    if buyer is None and not PHONE.fullmatch(guest_phone):
        raise CannotPlace(
            _("Please give a phone number, so that we can reach you."), code="phone", field="guest_phone"
        )
    if method not in PayMethod.values:
        raise CannotPlace(_("Please choose a way of paying."), code="method", field="method")
    if any(len(text) > MESSAGE_LENGTH for text in messages.values()):
        raise CannotPlace(
            _("A message to a supplier has at most %(most)d characters.") % {"most": MESSAGE_LENGTH},
            code="too_long",
            field="messages",
        )
    return _Wish(
        buyer=buyer,
        guest_phone="" if buyer else guest_phone,
        recipient=recipient,
        method=PayMethod(method),
        messages={code: text for code, text in messages.items() if text},
        invoice_wish=kept_wish(invoice_wish),
        channel=channel,
        demo=demo or method == PayMethod.DEMO or (unit is not None and unit.demo),
        placed_by=placed_by.pk if placed_by else (buyer.pk if buyer else None),
        unit=unit,
        pool=pool,
    )


def _require_unit(unit: BuyingUnit | None, method: PayMethod, pool: Pool | str) -> None:
    if unit is None and (method == PayMethod.TERMS or pool == Pool.BULK):
        raise CannotPlace(_("Only organisations can order like this."), code="no_unit", field="unit")
    if unit is not None and method == PayMethod.TERMS and terms_of(unit.code, clock.today()) is None:
        raise CannotPlace(
            _("“%(name)s” has no approved terms today. Please choose another way of paying.")
            % {"name": unit.name},
            code="no_terms",
            field="method",
        )


def _hold_account(buyer: User | None) -> None:
    if not hold_open(user_id=buyer.pk if buyer else None):
        raise CannotPlace(
            _("Its owner has closed this account for good."), code="account_closed", field="basket"
        )


def _require_placeable(quote: Quote, quoted: str | Quote) -> None:
    for problem in quote.blocking:
        field = "province" if problem.code == "undeliverable" else "basket"
        raise CannotPlace(problem.message, code=problem.code, field=field)
    if quote.digest != (quoted.digest if isinstance(quoted, Quote) else quoted):
        raise QuoteChanged


def _hold_to_limits(quote: Quote, wish: _Wish) -> None:
    """Refuse what one person may not buy; an organisation is not one person."""
    if quote.limits and wish.unit is None:
        hold_to_limits(
            person=person_of(wish.buyer, wish.guest_phone),
            wanted=[(line.product_id, line.title, line.quantity) for line in quote.lines],
            limits=quote.limits,
        )


def _require_selling(quote: Quote) -> None:
    """Refuse a supplier that has just been suspended, and let none be until this order is placed or not."""
    codes = {supplier.supplier_code for supplier in quote.suppliers}
    held = held_values(Supplier.objects.filter(code__in=codes), "name_zh", "state")
    for name, state in held:
        if state == SupplierState.SUSPENDED:
            raise CannotPlace(
                _("%(supplier)s does not sell at present. Please take its goods out of the basket.")
                % {"supplier": name},
                code="supplier_suspended",
                field="basket",
            )


def _write(basket: Basket, quote: Quote, wish: _Wish) -> OrderRecord:
    placed_at = clock.now()
    record = _write_record(basket, quote, wish, placed_at)
    if quote.coupon is not None and wish.buyer is not None:
        use_coupon(
            code=quote.coupon.code,
            user_id=wish.buyer.pk,
            order_number=record.number,
            discount_fen=quote.discount_fen,
        )
    lines = write_lines(record.order, quote)
    stock.allocate(lines=lines, units={line.pk: line.quantity for line in lines}, pool=wish.pool)
    shares, charges = _write_shares(record, quote, lines, clock.local_date(placed_at))
    basket.status, basket.date_submitted = Basket.SUBMITTED, placed_at
    basket.save(update_fields=["status", "date_submitted"])
    write_step(record, Step.PLACED, actor_id=wish.placed_by, after={"due_fen": record.due_fen})
    payload = order_payload(record, shares, charges)
    append(topic="order.placed", stream=record.number, payload=payload, occurred_at=placed_at)
    return record


def _write_record(basket: Basket, quote: Quote, wish: _Wish, placed_at: dt.datetime) -> OrderRecord:
    number = new_order_number()
    order = write_order(
        number=number,
        basket=basket,
        buyer=wish.buyer,
        recipient=wish.recipient,
        quote=quote,
        placed_at=placed_at,
    )
    codes = {supplier.supplier_code for supplier in quote.suppliers}
    demo_goods = any(listing.demo or listing.supplier.demo for listing in quote.listings.values())
    demo_coupon = quote.coupon is not None and quote.coupon.demo
    return OrderRecord.objects.create(
        order=order,
        number=number,
        basket=basket,
        buyer=wish.buyer,
        guest_phone=wish.guest_phone,
        access_key=token_digest(guest_token(number)),
        method=wish.method,
        goods_fen=quote.goods_fen - quote.discount_fen,
        discount_fen=quote.discount_fen,
        coupon_name=quote.coupon.name if quote.coupon else "",
        charges_fen=quote.freight_fen,
        due_fen=quote.total_fen,
        placed_at=placed_at,
        hold_until=hold_until(wish.method, placed_at, wish.pool, quote.shelf),
        recipient_name=wish.recipient.name,
        recipient_phone=wish.recipient.phone,
        province=wish.recipient.province,
        city=wish.recipient.city,
        county=wish.recipient.county,
        street=wish.recipient.street,
        messages={code: text for code, text in wish.messages.items() if code in codes},
        invoice_wish=wish.invoice_wish,
        buyer_kind=wish.unit.kind if wish.unit else RESIDENT,
        mode=wish.unit.mode if wish.unit else ASSISTED,
        channel=wish.channel,
        credited_organisation=wish.unit.code if wish.unit else "",
        credited_name=wish.unit.name if wish.unit else "",
        pool=wish.pool,
        demo=wish.demo or demo_goods or demo_coupon,
    )


def _write_shares(
    record: OrderRecord, quote: Quote, lines: Sequence[Line], on: dt.date
) -> tuple[list[LineShare], list[ChargeShare]]:
    """Write one share per line, then a freight charge per supplier that takes one; `number` counts over both."""
    facts = OrderFacts(
        buyer_kind=record.buyer_kind,
        credited_organisation=record.credited_organisation,
        credited_name=record.credited_name,
        mode=record.mode,
        channel=record.channel,
        demo=record.demo,
    )
    origins = Origins(quote.listings, on, quote.shelf)
    shares = [
        _share(record, number, line, quoted, quote, origins, facts)
        for number, (line, quoted) in enumerate(zip(lines, quote.lines, strict=True), start=1)
    ]
    suppliers = {listing.supplier.code: listing.supplier for listing in quote.listings.values()}
    freight = [(one.supplier_code, one.freight_fen) for one in quote.suppliers if one.freight_fen]
    charges = [
        ChargeShare(
            record=record,
            supplier=suppliers[code],
            kind=ChargeKind.FREIGHT,
            number=number,
            fen=freight_fen,
            dims=supplier_dims(suppliers[code], facts),
        )
        for number, (code, freight_fen) in enumerate(freight, start=len(lines) + 1)
    ]
    return LineShare.objects.bulk_create(shares), ChargeShare.objects.bulk_create(charges)


def _share(
    record: OrderRecord,
    number: int,
    line: Line,
    quoted: QuoteLine,
    quote: Quote,
    origins: Origins,
    facts: OrderFacts,
) -> LineShare:
    listing = quote.listings[quoted.product_id]
    verdict = origins.verdict(listing)
    return LineShare(
        record=record,
        line=line,
        supplier=listing.supplier,
        number=number,
        units=quoted.quantity,
        fen=quoted.paid_fen,
        ex_tax_fen=ex_tax_fen(quoted),
        discount_fen=quoted.discount_fen,
        subsidy_fen=quoted.discount_fen if quote.coupon and quote.coupon.by_shop else 0,
        eligibility=verdict.eligibility,
        reason=verdict.reason,
        dims=origins.dims(listing, line.product, facts),
        return_terms=quote.return_terms[quoted.product_id].frozen(),
    )


def _token(record: OrderRecord) -> str | None:
    return guest_token(record.number) if record.buyer_id is None else None
