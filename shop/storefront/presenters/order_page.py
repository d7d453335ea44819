"""The page of one order."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shop.buyers.selectors import organisation_names
from shop.buyers.units import RESIDENT
from shop.conversations.selectors import unread_of_order
from shop.core.fen import shown_yuan
from shop.core.together import answers
from shop.fulfilment.course import News, course_of, news_of
from shop.fulfilment.models import Parcel, ParcelState, SupplierOrderState
from shop.fulfilment.returns.selectors import returns_of
from shop.fulfilment.selectors import counted_parcels, units_left_to_ship
from shop.ledger.consents import units_of
from shop.listings.presentation import in_language, shown_cards
from shop.listings.return_terms import frozen_terms, summary_of
from shop.listings.selectors import ProductCard
from shop.opinions.review_selectors import to_review
from shop.ordering.models import LineShare, OrderRecord, RefundRequest
from shop.ordering.selectors import link_token
from shop.ordering.status import FulfilmentState, PaymentState, PayMethod, RefundState
from shop.ordering.timeline import TimelineStep, steps_in, told_of
from shop.storefront.presenters.order_states import state_of
from shop.storefront.presenters.returns import case_row


def credit_context(record: OrderRecord, user_id: int | None) -> dict[str, Any] | None:
    """Return for which unit an own purchase counts, and which it could; None where there is none. One query.

    `record` is from `my_order`. A guest's, and a unit's own order, count for nobody else.
    """
    if user_id is None or record.buyer_id != user_id or record.buyer_kind != RESIDENT:
        return None
    units, unit = units_of(user_id), str(getattr(record, "counts_for", ""))
    if not units and not unit:
        return None
    return {"units": units, "unit": organisation_names([unit]).get(unit, unit) if unit else ""}


def order_context(record: OrderRecord, *, base_url: str) -> dict[str, Any]:
    """Return the context of shop/storefront/order.html. A fixed number of queries. `record` is from `my_order`."""
    parcels = list(counted_parcels(record.pk))
    news = news_of(parcels)
    shares = list(record.shares.all())
    products = sorted({share.line.product_id for share in shares if share.line.product_id})
    cards = {card.product_id: card for card in shown_cards(products)}
    refunds, cases, unread_of, steps, to_be_reviewed = answers(
        RefundRequest.objects.filter(record=record),
        returns_of(record.pk),
        unread_of_order(record.pk),
        told_of(record),
        OrderRecord.objects.filter(to_review(), pk=record.pk).values_list("pk"),
    )
    refunds.sort(key=lambda refund: (refund.requested_at, refund.pk))
    cases.sort(key=lambda case: (case.opened_at, case.pk), reverse=True)
    unread = dict(unread_of)
    state = state_of(record)
    many = ngettext("%(number)d parcel", "%(number)d parcels", len(parcels)) % {"number": len(parcels)}
    return {
        "order": {
            "number": record.number,
            "placed_at": record.placed_at,
            "total_fen": record.due_fen,
            "paid_fen": record.paid_fen,
            "is_demo": record.demo,
        },
        "state_text": f"{state.text} · {many}" if parcels else state.text,
        "headline": state.headline,
        "region_slug": next((card.region_slug for card in cards.values()), ""),
        "deadline_at": record.hold_until if record.payment_state == PaymentState.UNPAID else None,
        "parcels": [
            *(_parcel(parcel, news[parcel.pk]) for parcel in parcels),
            _own_events(steps_in(steps), bool(parcels)),
        ],
        "address": {
            "name": record.recipient_name,
            "masked_phone": _masked(record.recipient_phone),
            "text": f"{record.province}{record.city}{record.county}{record.street}",
        },
        "groups": _groups(record, shares, cards, parcels, unread),
        "shop_unread": unread.get("", 0),
        "rows": _rows(record, refunds, shares, base_url),
        "cases": [case_row(case) for case in cases],
        "actions": actions_of(record, parcels, has_to_review=bool(to_be_reviewed)),
        "back_url": reverse("storefront:orders"),
    }


def is_cancellable(record: OrderRecord) -> bool:
    """Say whether the buyer may still cancel the whole order: unpaid, or paid and nothing shipped."""
    if record.payment_state == PaymentState.UNPAID:
        return True
    untouched = record.fulfilment_state == FulfilmentState.NONE and is_refundable(record)
    return record.payment_state == PaymentState.PAID and untouched


def refundable_units(record: OrderRecord) -> dict[LineShare, int]:
    """Return the units of each share whose money can be asked back without more: paid and not shipped. Two queries."""
    if record.payment_state != PaymentState.PAID:
        return {}
    left = units_left_to_ship(record, list(record.shares.all()))
    return {
        share: min(units, share.left_units) for share, units in left.items() if units and share.left_units
    }


def is_refundable(record: OrderRecord) -> bool:
    """Say whether anything is left of a paid order."""
    return record.payment_state == PaymentState.PAID and any(
        share.left_units > 0 for share in record.shares.all()
    )


def actions_of(record: OrderRecord, parcels: list[Parcel], *, has_to_review: bool) -> list[dict[str, Any]]:
    """Return the buttons that the order's state allows, the most likely last."""
    number = record.number
    actions: list[dict[str, Any]] = []
    if is_cancellable(record):
        actions.append(action(_("Cancel the order"), reverse("storefront:order_cancel", args=[number])))
    elif is_refundable(record) and record.fulfilment_state == FulfilmentState.PART:
        actions.append(action(_("Ask for a refund"), reverse("storefront:order_refund", args=[number])))
    if parcels and record.payment_state == PaymentState.PAID:
        actions.append(action(_("After-sales"), reverse("storefront:order_returns", args=[number])))
    if has_to_review:
        actions.append(action(_("Review"), reverse("storefront:order_reviews", args=[number])))
    if record.payment_state == PaymentState.UNPAID:
        pay = action(_("Pay"), reverse("gateways:cashier", args=[number]))
        actions.append(pay | {"is_primary": True})
    if any(parcel.state != ParcelState.RECEIVED for parcel in parcels):
        receive = action(_("Confirm receipt"), reverse("storefront:order_receive", args=[number]))
        actions.append(receive | {"is_primary": True})
    return actions


def action(text: str, url: str) -> dict[str, Any]:
    """Return a button of components/actions.html."""
    return {"text": text, "url": url, "is_primary": False}


def receipt_question(record: OrderRecord) -> dict[str, Any] | None:
    """Return what is asked before receipt is confirmed, with the parcels it is about; None where there is none.

    Two queries.
    """
    parcels = [one for one in counted_parcels(record.pk) if one.state != ParcelState.RECEIVED]
    if not parcels:
        return None
    terms = summary_of((share.line.title, frozen_terms(share.return_terms)) for share in record.shares.all())
    return {
        "title": _("Confirm receipt"),
        "text": _("Please confirm only what you have in hand: it cannot be undone."),
        "points": [
            *(f"{_label(parcel)} · {parcel.courier} {parcel.tracking_number}" for parcel in parcels),
            _("The time for after-sales runs from receipt: %(terms)s") % {"terms": terms},
        ],
    }


def _masked(phone: str) -> str:
    digits = phone.removeprefix("+86")
    return f"{digits[:3]}****{digits[-4:]}" if len(digits) >= 8 else "****"


def _parcel(parcel: Parcel, news: Sequence[News]) -> dict[str, Any]:
    reasons = {
        "buyer": _("confirmed by you"),
        "after_signed": _("confirmed by itself seven days after signing"),
        "after_shipped": _("confirmed by itself fifteen days after shipping"),
    }
    return {
        "label": _label(parcel),
        "carrier": parcel.courier,
        "number": parcel.tracking_number,
        "events": course_of(news, details=reasons),
    }


def _label(parcel: Parcel) -> str:
    """Return whose parcel it is, which of theirs, and how many pieces are in it."""
    units = int(getattr(parcel, "units", 0))
    whose = parcel.supplier_order.supplier
    supplier = in_language(whose.name_zh, whose.name_en)
    pieces = ngettext("%(number)d piece", "%(number)d pieces", units) % {"number": units}
    return " · ".join((supplier, _("Parcel %(number)d") % {"number": parcel.number}, pieces))


def _own_events(steps: list[TimelineStep], has_parcels: bool) -> dict[str, Any]:
    shown = [{"title": step.label, "detail": step.detail, "at": step.at} for step in reversed(steps)]
    return {
        "label": _("Course of the order") if has_parcels else "",
        "carrier": "",
        "number": "",
        "events": shown,
    }


def _part_state(share: LineShare, parcels: list[Parcel]) -> str:
    """Return how far a supplier's part is: shipped, or what has become of all its parcels since."""
    part: int | None = getattr(share, "part_id", None)
    if part is None:
        return ""
    state = SupplierOrderState(getattr(share, "part_state", ""))
    own = {parcel.state for parcel in parcels if parcel.supplier_order_id == part}
    if state == SupplierOrderState.SHIPPED and len(own) == 1:
        return str(ParcelState(own.pop()).label)
    return str(state.label)


def _groups(
    record: OrderRecord,
    shares: list[LineShare],
    cards: dict[int, ProductCard],
    parcels: list[Parcel],
    unread: Mapping[str, int],
) -> list[dict[str, Any]]:
    groups: dict[int, dict[str, Any]] = {}
    for share in shares:
        card = cards.get(share.line.product_id)
        group = groups.setdefault(
            share.supplier_id,
            {
                "supplier_name": in_language(share.supplier.name_zh, share.supplier.name_en),
                "region_slug": card.region_slug if card else "",
                "is_sourced": share.supplier.is_sourced,
                "talk_url": reverse("storefront:talk_supplier", args=[record.number, share.supplier.code]),
                "unread": unread.get(share.supplier.code, 0),
                "state_text": _part_state(share, parcels),
                "lines": [],
            },
        )
        group["lines"].append(_line(share, card))
    return list(groups.values())


def _line(share: LineShare, card: ProductCard | None) -> dict[str, Any]:
    taken = []
    if share.refunding_units:
        taken.append(_("refund of %(units)d asked") % {"units": share.refunding_units})
    if share.refunded_units:
        taken.append(_("%(units)d refunded") % {"units": share.refunded_units})
    if share.reduced_units:
        taken.append(_("%(units)d taken off before payment") % {"units": share.reduced_units})
    return {
        "title": share.line.title,
        "url": card.url if card else "",
        "image_url_small": card.image_url_small if card else "",
        "image_thumb_url": card.image_thumb_url if card else "",
        "is_illustration": bool(card and card.is_illustration),
        "spec": card.spec if card else "",
        "quantity": share.units,
        "line_fen": share.fen + share.discount_fen,
        "notice": "",
        "tag_text": " · ".join(taken),
    }


def _invoice(wish: dict[str, str]) -> str:
    """Return to whom the invoice is made out, its tax number, and where it is sent."""
    parts = (wish.get(name, "") for name in ("title", "tax_number", "email"))
    return " · ".join(part for part in parts if part)


def _rows(
    record: OrderRecord, refunds: list[RefundRequest], shares: list[LineShare], base_url: str
) -> list[tuple[str, str]]:
    rows = [
        (_("Goods"), f"¥{shown_yuan(record.goods_fen + record.discount_fen)}"),
        (_("Freight"), f"¥{shown_yuan(record.charges_fen)}"),
    ]
    if record.discount_fen:
        rows.append((_("Coupon"), f"{record.coupon_name} ¥{shown_yuan(-record.discount_fen)}"))
    if record.reduced_fen:
        rows.append((_("Reductions"), f"¥{shown_yuan(-record.reduced_fen)}"))
    rows.append((_("Paid by"), str(PayMethod(record.method).label)))
    rows += [
        (_("Refund"), f"¥{shown_yuan(refund.fen)} · {RefundState(refund.state).label}")
        for refund in refunds
        if refund.state != RefundState.WITHDRAWN
    ]
    rows += [(_("Message"), text) for text in record.messages.values() if text]
    terms = [(share.line.title, frozen_terms(share.return_terms)) for share in shares]
    rows.append((_("Returns"), summary_of(terms)))
    if record.invoice_wish:
        rows.append((_("Invoice"), _invoice(record.invoice_wish)))
    token = link_token(record)
    if token is not None:
        link = reverse("storefront:order_guest", args=[record.number, token])
        rows.append((_("Link to this order"), f"{base_url}{link}"))
    return rows
