"""Many rows of procurement at once, for counting queries."""

import datetime as dt
from collections.abc import Sequence

from oscar.apps.catalogue.models import Product

from shop.buyers.models import Organisation
from shop.core import clock
from shop.ordering.models import OrderRecord
from shop.procurement.contract_models import Contract
from shop.procurement.price_models import PriceOffer, PriceOfferLine, PriceRequest, PriceRequestLine
from shop.procurement.rule_models import ReferencePrice
from shop.suppliers.models import Supplier


def reference_prices(span: range, goods: Sequence[Product]) -> None:
    """Write down what one product costs elsewhere, a day further back for each row."""
    ReferencePrice.objects.bulk_create(
        ReferencePrice(
            product=goods[0],
            fen=100 + number,
            source="周报",
            noted_on=clock.today() - dt.timedelta(days=number),
            set_by=1,
            set_at=clock.now(),
        )
        for number in span
    )


def contracts(span: range, records: Sequence[OrderRecord], supplier: Supplier) -> None:
    """Write down a contract with the supplier for each row, each of another order."""
    body = {"buyer": {"name": "工会"}, "seller": {"name": supplier.name_zh}}
    Contract.objects.bulk_create(
        Contract(
            number=f"HT{number:06d}",
            record=records[number],
            supplier=supplier,
            body=body,
            digest="x",
            total_fen=100,
            made_at=clock.now(),
        )
        for number in span
    )


def price_requests(span: range, unit: Organisation, supplier: Supplier, goods: Sequence[Product]) -> None:
    """Let the unit have asked supplier and shop so often, the first time about so many goods, in so many turns."""
    now = clock.now()
    asked = PriceRequest.objects.bulk_create(
        PriceRequest(
            number=f"{kind}{number}",
            organisation=unit,
            supplier=whom,
            state="countered",
            asked_by=1,
            asked_at=now,
            waiting_since=now,
            open_until=now + dt.timedelta(days=9),
            revisions=1,
        )
        for number in span
        for kind, whom in (("BJ-S-", supplier), ("BJ-", None))
    )
    firsts = list(PriceRequest.objects.filter(number__in=("BJ-S-0", "BJ-0")))
    # Of the first the rows below tell; every other one has one of its goods and one offer.
    lines = [(request, goods[0]) for request in asked if request.number not in ("BJ-S-0", "BJ-0")]
    lines += [(request, goods[number]) for request in firsts for number in span]
    PriceRequestLine.objects.bulk_create(
        PriceRequestLine(request=request, product=product, sku="SKU", quantity=10, listed_fen=10_000)
        for request, product in lines
    )
    turns = [(request, 1) for request in asked if request.number not in ("BJ-S-0", "BJ-0")]
    turns += [(request, number + 1) for request in firsts for number in span]
    offers = PriceOffer.objects.bulk_create(
        PriceOffer(
            request=request,
            revision=revision,
            side="staff",
            valid_until=now + dt.timedelta(days=9),
            made_by=1,
            made_at=now,
        )
        for request, revision in turns
    )
    PriceOfferLine.objects.bulk_create(
        PriceOfferLine(offer=offer, product=goods[0], min_quantity=10, unit_fen=9_000) for offer in offers
    )
    PriceRequest.objects.filter(pk__in=[request.pk for request in firsts]).update(revisions=span.stop)
