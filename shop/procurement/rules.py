"""Keep what the shop asks of units' purchases: prices, quotes, and from which sum on contracts are made."""

import datetime as dt
from typing import TypeVar

from django.db import transaction
from django.utils.translation import gettext as _

from shop.buyers.models import BuyerKind
from shop.core import clock
from shop.core.locks import lock
from shop.journal.services import record as journal
from shop.listings.models import Listing
from shop.procurement.exceptions import ProcurementError
from shop.procurement.quote_models import QuoteRule
from shop.procurement.rule_models import ContractRule, PriceBand, ReferencePrice

MOST_BP = 100_000
MOST_QUOTES = 10
Dated = TypeVar("Dated", PriceBand, ContractRule)


@transaction.atomic
def set_price_band(*, over_bp: int | None, starts_on: dt.date, actor_id: int) -> PriceBand:
    """Ask for a reason where a unit price lies more than this above its reference, from a day on; None asks no more.

    `over_bp` are basis points. The same day again is written over. Journalled. Raises ProcurementError: past, range.
    """
    _require_to_come(starts_on)
    if over_bp is not None and not 0 <= over_bp <= MOST_BP:
        raise ProcurementError(_("Give 0 to 1000 per cent."), code="range", field="over_percent")
    return _set(PriceBand, starts_on, "price_band", actor_id, over_bp=over_bp)


@transaction.atomic
def set_contract_rule(*, from_fen: int | None, starts_on: dt.date, actor_id: int) -> ContractRule:
    """Have contracts made of orders of this sum and above from a day on; None has none made.

    The same day again is written over. Journalled. Raises ProcurementError: past, amount.
    """
    _require_to_come(starts_on)
    if from_fen is not None and from_fen < 0:
        raise ProcurementError(_("An amount cannot be negative."), code="amount", field="from_fen")
    return _set(ContractRule, starts_on, "contract_rule", actor_id, from_fen=from_fen)


@transaction.atomic
def set_reference_price(
    *, sku: str, fen: int, source: str, noted_on: dt.date, actor_id: int
) -> ReferencePrice:
    """Write down what a unit of a product costs elsewhere, and where that was read, on a day that has begun.

    The same day again is written over. Journalled. Raises ProcurementError: unknown, amount, source, to_come.
    """
    listing = lock(Listing.objects.filter(sku=sku.strip())).first()
    if listing is None:
        raise ProcurementError(
            _("There is no product %(sku)s.") % {"sku": sku[:40]}, code="unknown", field="sku"
        )
    if fen <= 0:
        raise ProcurementError(_("A price is more than zero."), code="amount", field="price_fen")
    if not source.strip():
        raise ProcurementError(_("Say where this price was read."), code="source", field="source")
    if noted_on > clock.today():
        raise ProcurementError(_("This day has not come yet."), code="to_come", field="noted_on")
    row, _made = ReferencePrice.objects.update_or_create(
        product_id=listing.product_id,
        noted_on=noted_on,
        defaults={
            "fen": fen,
            "source": source.strip()[:120],
            "set_by": actor_id,
            "set_at": clock.now(),
        },
    )
    journal(
        actor_id=actor_id,
        action="reference_price.set",
        object_type="listing",
        object_key=listing.sku,
        after={"fen": fen, "source": row.source, "noted_on": str(noted_on)},
    )
    return row


@transaction.atomic
def set_quote_rule(
    *, buyer_kind: str, from_fen: int, min_quotes: int, starts_on: dt.date, actor_id: int
) -> QuoteRule:
    """Have units of a kind compare so many quotes from a sum on, the shop's own among them; 0 asks for none.

    The same day again is written over. Journalled. Raises ProcurementError: past, unknown, amount, range.
    """
    _require_to_come(starts_on)
    if buyer_kind not in BuyerKind.values:
        raise ProcurementError(
            _("There is no such kind of organisation."), code="unknown", field="buyer_kind"
        )
    if from_fen < 0:
        raise ProcurementError(_("An amount cannot be negative."), code="amount", field="from_fen")
    if not 0 <= min_quotes <= MOST_QUOTES:
        raise ProcurementError(_("Give 0 to 10 quotes."), code="range", field="min_quotes")
    row, _made = QuoteRule.objects.update_or_create(
        buyer_kind=buyer_kind,
        starts_on=starts_on,
        defaults={
            "from_fen": from_fen,
            "min_quotes": min_quotes,
            "set_by": actor_id,
            "set_at": clock.now(),
        },
    )
    journal(
        actor_id=actor_id,
        action="quote_rule.set",
        object_type="purchasing_rule",
        object_key=buyer_kind,
        after={"from_fen": from_fen, "min_quotes": min_quotes, "starts_on": str(starts_on)},
    )
    return row


def band_today() -> int | None:
    """Return the basis points above which a price wants a reason today; None asks for none. One query."""
    row = PriceBand.objects.filter(starts_on__lte=clock.today()).order_by("-starts_on").first()
    return row.over_bp if row else None


def contract_from_fen() -> int | None:
    """Return the sum from which on an order of today gets contracts; None for no order. One query."""
    row = ContractRule.objects.filter(starts_on__lte=clock.today()).order_by("-starts_on").first()
    return row.from_fen if row else None


def _require_to_come(starts_on: dt.date) -> None:
    if starts_on < clock.today():
        raise ProcurementError(
            _("A rule holds from today on at the earliest."), code="past", field="starts_on"
        )


def _set(model: type[Dated], starts_on: dt.date, kind: str, actor_id: int, **values: int | None) -> Dated:
    row = model.objects.filter(starts_on=starts_on).first()
    before = {name: getattr(row, name) for name in values} if row else {}
    row, _made = model.objects.update_or_create(
        starts_on=starts_on, defaults={**values, "set_by": actor_id, "set_at": clock.now()}
    )
    action = {"price_band": "price_band.set", "contract_rule": "contract_rule.set"}[kind]
    journal(
        actor_id=actor_id,
        action=action,
        object_type="purchasing_rule",
        object_key=kind,
        before=before,
        after={**values, "starts_on": str(starts_on)},
    )
    return row
