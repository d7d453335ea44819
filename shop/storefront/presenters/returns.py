"""The buyer's pages of after-sales: what of an order can be asked for, and one case."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from shop.core import clock
from shop.core.fen import shown_yuan
from shop.fulfilment.couriers import COURIER_CHOICES
from shop.fulfilment.course import replacement_course
from shop.fulfilment.returns.models import ReturnRequest, ReturnState
from shop.fulfilment.returns.rules import Claimable, claimable_shares
from shop.fulfilment.returns.selectors import returns_of, steps_of
from shop.listings.presentation import in_language, shown_cards
from shop.listings.selectors import ProductCard
from shop.ordering.desk_models import Reshipment
from shop.ordering.models import OrderRecord
from shop.ordering.status import ReshipState


def returns_context(record: OrderRecord) -> dict[str, Any]:
    """Return the context of shop/storefront/returns.html. A fixed number of queries. `record` is from `my_order`."""
    goods = [one for one in claimable_shares(record, list(record.shares.all())) if one.units]
    products = sorted({one.share.line.product_id for one in goods if one.share.line.product_id})
    cards = {card.product_id: card for card in shown_cards(products)}
    parts: dict[int, list[Claimable]] = {}
    for one in goods:
        parts.setdefault(getattr(one.share, "part_id", 0), []).append(one)
    return {
        "number": record.number,
        "cases": [case_row(case) for case in returns_of(record.pk)],
        "groups": [_group(record, pk, parts[pk], cards) for pk in sorted(parts)],
    }


def _group(
    record: OrderRecord, part_id: int, goods: list[Claimable], cards: Mapping[int, ProductCard]
) -> dict[str, Any]:
    now, supplier = clock.now(), goods[0].share.supplier
    is_open = any(one.is_open(now) for one in goods)
    return {
        "supplier_name": in_language(supplier.name_zh, supplier.name_en),
        "region_slug": supplier.region.slug,
        "goods": [_goods(one, cards.get(one.share.line.product_id), now) for one in goods],
        "url": reverse("storefront:return_new", args=[record.number, part_id]) if is_open else "",
    }


def _goods(one: Claimable, card: ProductCard | None, now: dt.datetime) -> dict[str, Any]:
    return {
        "title": one.share.line.title,
        "image_url_small": card.image_url_small if card else "",
        "image_thumb_url": card.image_thumb_url if card else "",
        "is_illustration": bool(card and card.is_illustration),
        "units": one.units,
        "terms": one.terms.text,
        "limits": limits_of(one, now),
    }


def limits_of(one: Claimable, now: dt.datetime) -> list[dict[str, Any]]:
    """Return until when what may be asked about goods: text, moment, and whether it is over."""
    if one.signed_at is None:
        return [{"text": _("Time runs from the day it is signed for."), "until": None, "is_over": False}]
    limits = [(_("Faults until"), one.claim_until), (_("Return without cause until"), one.no_reason_until)]
    return [
        {"text": text, "until": until, "is_over": until < now} for text, until in limits if until is not None
    ]


def case_row(case: ReturnRequest) -> dict[str, Any]:
    """Return a case as lists show it."""
    record = case.supplier_order.record
    return {
        "number": case.number,
        "url": reverse("storefront:return_case", args=[record.number, case.number]),
        "kind": case.get_kind_display(),
        "reason": case.get_reason_display(),
        "state": case.get_state_display(),
        "is_open": case.is_open,
        "fen": case.fen,
        "supplier_name": in_language(
            case.supplier_order.supplier.name_zh, case.supplier_order.supplier.name_en
        ),
        "goods": "、".join(f"{item.share.line.title} × {item.units}" for item in case.items.all()),
        "opened_at": case.opened_at,
    }


def case_context(record: OrderRecord, case: ReturnRequest, photos: Iterable[Any]) -> dict[str, Any]:
    """Return the context of shop/storefront/return_case.html but for its forms."""
    return {
        "number": record.number,
        "case": case,
        "row": case_row(case),
        "headline": _headline(case),
        "due_at": case.due_at if case.state in _DUE_IS_SHOWN else None,
        "steps": steps_of(case),
        "photos": photos,
        "replacement_steps": replacement_course(_replacements(case)),
        "rows": _rows(case),
        "couriers": COURIER_CHOICES,
        "may_withdraw": case.state in (ReturnState.REQUESTED, ReturnState.ESCALATED) or case.waits_for_goods,
        "may_ask_shop": case.state == ReturnState.REFUSED
        and case.due_at is not None
        and clock.now() <= case.due_at,
        "may_send_back": case.waits_for_goods,
        "may_receive": any(one.state == ReshipState.SHIPPED for one in _replacements(case)),
    }


_DUE_IS_SHOWN = (ReturnState.REQUESTED, ReturnState.REFUSED, ReturnState.AGREED)


def _headline(case: ReturnRequest) -> str:
    """Return what happens next."""
    if case.waits_for_goods:
        return _("Agreed. Please send the goods back and enter the courier number here.")
    sent = _replacements(case)
    if case.state == ReturnState.RESHIPPED and all(one.signed_at for one in sent):
        return _("The replacement has come.")
    texts = {
        ReturnState.REQUESTED: _("The supplier answers in time, or the shop decides."),
        ReturnState.ESCALATED: _("Our staff look at both sides and decide."),
        ReturnState.AGREED: _("The money goes back the way it came.")
        if case.fen
        else _("The supplier sends a replacement, free of charge."),
        ReturnState.REFUSED: _("Do you not agree? Ask the shop; it decides."),
        ReturnState.SENT_BACK: _("The supplier looks at the goods when they arrive."),
        ReturnState.ARRIVED: _("The money goes back the way it came.")
        if case.fen
        else _("The supplier sends a replacement, free of charge."),
        ReturnState.REFUNDED: _("The money has been sent back."),
        ReturnState.RESHIPPED: _("The replacement is on its way."),
        ReturnState.CLOSED: _("This case is closed."),
        ReturnState.WITHDRAWN: _("You took this request back."),
    }
    return texts[ReturnState(case.state)]


def _replacements(case: ReturnRequest) -> list[Reshipment]:
    return [item.reshipment for item in case.items.all() if item.reshipment is not None]


def _rows(case: ReturnRequest) -> list[tuple[str, str]]:
    rows = [
        (_("Goods"), "、".join(f"{item.share.line.title} × {item.units}" for item in case.items.all())),
        (_("What is wrong"), case.get_reason_display()),
        (_("Asked for"), case.get_kind_display()),
    ]
    if case.fen:
        rows.append((_("Amount"), f"¥{shown_yuan(case.fen)}"))
    if case.freight_fen:
        rows.append((_("Freight"), f"¥{shown_yuan(case.freight_fen)} · {case.get_freight_state_display()}"))
    if case.details:
        rows.append((_("What happened"), case.details))
    if case.tracking_number:
        rows.append((_("Way back"), f"{case.courier} {case.tracking_number}"))
    for sent in _replacements(case):
        if sent.tracking_number:
            state = f" · {sent.get_state_display()}" if sent.signed_at else ""
            rows.append((_("Replacement"), f"{sent.courier} {sent.tracking_number}{state}"))
    return rows
