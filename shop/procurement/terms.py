"""How a unit may pay: after acceptance on terms that stand today and have room, online, and until when."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, F, Max, OuterRef
from django.utils.translation import gettext as _

from shop.buyers.models import Organisation, PaymentTerms
from shop.buyers.selectors import terms_on
from shop.core import clock
from shop.core.fen import shown_yuan
from shop.gateways.services import methods_for_new_orders
from shop.ordering.desk_models import Acceptance
from shop.ordering.models import LineShare, OrderRecord
from shop.ordering.services import open_terms_fen
from shop.ordering.status import PayMethod
from shop.procurement.exceptions import ProcurementError
from shop.procurement.models import PayBy, PurchaseRequest


@dataclass(frozen=True)
class TermsOffer:
    """Terms that stand, and the fen that may still be ordered on them."""

    terms: PaymentTerms
    left_fen: int


def terms_offer(organisation: Organisation) -> TermsOffer | None:
    """Return the terms a unit may order on today, None when there are none. Two queries."""
    terms = terms_on(organisation.pk, clock.today())
    if terms is None:
        return None
    return TermsOffer(terms, max(terms.limit_fen - open_terms_fen(organisation.code), 0))


def require_terms(organisation: Organisation, total_fen: int) -> None:
    """Raise ProcurementError (no_terms, terms_limit) when this sum cannot be ordered on terms now.

    The decision is made again under lock when the order is released.
    """
    offer = terms_offer(organisation)
    if offer is None:
        raise ProcurementError(
            _("There are no approved terms for paying after acceptance today."),
            code="no_terms",
            field="pay_by",
        )
    if total_fen > offer.left_fen:
        raise ProcurementError(
            _("Only ¥%(left)s are left under the limit of your terms.")
            % {"left": shown_yuan(offer.left_fen)},
            code="terms_limit",
            field="pay_by",
        )


def online_method(*, demo: bool) -> PayMethod | None:
    """Return by which provider an order, of a demonstration or not, is paid online now; None when by none."""
    names = methods_for_new_orders(demo=demo)
    return next((PayMethod(name) for name in names if name != PayMethod.BANK_TRANSFER), None)


def ways_to_pay(request: PurchaseRequest, offer: TermsOffer | None) -> list[str]:
    """Return the ways of paying that a draft can choose now; no query."""
    ways = [PayBy.TRANSFER.value]
    if online_method(demo=request.demo) is not None:
        ways.append(PayBy.ONLINE.value)
    return [*ways, PayBy.TERMS.value] if offer is not None and offer.left_fen > 0 else ways


def method_of(request: PurchaseRequest) -> PayMethod:
    """Return how the order of a request is paid. Raises ProcurementError (no_online) when that is not possible now."""
    if request.pay_by == PayBy.TERMS:
        return PayMethod.TERMS
    if request.pay_by == PayBy.TRANSFER:
        return PayMethod.BANK_TRANSFER
    method = online_method(demo=request.demo)
    if method is None:
        raise ProcurementError(
            _("Online payment is not available now. Please choose another way of paying."),
            code="no_online",
            field="pay_by",
        )
    return method


def due_days(records: Iterable[OrderRecord]) -> dict[int, dt.date]:
    """Return, by order on terms of which all is accepted, the day on which its payment is due. Two queries.

    That is so many days after the last acceptance as the terms say that stood when it was ordered. As long as
    units are neither accepted nor off the order there is none: the sum that would be asked for is the whole one.
    """
    rows = [record for record in records if record.method == PayMethod.TERMS]
    gone = F("reduced_units") + F("refunding_units") + F("refunded_units")
    still_open = LineShare.objects.filter(record=OuterRef("record"), units__gt=F("accepted_units") + gone)
    whole = Acceptance.objects.exclude(Exists(still_open)).filter(record__in=[row.pk for row in rows])
    accepted = whole.values_list("record_id")
    last = dict(accepted.annotate(latest=Max("accepted_at")).order_by("record_id"))
    terms = list(
        PaymentTerms.objects.filter(
            organisation__code__in={row.credited_organisation for row in rows}, approved_at__isnull=False
        )
        .select_related("organisation")
        .order_by("-starts_on", "-pk")
    )
    found = {}
    for row in rows:
        agreed = _agreed(terms, row)
        if row.pk in last and agreed is not None:
            found[row.pk] = clock.local_date(last[row.pk]) + dt.timedelta(days=agreed.days_after_acceptance)
    return found


def _agreed(terms: Iterable[PaymentTerms], record: OrderRecord) -> PaymentTerms | None:
    """Return the terms that stood on the day of the order: of several the one that started last."""
    day = clock.local_date(record.placed_at)
    return next(
        (
            one
            for one in terms
            if one.organisation.code == record.credited_organisation
            and one.starts_on <= day
            and (one.ends_on is None or one.ends_on >= day)
        ),
        None,
    )
