"""Draw up what each supplier is owed for a period; from then on nothing is booked into it any more."""

import datetime as dt
import hashlib
from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from shop.core import clock
from shop.core.faultpoint import faultpoint
from shop.core.locks import lock
from shop.journal import services as journal
from shop.settlement.exceptions import SettlementRefused
from shop.settlement.models import SettlementEntry, SupplierAccount, SupplierStatement
from shop.settlement.reckoning import (
    Reckoning,
    canonical_line,
    entries_of_period,
    opening_of,
    pending_at,
    reckon,
)
from shop.settlement.services.taking_in import not_taken
from shop.settlement.terms import Calendar, Period
from shop.suppliers.models import Supplier

#: So many days after the end of a period it is drawn up by the clock: late news of couriers have come by then.
GRACE_DAYS = 2


def draw_due_statements() -> int:
    """Draw up the statements of the last period once its grace is over; return how many. Safe at any time.

    What cannot be drawn yet, because messages are on their way, is drawn at a later run.
    """
    periods = Calendar()
    through = periods.last_ended(clock.today() - dt.timedelta(days=GRACE_DAYS)).ends_on
    due = SupplierAccount.objects.exclude(drawn_through__gte=through).filter(first_booked_on__lte=through)
    drawn = 0
    for demo in set(due.values_list("demo", flat=True)):
        if not _on_their_way(through):
            drawn += draw_statements(through=through, demo=demo, actor_id=None)
    return drawn


def draw_statements(*, through: dt.date, demo: bool, actor_id: int | None) -> int:
    """Draw up every supplier's statements up to the end of a period; return how many are new. Safe to call twice.

    A supplier without a movement and without a balance gets none. Raises SettlementRefused: not_over (the period
    has not ended), no_end (the day ends no period), on_their_way (events of the time are not taken in yet).
    """
    periods = Calendar()
    if through >= clock.today():
        raise SettlementRefused(_("This period is not over yet."), code="not_over", field="through")
    if periods.period(through).ends_on != through:
        raise SettlementRefused(
            _("No period ends on %(day)s.") % {"day": through}, code="no_end", field="through"
        )
    if waiting := _on_their_way(through):
        raise SettlementRefused(
            _("%(count)d messages of this time are not taken in yet. Look at the outbox and try again.")
            % {"count": waiting},
            code="on_their_way",
        )
    accounts = SupplierAccount.objects.filter(demo=demo, first_booked_on__lte=through)
    codes = (
        accounts.exclude(drawn_through__gte=through).order_by("supplier").values_list("supplier", flat=True)
    )
    drawn = sum(_draw(code, demo, through, periods, actor_id) for code in list(codes))
    if drawn and actor_id is not None:
        journal.record(
            actor_id=actor_id,
            action="settlement.statements_drawn",
            object_type="settlement_period",
            object_key=f"{through}",
            after={"statements": drawn},
        )
    return drawn


def _on_their_way(through: dt.date) -> int:
    end = dt.datetime.combine(through + dt.timedelta(days=1), dt.time(), tzinfo=clock.SHANGHAI)
    return not_taken().filter(occurred_at__lt=end).count()


def _draw(code: str, demo: bool, through: dt.date, periods: Calendar, actor_id: int | None) -> int:
    """Draw one supplier's statements in a transaction of its own."""
    with transaction.atomic():
        account = lock(SupplierAccount.objects.filter(supplier=code, demo=demo)).get()
        supplier = Supplier.objects.filter(code=code).first()
        if supplier is None or account.first_booked_on is None:
            return 0
        first = account.first_booked_on
        if account.drawn_through is not None:
            first = account.drawn_through + dt.timedelta(days=1)
        drawn = 0
        for period in periods.periods(first, through):
            drawn += _write(supplier, account, period, actor_id)
            account.drawn_through = period.ends_on
        account.save(update_fields=["drawn_through"])
        faultpoint("settlement.statements.before_commit")
    return drawn


def _write(supplier: Supplier, account: SupplierAccount, period: Period, actor_id: int | None) -> int:
    entries = list(entries_of_period(account.supplier, account.demo, period))
    opening = opening_of(account, period.starts_on)
    if not entries and not opening:
        return 0
    sums: Reckoning = reckon(entries)
    SupplierStatement.objects.create(
        number=statement_number(account, period),
        supplier=supplier,
        demo=account.demo,
        starts_on=period.starts_on,
        ends_on=period.ends_on,
        opening_fen=opening,
        goods_fen=sums.goods,
        back_fen=sums.back,
        freight_fen=sums.freight,
        subsidy_fen=sums.subsidy,
        commission_fen=sums.commission,
        payout_fen=sums.payout,
        closing_fen=opening + sums.change,
        pending_fen=pending_at(account, period.ends_on),
        entries=len(entries),
        digest=digest_of(entries),
        drawn_by=actor_id,
        drawn_at=clock.now(),
    )
    return 1


def statement_number(account: SupplierAccount, period: Period) -> str:
    """Return the number of a statement: the period's last day and the supplier; a demonstration's begins with D."""
    return f"{'D' if account.demo else ''}JS{period.ends_on:%Y%m%d}-{account.supplier}"


def digest_of(entries: Iterable[SettlementEntry]) -> str:
    """Return the SHA-256 of the entries in their order."""
    digest = hashlib.sha256()
    for entry in entries:
        digest.update(canonical_line(entry) + b"\n")
    return digest.hexdigest()
