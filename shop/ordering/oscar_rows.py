"""The rows of Oscar's order: the one place of this app where money is Decimal."""

import datetime as dt

from django.conf import settings
from django.contrib.sites.models import Site
from oscar.apps.address.models import Country
from oscar.apps.basket.models import Basket
from oscar.apps.basket.models import Line as BasketLine
from oscar.apps.order.models import Line, LinePrice, Order, ShippingAddress

from shop.accounts.models import User
from shop.core import fen
from shop.ordering.quote_parts import QuoteLine
from shop.ordering.quotes import Quote
from shop.ordering.recipients import Recipient

CURRENCY = "CNY"
CHINA = {"iso_3166_1_a3": "CHN", "iso_3166_1_numeric": "156", "printable_name": "中国", "name": "中国"}


def write_order(
    *,
    number: str,
    basket: Basket,
    buyer: User | None,
    recipient: Recipient,
    quote: Quote,
    placed_at: dt.datetime,
) -> Order:
    """Write Oscar's order and shipping address with the quote's totals."""
    freight = fen.to_yuan(quote.freight_fen)
    return Order.objects.create(
        number=number,
        site=Site.objects.get_current(),
        basket=basket,
        user=buyer,
        currency=CURRENCY,
        total_incl_tax=fen.to_yuan(quote.total_fen),
        total_excl_tax=fen.to_yuan(sum(map(ex_tax_fen, quote.lines)) + quote.freight_fen),
        shipping_incl_tax=freight,
        shipping_excl_tax=freight,
        shipping_method="express",
        shipping_code="express",
        shipping_address=_write_address(recipient),
        status=settings.OSCAR_INITIAL_ORDER_STATUS,
        date_placed=placed_at,
    )


def write_lines(order: Order, quote: Quote) -> list[Line]:
    """Write Oscar's order lines, one per quoted line and in its order."""
    lines = [_line(order, line, quote.rows[line.basket_line_id]) for line in quote.lines]
    written = Line.objects.bulk_create(lines)
    LinePrice.objects.bulk_create([_price(line) for line in written])
    return written


def ex_tax_fen(line: QuoteLine) -> int:
    """Return what is paid for the line, without VAT."""
    return fen.ex_tax(line.paid_fen, line.vat_percent)


def _line(order: Order, line: QuoteLine, row: BasketLine) -> Line:
    stockrecord = row.stockrecord
    with_tax, without_tax = fen.to_yuan(line.paid_fen), fen.to_yuan(ex_tax_fen(line))
    listed, listed_without = (
        fen.to_yuan(line.line_fen),
        fen.to_yuan(fen.ex_tax(line.line_fen, line.vat_percent)),
    )
    unit, unit_without = fen.to_yuan(line.unit_fen), fen.to_yuan(fen.ex_tax(line.unit_fen, line.vat_percent))
    return Line(
        order=order,
        partner=stockrecord.partner,
        partner_name=stockrecord.partner.name,
        partner_sku=stockrecord.partner_sku,
        stockrecord=stockrecord,
        product=row.product,
        title=line.title,
        upc=row.product.upc,
        quantity=line.quantity,
        line_price_incl_tax=with_tax,
        line_price_excl_tax=without_tax,
        line_price_before_discounts_incl_tax=listed,
        line_price_before_discounts_excl_tax=listed_without,
        unit_price_incl_tax=unit,
        unit_price_excl_tax=unit_without,
        tax_code=f"VAT{line.vat_percent}",
        status=settings.OSCAR_INITIAL_LINE_STATUS,
        num_allocated=line.quantity,
    )


def _price(line: Line) -> LinePrice:
    return LinePrice(
        order=line.order,
        line=line,
        quantity=line.quantity,
        price_incl_tax=line.unit_price_incl_tax,
        price_excl_tax=line.unit_price_excl_tax,
        tax_code=line.tax_code,
    )


def _write_address(recipient: Recipient) -> ShippingAddress:
    country, _ = Country.objects.get_or_create(iso_3166_1_a2="CN", defaults=CHINA)
    return ShippingAddress.objects.create(
        first_name=recipient.name,
        line1=recipient.street,
        line2=recipient.county,
        line4=recipient.city,
        state=recipient.province,
        country=country,
        phone_number=recipient.phone,
    )
