"""Let an organisation's order go before it is paid, within its approved terms."""

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from shop.buyers.models import Organisation
from shop.buyers.selectors import terms_of
from shop.core import clock, fen
from shop.core.locks import lock
from shop.ordering.exceptions import TermsRefused, WrongState
from shop.ordering.models import OrderRecord
from shop.ordering.payment import let_ship
from shop.ordering.status import PaymentState, PayMethod, ReleaseState


def open_terms_fen(organisation_code: str) -> int:
    """Return what an organisation owes for orders released on terms and not paid, accepted or not."""
    owed = OrderRecord.objects.filter(
        credited_organisation=organisation_code,
        method=PayMethod.TERMS,
        release_state=ReleaseState.RELEASED,
        payment_state=PaymentState.UNPAID,
    )
    return owed.aggregate(total=Sum("due_fen"))["total"] or 0


def release_on_terms(*, record_id: int, approved_by: int) -> bool:
    """Let an unpaid order on terms ship: emits `order.released` once; safe to call twice.

    Returns whether this call released it. What the organisation owes then, this order and its freight
    included, stays within the limit of the terms of today: the organisation's row is locked, so that two
    orders cannot both take the rest. Raises TermsRefused (not_on_terms, no_terms, limit), WrongState for an
    order that is closed or closing.
    """
    with transaction.atomic():
        record = lock(OrderRecord.objects.filter(pk=record_id)).get()
        if record.release_state == ReleaseState.RELEASED:
            return False
        if record.method != PayMethod.TERMS:
            raise TermsRefused(_("This order is paid before it is shipped."), code="not_on_terms")
        if record.payment_state != PaymentState.UNPAID:
            raise WrongState(what="release", old=record.payment_state, new=ReleaseState.RELEASED)
        _require_room(record)
        let_ship(record, released_by=approved_by)
    return True


def _require_room(record: OrderRecord) -> None:
    code = record.credited_organisation
    list(lock(Organisation.objects.filter(code=code)))
    terms = terms_of(code, clock.today())
    if terms is None:
        raise TermsRefused(
            _("“%(name)s” has no approved terms today.") % {"name": record.credited_name}, code="no_terms"
        )
    free = terms.limit_fen - open_terms_fen(code)
    if record.due_fen > free:
        raise TermsRefused(
            _("This order is due %(due)s yuan, the terms of “%(name)s” leave %(free)s yuan.")
            % {
                "due": fen.shown_yuan(record.due_fen),
                "name": record.credited_name,
                "free": fen.shown_yuan(max(free, 0)),
            },
            code="limit",
        )
