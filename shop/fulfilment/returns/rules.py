"""What a buyer may ask for, until when, and which claims need photos."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, Max, Q, Sum
from django.utils.translation import gettext as _

from shop.core import clock, fen
from shop.fulfilment import selectors
from shop.fulfilment.exceptions import ReturnRefused
from shop.fulfilment.models import ParcelItem, SupplierOrder
from shop.fulfilment.returns.models import OPEN_STATES, ReturnItem, ReturnKind, ReturnReason
from shop.listings.return_terms import Terms, frozen_terms
from shop.ordering.desk_models import Reshipment
from shop.ordering.models import LineShare, OrderRecord
from shop.ordering.status import ReshipState

#: What may be asked for, by what is wrong.
KINDS: Mapping[ReturnReason, tuple[ReturnKind, ...]] = {
    ReturnReason.DAMAGED: tuple(ReturnKind),
    ReturnReason.SPOILED: tuple(ReturnKind),
    ReturnReason.WRONG_GOODS: tuple(ReturnKind),
    ReturnReason.NOT_AS_DESCRIBED: tuple(ReturnKind),
    ReturnReason.MISSING: (ReturnKind.REFUND_ONLY, ReturnKind.REPLACE),
    ReturnReason.NOT_ARRIVED: (ReturnKind.REFUND_ONLY, ReturnKind.REPLACE),
    ReturnReason.CHANGED_MIND: (ReturnKind.RETURN_REFUND,),
}
_ALWAYS_WITH_PHOTOS = (ReturnReason.DAMAGED, ReturnReason.SPOILED, ReturnReason.WRONG_GOODS)
MOST_PHOTOS = 6


@dataclass(frozen=True)
class Claimable:
    """A share of a supplier order: the units that can be asked for, and until when.

    `signed_at` is when the last of its parcels was signed for or received, None while one is on its way.
    """

    share: LineShare
    units: int
    signed_at: dt.datetime | None
    terms: Terms

    @property
    def no_reason_until(self) -> dt.datetime | None:
        """Return until when it may be returned without cause; None: not at all, or time has not begun."""
        return self.terms.no_reason_until(self.signed_at) if self.signed_at else None

    @property
    def claim_until(self) -> dt.datetime | None:
        """Return until when a fault may be claimed; None: time has not begun."""
        return self.terms.claim_until(self.signed_at) if self.signed_at else None

    @property
    def worth_fen(self) -> int:
        """Return what its units would bring back."""
        return self.worth_of(self.units)

    def worth_of(self, units: int) -> int:
        """Return what so many units bring back: as `request_refund` works it out."""
        left = self.share.left_units
        return fen.units_worth(self.share.left_fen, left, 0, min(units, left)) if left else 0

    def is_open(self, now: dt.datetime) -> bool:
        """Say whether anything can still be asked for about it."""
        if not self.units:
            return False
        ends = [until for until in (self.no_reason_until, self.claim_until) if until is not None]
        return not ends or now <= max(ends)


def claimable(order: SupplierOrder) -> list[Claimable]:
    """Return every share of a supplier order with what can be asked for. Six queries."""
    return [one for one in claimable_of(order.record) if one.share.supplier_id == order.supplier_id]


def claimable_of(record: OrderRecord) -> list[Claimable]:
    """Return every share of an order with what can be asked for, in line order. Six queries."""
    return claimable_shares(
        record, list(LineShare.objects.filter(record=record).select_related("line").order_by("number"))
    )


def claimable_shares(record: OrderRecord, shares: Sequence[LineShare]) -> list[Claimable]:
    """Return the same where all the order's shares with their lines are at hand. Five queries."""
    to_ship = selectors.units_left_to_ship(record, shares)
    ids = [share.pk for share in shares]
    pending, signed = _pending(ids), _signed(ids)
    return [
        Claimable(
            share=share,
            units=max(0, share.left_units - to_ship[share] - pending.get(share.pk, 0))
            if share.pk in signed
            else 0,
            signed_at=signed.get(share.pk),
            terms=frozen_terms(share.return_terms),
        )
        for share in shares
    ]


def _pending(share_ids: Sequence[int]) -> dict[int, int]:
    """Return the units that a replacement was asked for or is waiting to be sent for."""
    asked = ReturnItem.objects.filter(
        share__in=share_ids, request__kind=ReturnKind.REPLACE, request__state__in=OPEN_STATES, reshipment=None
    ).values_list("share_id")
    waiting = Reshipment.objects.filter(share__in=share_ids, state=ReshipState.REQUESTED).values_list(
        "share_id"
    )
    units: dict[int, int] = {}
    for rows in (asked, waiting):
        for share_id, total in rows.annotate(total=Sum("units")).order_by("share_id"):
            units[share_id] = units.get(share_id, 0) + total
    return units


def _signed(share_ids: Sequence[int]) -> dict[int, dt.datetime | None]:
    """Return by shipped share when the last of its parcels was signed for; None while one is on its way."""
    rows = (
        ParcelItem.objects.filter(share__in=share_ids)
        .values("share_id")
        .annotate(
            signed=Max("parcel__signed_at"),
            received=Max("parcel__received_at", filter=Q(parcel__signed_at=None)),
            open=Count("pk", filter=Q(parcel__signed_at=None, parcel__received_at=None)),
        )
        .order_by("share_id")
    )
    return {
        row["share_id"]: None
        if row["open"]
        else max(moment for moment in (row["signed"], row["received"]) if moment is not None)
        for row in rows
    }


def photos_needed(reason: str, terms: Sequence[Terms]) -> bool:
    """Say whether a claim of this kind about these goods needs a photo."""
    if reason in _ALWAYS_WITH_PHOTOS:
        return True
    return reason == ReturnReason.NOT_AS_DESCRIBED and any(one.is_perishable for one in terms)


def require_kind(kind: str, reason: str) -> None:
    """Raise ReturnRefused when this cannot be asked for with this reason."""
    if reason not in ReturnReason.values:
        raise ReturnRefused(_("Please choose what is wrong."), code="reason", field="reason")
    if kind not in ReturnKind.values:
        raise ReturnRefused(_("Please choose what you would like."), code="kind", field="kind")
    if ReturnKind(kind) in KINDS[ReturnReason(reason)]:
        return
    if reason == ReturnReason.CHANGED_MIND:
        text = _("Goods no longer wanted have to be sent back: choose “Return and refund”.")
    else:
        text = _("What did not come cannot be sent back: choose a refund or a replacement.")
    raise ReturnRefused(text, code="kind", field="kind")


def require_in_time(goods: Claimable, reason: str, now: dt.datetime) -> None:
    """Raise ReturnRefused, naming product and limit, when it is too late or was never promised."""
    product = goods.share.line.title
    if reason == ReturnReason.CHANGED_MIND:
        if not goods.terms.no_reason_days:
            raise ReturnRefused(
                _("“%(product)s” cannot be returned without cause: %(rule)s.")
                % {"product": product, "rule": goods.terms.name},
                code="no_reason",
                field="reason",
            )
        until = goods.no_reason_until
    else:
        until = goods.claim_until
    if until is not None and now > until:
        raise ReturnRefused(
            _("“%(product)s”: the time for this ended on %(until)s.")
            % {"product": product, "until": shown_moment(until)},
            code="too_late",
            field="reason",
        )


def shown_moment(moment: dt.datetime) -> str:
    """Return a moment as it is written in a sentence, by the clock of Shanghai."""
    return f"{moment.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}"
