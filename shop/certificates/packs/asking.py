"""Ask for a pack: of one order or of a period, by those of the unit who file it; and what it is called."""

import datetime as dt

from django.db.models import Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from shop.accounts.models import User
from shop.accounts.scope import Scope
from shop.buyers.membership import GRANT_OF
from shop.buyers.models import Organisation
from shop.certificates.exceptions import CertificateError
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.ordering.models import LineShare, OrderRecord
from shop.ordering.status import PaymentState
from shop.procurement.members import FILERS, holds_one
from shop.procurement.selectors import unit_orders
from shop.reporting.asking import Wish, ask_export
from shop.reporting.models import ExportJob
from shop.reporting.tables import Query

#: The content of the export, and what the papers are written in, whatever the reader's language.
PACK, LANGUAGE = "pack", "zh-hans"
MOST_ORDERS = 60
MOST_LINES = 10_000
_CLOSED = Q(payment_state__in=(PaymentState.CLOSED, PaymentState.CLOSING))


def ask_pack(*, user: User, organisation: Organisation, query: Query) -> ExportJob:
    """Write down that a person wants the pack of a unit's order (`order`) or of those placed from `start` to `end`.

    Journalled; safe to call twice: the same question waits once. Raises CertificateError: role (the person files
    nothing for the unit), nothing (no such order), closed (nothing came of the order), too_many_orders,
    too_many_lines; and what `ask_export` raises. Nothing is written then.
    """
    if not holds_one(organisation=organisation, user_id=user.pk, roles=FILERS):
        raise CertificateError(
            _("Finance, owner, buyer and approver of %(unit)s may ask for a pack.")
            % {"unit": organisation.name},
            code="role",
        )
    scope = Scope(organisations=frozenset({organisation.code}))
    _require_sensible(chosen_orders(scope, query), query)
    with translation.override(LANGUAGE):
        file_name = f"{_stem(query)}.zip"
    wish = Wish(
        content=PACK,
        kind="zip",
        name=f"pack-{'-'.join(query.values())}"[:64],
        file_name=file_name,
        query=query,
        organisation=organisation.code,
    )
    roles = sorted(GRANT_OF[role] for role in FILERS)
    return ask_export(user=user, scope=scope, roles=roles, wish=wish, actor_id=user.pk)


def own_packs(user: User, scope: Scope) -> QuerySet[ExportJob]:
    """Return the packs that a person asked for the scope's units, the latest first."""
    found = ExportJob.objects.filter(asked_by=user.pk, content=PACK, organisation__in=scope.organisations)
    return found.order_by("-pk")


def of_order(number: str) -> Query:
    """Return the question for one order."""
    return {"order": number}


def of_period(start: dt.date, end: dt.date) -> Query:
    """Return the question for the orders placed from a day to a day."""
    return {"start": f"{start}", "end": f"{end}"}


def chosen_orders(scope: Scope, query: Query) -> QuerySet[OrderRecord]:
    """Return the orders of the scope's units that a question names, the oldest first; of a period no closed ones."""
    found = unit_orders(scope).order_by("placed_at", "pk")
    if "order" in query:
        return found.filter(number=query["order"])
    first, last = (dt.date.fromisoformat(query[name]) for name in ("start", "end"))
    begin, end = (
        dt.datetime.combine(day, dt.time.min, clock.SHANGHAI) for day in (first, last + dt.timedelta(days=1))
    )
    return found.filter(placed_at__gte=begin, placed_at__lt=end).exclude(_CLOSED)


def line_count(orders: QuerySet[OrderRecord]) -> int:
    """Return how many lines of goods the orders have. One query."""
    return LineShare.objects.filter(record__in=orders.order_by().values("pk")).count()


def too_many_lines() -> ShopError:
    """Return the refusal of more lines than a pack holds."""
    text = _("One pack holds %(most)s lines of goods. Choose a shorter period.")
    return CertificateError(text % {"most": f"{MOST_LINES:,}"}, code="too_many_lines")


def about_of(query: Query) -> str:
    """Return in a few words what a pack is about."""
    if "order" in query:
        return _("Order %(number)s") % {"number": query["order"]}
    return f"{query['start']} – {query['end']}"


def pdf_name(query: Query) -> str:
    """Return what the PDF in the zip is called, whatever language is being spoken."""
    with translation.override(LANGUAGE):
        return f"{_stem(query)}.pdf"


def _stem(query: Query) -> str:
    return f"{_('Reimbursement pack')}-{'-'.join(query.values())}"


def _require_sensible(orders: QuerySet[OrderRecord], query: Query) -> None:
    count = orders.count()
    if not count:
        raise CertificateError(
            _("Your unit placed no order in this time that was not closed."), code="nothing", field="start"
        )
    if "order" in query and orders.filter(_CLOSED).exists():
        raise CertificateError(
            _("This order was closed: nothing came of it that could be filed."), code="closed"
        )
    if count > MOST_ORDERS:
        raise CertificateError(
            _("These are %(count)d orders, and one pack holds %(most)d. Choose a shorter period.")
            % {"count": count, "most": MOST_ORDERS},
            code="too_many_orders",
            field="end",
        )
    if line_count(orders) > MOST_LINES:
        raise too_many_lines()
