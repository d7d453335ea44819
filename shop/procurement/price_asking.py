"""A unit asks for prices: of each supplier for its own goods, or of the shop for all of them."""

import datetime as dt
import secrets
from collections import defaultdict
from collections.abc import Mapping

from django.db import transaction
from django.db.models.functions import Upper
from django.utils.translation import gettext as _

from shop.buyers.models import Organisation
from shop.core import clock
from shop.core.locks import lock
from shop.journal.services import record as journal
from shop.listings.models import Listing
from shop.listings.selectors.cards import is_on_sale
from shop.ordering.deals import Deal
from shop.ordering.numbers import ALPHABET
from shop.ordering.prices import deal_prices
from shop.procurement.checking import MAX_UNITS, sku_key
from shop.procurement.exceptions import ProcurementError
from shop.procurement.members import BUYER, require_member
from shop.procurement.models import PurchaseRequest
from shop.procurement.price_events import tell_price
from shop.procurement.price_models import OPEN, PriceRequest, PriceRequestLine, PriceSide, PriceState
from shop.procurement.uploads import read_pasted, whole
from shop.suppliers.models import Supplier

#: Of one request: as many as one page can be answered for.
MOST_LINES = 200
#: Of one unit at a time.
MOST_OPEN = 50
#: So long an answer is waited for.
ANSWER_WITHIN = dt.timedelta(days=14)
#: Faults that one sentence names.
_NAMED = 5


@transaction.atomic
def ask_price(
    *,
    organisation_id: int,
    quantities: Mapping[int, int],
    of_shop: bool,
    province: str = "",
    needed_on: dt.date | None = None,
    note: str = "",
    draft: PurchaseRequest | None = None,
    actor_id: int,
) -> list[PriceRequest]:
    """Ask what units of goods (by product id) would cost: each supplier for its own, or the shop for all of them.

    Every request lapses after ANSWER_WITHIN without an answer. The same person asking the same again while it is
    unanswered gets the request that stands. Raises ProcurementError with nothing written: not_a_member, no_goods,
    too_many_lines, bad_quantity, not_for_sale, too_many_open, needed_on.
    """
    organisation = lock(Organisation.objects.filter(pk=organisation_id)).get()
    require_member(organisation=organisation, user_id=actor_id, roles=BUYER)
    if needed_on is not None and needed_on < clock.today():
        raise ProcurementError(_("This day has passed."), code="needed_on", field="needed_on")
    listings = _goods(quantities)
    whom: dict[Supplier | None, dict[int, int]] = defaultdict(dict)
    for product_id, units in quantities.items():
        whom[None if of_shop else listings[product_id].supplier][product_id] = units
    said = {"province": province[:20], "needed_on": needed_on, "note": note.strip()[:300]}
    prices = deal_prices(quantities, clock.today(), deal=Deal(organisation.code))
    asked = []
    for supplier, units_of in whom.items():
        standing = _standing(organisation, supplier, actor_id, said, units_of)
        if standing is None:
            standing = _open(organisation, supplier, actor_id, draft, said)
            PriceRequestLine.objects.bulk_create(
                PriceRequestLine(
                    request=standing,
                    product_id=pk,
                    sku=listings[pk].sku,
                    quantity=units,
                    listed_fen=prices[pk].unit_fen,
                )
                for pk, units in units_of.items()
            )
            tell_price(standing, "asked", PriceSide.UNIT)
        asked.append(standing)
    return asked


def pasted_goods(text: str) -> dict[int, int]:
    """Return the units by product id of pasted lines: a SKU, then a quantity; the same SKU twice is summed.

    Stock is no matter: prices may be asked for more than there is. Raises ProcurementError naming the bad rows.
    """
    rows = read_pasted(text).rows
    keys = {sku_key(row.sku) for row in rows} - {""}
    known = Listing.objects.annotate(key=Upper("sku")).filter(key__in=keys)
    found = {sku_key(listing.sku): listing for listing in known}
    quantities: dict[int, int] = defaultdict(int)
    faults = []
    for row in rows:
        listing, units = found.get(sku_key(row.sku)), whole(row.quantity)
        if listing is None:
            faults.append(_("Row %(row)d: there is no SKU “%(sku)s”.") % {"row": row.row, "sku": row.sku})
        elif units is None or not 0 < units <= MAX_UNITS:
            words = _("Row %(row)d: “%(text)s” is no quantity between 1 and %(most)d.")
            faults.append(words % {"row": row.row, "text": row.quantity, "most": MAX_UNITS})
        else:
            quantities[listing.product_id] += units
    if faults:
        more = len(faults) - _NAMED
        named = " ".join(faults[:_NAMED])
        if more > 0:
            named = _("%(faults)s And %(more)d more.") % {"faults": named, "more": more}
        raise ProcurementError(named, code="bad_rows", field="goods")
    return dict(quantities)


def _goods(quantities: Mapping[int, int]) -> dict[int, Listing]:
    """Return the listings of goods that can be asked for; raises ProcurementError naming what cannot."""
    if not quantities:
        raise ProcurementError(_("Name the goods that you want prices for."), code="no_goods", field="goods")
    if len(quantities) > MOST_LINES:
        raise ProcurementError(
            _("Prices can be asked for %(most)d different goods at once.") % {"most": MOST_LINES},
            code="too_many_lines",
            field="goods",
        )
    found = Listing.objects.filter(product__in=quantities).select_related("product", "supplier")
    listings = {listing.product_id: listing for listing in found}
    for product_id, units in quantities.items():
        listing = listings.get(product_id)
        if listing is None or not is_on_sale(listing):
            name = listing.name_zh if listing else str(product_id)
            raise ProcurementError(
                _("“%(product)s” is not for sale now.") % {"product": name},
                code="not_for_sale",
                field="goods",
            )
        if not 0 < units <= MAX_UNITS:
            raise ProcurementError(
                _("At most %(most)d units of one SKU can be ordered.") % {"most": MAX_UNITS},
                code="bad_quantity",
                field="goods",
            )
    return listings


def _standing(
    organisation: Organisation,
    supplier: Supplier | None,
    actor_id: int,
    said: Mapping[str, object],
    units_of: Mapping[int, int],
) -> PriceRequest | None:
    """Return the unanswered request that says the same: a form sent twice asks once."""
    same = PriceRequest.objects.filter(
        organisation=organisation, supplier=supplier, asked_by=actor_id, state=PriceState.ASKED, **said
    )
    for request in same.prefetch_related("lines").order_by("pk"):
        if {line.product_id: line.quantity for line in request.lines.all()} == dict(units_of):
            return request
    return None


def _open(
    organisation: Organisation,
    supplier: Supplier | None,
    actor_id: int,
    draft: PurchaseRequest | None,
    said: Mapping[str, object],
) -> PriceRequest:
    if PriceRequest.objects.filter(organisation=organisation, state__in=OPEN).count() >= MOST_OPEN:
        raise ProcurementError(
            _("Your unit has %(most)d price requests open. End some of them first.") % {"most": MOST_OPEN},
            code="too_many_open",
            field="goods",
        )
    now = clock.now()
    request = PriceRequest.objects.create(
        number=_number(),
        organisation=organisation,
        supplier=supplier,
        draft=draft,
        asked_by=actor_id,
        asked_at=now,
        waiting_since=now,
        open_until=now + ANSWER_WITHIN,
        demo=organisation.demo,
        **said,
    )
    journal(
        actor_id=actor_id,
        action="price_request.asked",
        object_type="price_request",
        object_key=request.number,
        after={"state": str(request.state), "supplier": supplier.code if supplier else ""},
    )
    return request


def _number() -> str:
    """Return a free number: BJ (报价), the Shanghai date and 40 random bits, as BJ260301-7K2M9QXA.

    Two digits for the year: an address with it still fits into a text message.
    """
    while True:
        number = f"BJ{clock.today():%y%m%d}-{''.join(secrets.choice(ALPHABET) for _place in range(8))}"
        if not PriceRequest.objects.filter(number=number).exists():
            return number
