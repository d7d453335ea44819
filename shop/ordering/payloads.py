"""What ordering's events carry; version 1, all amounts in fen."""

from collections.abc import Iterable
from typing import Any

from shop.ordering.models import ChargeShare, LineShare, OrderRecord, RefundItem, RefundRequest


def share_payload(share: LineShare) -> dict[str, Any]:
    """Return a goods share net of its reductions; `subsidy_fen` where the shop bears a coupon's discount."""
    fen = share.fen - share.reduced_fen
    subsidy = {"subsidy_fen": share.subsidy_fen * fen // share.fen} if share.subsidy_fen else {}
    return subsidy | {
        "source_key": share.source_key,
        "number": share.number,
        "line_id": share.line_id,
        "line_number": share.number,
        "supplier": share.dims["supplier"],
        "units": share.units - share.reduced_units,
        "fen": fen,
        "ex_tax_fen": share.ex_tax_fen if not share.reduced_fen else _ex_tax_left(share, fen),
        "eligibility": share.eligibility,
        "reason": share.reason,
        "dims": share.dims,
    }


def _ex_tax_left(share: LineShare, fen: int) -> int:
    """Return the untaxed part of what is left, in the proportion frozen at placing, rounded half up."""
    return (2 * share.ex_tax_fen * fen + share.fen) // (2 * share.fen)


def charge_payload(charge: ChargeShare) -> dict[str, Any]:
    """Return a charge net of its reductions."""
    return {
        "source_key": charge.source_key,
        "number": charge.number,
        "kind": charge.kind,
        "supplier": charge.dims["supplier"],
        "fen": charge.fen - charge.reduced_fen,
        "dims": charge.dims,
    }


def order_payload(
    record: OrderRecord,
    shares: Iterable[LineShare] | None = None,
    charges: Iterable[ChargeShare] | None = None,
) -> dict[str, Any]:
    """Return the shares and charges of an order as they stand, in line order, charges last.

    Read, unless the caller has just written them.
    """
    shares = record.shares.order_by("number") if shares is None else shares
    charges = record.charges.order_by("number") if charges is None else charges
    return {
        "order": record.number,
        "record_id": record.pk,
        "due_fen": record.due_fen,
        "demo": record.demo,
        "by_acceptance": record.by_acceptance,
        "shares": [share_payload(share) for share in shares],
        "charges": [charge_payload(charge) for charge in charges],
    }


def item_payload(source_key: str, units: int, fen: int) -> dict[str, Any]:
    """Return what is taken from one share or charge."""
    return {"source_key": source_key, "units": units, "fen": fen}


def refund_items(items: Iterable[RefundItem]) -> list[dict[str, Any]]:
    """Return the items of a refund."""
    return [item_payload(item.target.source_key, item.units, item.fen) for item in items]


def refund_payload(
    record: OrderRecord, request: RefundRequest, items: Iterable[RefundItem]
) -> dict[str, Any]:
    """Return a refund with its items."""
    return {
        "order": record.number,
        "record_id": record.pk,
        "refund": request.number,
        "request_id": request.pk,
        "fen": request.fen,
        "items": refund_items(items),
    }
