"""What a supplier's invoice of an order has to say: its goods and freight less reductions and executed refunds."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Max, Q
from django.utils import translation

from shop.invoicing.models import InvoiceLine, InvoiceRequest, RequestState
from shop.listings.models import Listing
from shop.ordering.models import ChargeShare, LineShare
from shop.ordering.status import ChargeKind

#: Of freight that comes without goods.
_FREIGHT_RATE = 9


@dataclass(frozen=True)
class GoodsLine:
    """A line as it must stand on the invoice; `rate_percent` and `tax_code` are what it was last time, or may be.

    `key` names the share or charge: share-17, charge-4. Amounts in fen, tax included.
    """

    key: str
    share_id: int | None
    charge_id: int | None
    name: str
    spec: str
    unit: str
    units: int
    gross_fen: int
    rate_percent: int
    tax_code: str


def key_of(share_id: int | None, charge_id: int | None) -> str:
    """Return the name of a line: of a share, or of a charge."""
    return f"share-{share_id}" if share_id is not None else f"charge-{charge_id}"


def standing_fen(record_id: int, supplier_id: int) -> dict[str, int]:
    """Return the fen of each share and charge less reductions and executed refunds, by key; none of 0. Two queries."""
    shares = LineShare.objects.filter(record=record_id, supplier=supplier_id).order_by("number")
    charges = ChargeShare.objects.filter(record=record_id, supplier=supplier_id).order_by("number")
    left = {key_of(one.pk, None): one.fen - one.reduced_fen - one.refunded_fen for one in shares}
    left |= {key_of(None, one.pk): one.fen - one.reduced_fen - one.refunded_fen for one in charges}
    return {key: fen for key, fen in left.items() if fen}


def goods_of(record_id: int, supplier_id: int) -> list[GoodsLine]:
    """Return the lines of a supplier's part of an order, in its order; freight last. Four queries.

    Names, units and codes are those of the last invoice of the same goods; without one those of the listing.
    """
    shares = list(
        LineShare.objects.filter(record=record_id, supplier=supplier_id)
        .select_related("line")
        .order_by("number")
    )
    charges = list(ChargeShare.objects.filter(record=record_id, supplier=supplier_id).order_by("number"))
    products = {share.line.product_id for share in shares if share.line.product_id}
    listings = {one.product_id: one for one in Listing.objects.filter(product__in=products)}
    last = _last_lines(supplier_id, products)
    lines = [
        _of_share(share, listings.get(share.line.product_id), last.get(share.line.product_id))
        for share in shares
        if share.fen > share.reduced_fen + share.refunded_fen
    ]
    rate = max((line.rate_percent for line in lines), default=_FREIGHT_RATE)
    return lines + [
        _of_charge(charge, rate, last.get(None))
        for charge in charges
        if charge.fen > charge.reduced_fen + charge.refunded_fen
    ]


def _last_lines(supplier_id: int, products: Iterable[int]) -> dict[int | None, InvoiceLine]:
    """Return the latest line of each product on an invoice of the supplier, and of freight under None. One query."""
    own = InvoiceLine.objects.filter(invoice__request__supplier=supplier_id, invoice__credits=None).order_by()
    # Each product’s own latest, however many lines of freight came after it.
    by_product = own.filter(share__line__product__in=list(products)).values("share__line__product")
    of_goods = by_product.annotate(newest=Max("pk")).values("newest")
    of_freight = own.filter(share=None).order_by("-pk").values("pk")[:1]
    found = InvoiceLine.objects.filter(Q(pk__in=of_goods) | Q(pk__in=of_freight))
    return {
        line.share.line.product_id if line.share else None: line
        for line in found.select_related("share__line").order_by()
    }


def _of_share(share: LineShare, listing: Listing | None, last: InvoiceLine | None) -> GoodsLine:
    return GoodsLine(
        key=key_of(share.pk, None),
        share_id=share.pk,
        charge_id=None,
        name=(listing.name_zh if listing else share.line.title)[:200],
        spec=listing.spec if listing else "",
        unit=listing.unit if listing else "",
        units=max(share.units - share.reduced_units - share.refunded_units, 1),
        gross_fen=share.fen - share.reduced_fen - share.refunded_fen,
        rate_percent=last.rate_percent if last else listing.vat_percent if listing else _FREIGHT_RATE,
        tax_code=last.tax_code if last else "",
    )


def _of_charge(charge: ChargeShare, rate: int, last: InvoiceLine | None) -> GoodsLine:
    # An invoice is written in the shop's language, whoever looks at its page.
    with translation.override(settings.LANGUAGE_CODE):
        name = str(ChargeKind(charge.kind).label)
    return GoodsLine(
        key=key_of(None, charge.pk),
        share_id=None,
        charge_id=charge.pk,
        name=name,
        spec="",
        unit="",
        units=1,
        gross_fen=charge.fen - charge.reduced_fen - charge.refunded_fen,
        rate_percent=rate,
        tax_code=last.tax_code if last else "",
    )


def suppliers_with_goods(record_id: int) -> set[int]:
    """Return the suppliers of whom something of the order is left to be invoiced. Two queries."""
    shares = LineShare.objects.filter(record=record_id)
    charges = ChargeShare.objects.filter(record=record_id).exclude(supplier=None)
    found = {one.supplier_id for one in shares if one.fen > one.reduced_fen + one.refunded_fen}
    return found | {
        one.supplier_id
        for one in charges
        if one.supplier_id is not None and one.fen > one.reduced_fen + one.refunded_fen
    }


def is_whole(record_id: int) -> bool:
    """Return whether an invoice stands for all that is left of an order: one of each of its suppliers."""
    wanted = suppliers_with_goods(record_id)
    issued = InvoiceRequest.objects.filter(record=record_id, state=RequestState.ISSUED)
    return bool(wanted) and wanted <= set(issued.values_list("supplier_id", flat=True))


def accounted_suppliers(record_id: int) -> set[int]:
    """Return the suppliers all of whose units are accepted, refunded or taken off: nothing is left to report."""
    shares = LineShare.objects.filter(record=record_id)
    open_ones = {one.supplier_id for one in shares if one.left_units > one.accepted_units}
    return {one.supplier_id for one in shares} - open_ones
