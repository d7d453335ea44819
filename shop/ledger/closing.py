"""Close a month: prepared, reviewed and released by different people; then it takes no entry any more."""

import datetime as dt
import json
from collections.abc import Callable

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Min
from django.utils.translation import gettext as _

from shop.accounts.models import Role, User
from shop.accounts.scope import scope_of
from shop.core import clock
from shop.core.faultpoint import faultpoint
from shop.core.locks import lock
from shop.journal.services import record
from shop.ledger.closing_checks import obstacles
from shop.ledger.closing_models import ClosingRule, ClosingState, MonthClosing, OpenMonth, Statement
from shop.ledger.exceptions import ClosingError, MonthNotReady
from shop.ledger.models import LedgerEntry
from shop.ledger.periods import closing_rule_on, month_end
from shop.ledger.posting import RULE_VERSION
from shop.ledger.statements import Month, Signed, body_of, digest_of, month_found, statement_number
from shop.ledger.transitions import CLOSING
from shop.outbox.services import append

#: The names of the two series in `MonthClosing.digests`.
_SERIES = {False: "real", True: "demo"}


def next_month() -> dt.date | None:
    """Return the month that is closed next: after the last closed one, else that of the first entry; None: no entry."""
    last = MonthClosing.objects.filter(state=ClosingState.RELEASED).aggregate(last=Max("month"))["last"]
    if last is not None:
        return month_end(last)
    first: dt.date | None = LedgerEntry.objects.aggregate(first=Min("booked_on"))["first"]
    return first.replace(day=1) if first else None


def month_figures(month: dt.date) -> list[Month]:
    """Return the digests and sums of a month's series; two passes of the database, memory stays flat.

    A series is there from its first entry or statement on; the shop's own one always.
    """
    series = [demo for demo in (False, True) if _is_there(demo, month)]
    return [month_found(month, demo) for demo in series]


def _is_there(demo: bool, month: dt.date) -> bool:
    booked = LedgerEntry.objects.filter(demo=demo, booked_on__lt=month_end(month))
    return demo == settings.SHOP_DEMO or booked.exists() or Statement.objects.filter(demo=demo).exists()


def prepare_month(*, month: dt.date, actor_id: int) -> MonthClosing:
    """Write down the figures of the next month to close, for another person to review.

    Raises MonthNotReady with every reason, ClosingError: not the next month, being closed already, an actor
    without the role. Nothing is written then. Not safe to repeat: a second call is refused.
    """
    _require_role(actor_id, Role.PREPARER)
    _require_next(month)
    found = obstacles(month)
    if found:
        raise MonthNotReady(found)
    digests = _digests(month_figures(month))
    with transaction.atomic():
        lock(OpenMonth.objects.all()).get()
        _require_next(month)
        if MonthClosing.objects.filter(month=month).exclude(state=ClosingState.WITHDRAWN).exists():
            raise ClosingError(_("This month is being closed already."), code="twice")
        closing = MonthClosing.objects.create(
            month=month,
            people=closing_rule_on(clock.today()).people,
            digests=digests,
            prepared_by=actor_id,
            prepared_at=clock.now(),
        )
        _journal("month.prepared", closing, actor_id, before="")
    return closing


def review_month(*, month: dt.date, actor_id: int) -> MonthClosing:
    """Say that another person has looked at the figures that were prepared.

    Raises ClosingError: the preparer themselves, figures that have changed since, nothing to review, an actor
    without the role. Nothing is written then.
    """
    _require_role(actor_id, Role.REVIEWER)
    with transaction.atomic():
        closing = _locked(month, ClosingState.REVIEWED)
        if closing.prepared_by == actor_id:
            raise ClosingError(_("Whoever prepared the month does not review it."), code="same_person")
        _require_same(closing, month_figures(month))
        closing.state, closing.reviewed_by = ClosingState.REVIEWED, actor_id
        closing.reviewed_at = clock.now()
        closing.save(update_fields=["state", "reviewed_by", "reviewed_at"])
        _journal("month.reviewed", closing, actor_id, before=ClosingState.PREPARED)
    return closing


def release_month(*, month: dt.date, actor_id: int) -> list[Statement]:
    """Let the month's statements out and close it: every later entry is booked in the months after.

    Raises ClosingError: a person who prepared or (where three are needed) reviewed it, figures that have changed
    since, nothing to release, an actor without the role; MonthNotReady. Nothing is written then.
    """
    _require_role(actor_id, Role.RELEASER)
    with transaction.atomic():
        # From here on no entry can be posted until the month is closed, or is not.
        open_month = lock(OpenMonth.objects.all()).get()
        closing = _locked(month, ClosingState.RELEASED)
        _require_another(closing, actor_id)
        found = obstacles(month)
        if found:
            raise MonthNotReady(found)
        figures = month_figures(month)
        _require_same(closing, figures)
        closing.state, closing.released_by = ClosingState.RELEASED, actor_id
        closing.released_at = clock.now()
        closing.save(update_fields=["state", "released_by", "released_at"])
        statements = [_state(closing, each) for each in figures]
        open_month.first_day = month_end(month)
        open_month.save(update_fields=["first_day"])
        faultpoint("ledger.month_released")
        _journal("month.released", closing, actor_id, before=ClosingState.REVIEWED)
        numbers = [statement.number for statement in statements]
        payload = {"month": f"{month:%Y-%m}", "statements": numbers}
        append(topic="month.released", stream=f"month:{month:%Y-%m}", payload=payload)
    return statements


def send_month_back(*, month: dt.date, actor_id: int, reason: str) -> MonthClosing:
    """Give a month that is prepared or reviewed back, with a reason; it can be prepared again.

    Raises ClosingError: no reason, nothing to send back, an actor with none of the three roles.
    """
    if not reason.strip():
        raise ClosingError(_("Say why the month is sent back."), code="reason_missing", field="reason")
    _require_role(actor_id, Role.PREPARER, Role.REVIEWER, Role.RELEASER)
    with transaction.atomic():
        closing = _locked(month, ClosingState.WITHDRAWN)
        before = closing.state
        closing.state, closing.withdrawn_by = ClosingState.WITHDRAWN, actor_id
        closing.withdrawn_at, closing.reason = clock.now(), reason.strip()[:200]
        closing.save(update_fields=["state", "withdrawn_by", "withdrawn_at", "reason"])
        _journal("month.sent_back", closing, actor_id, before=before)
    return closing


def set_closing_rule(*, starts_on: dt.date, people: int, reason: str, actor_id: int) -> ClosingRule:
    """Say how many people close a month from a day on. Safe to call twice: the same words change nothing.

    Raises ClosingError: a number other than two or three, a day that has passed, no reason, a day that has a rule.
    """
    if people not in (2, 3):
        raise ClosingError(_("A month is closed by two or three people."), code="people", field="people")
    if starts_on < clock.today():
        raise ClosingError(_("Give today or a later day."), code="past", field="starts_on")
    if not reason.strip():
        raise ClosingError(_("Give a reason; it stands in the journal."), code="reason", field="reason")
    with transaction.atomic():
        before = closing_rule_on(starts_on)
        if before.starts_on == starts_on:
            if before.people == people:
                return before
            raise ClosingError(_("This day has a rule already."), code="twice", field="starts_on")
        rule = ClosingRule.objects.create(
            starts_on=starts_on,
            people=people,
            reason=reason.strip()[:200],
            set_by=actor_id,
            set_at=clock.now(),
        )
        record(
            actor_id=actor_id,
            action="closing_rule.set",
            object_type="closing_rule",
            object_key=f"{starts_on}",
            before={"people": before.people},
            after={"people": people},
            reason=rule.reason,
        )
    return rule


def _require_role(actor_id: int, *roles: Role) -> None:
    if not scope_of(User.objects.get(pk=actor_id), *roles).everything:
        raise ClosingError(_("You do not have the role that this step needs."), code="not_yours")


def _require_next(month: dt.date) -> None:
    wanted = next_month()
    if wanted is None:
        raise ClosingError(_("There are no entries to close."), code="empty")
    if month < wanted and MonthClosing.objects.filter(month=month, state=ClosingState.RELEASED).exists():
        raise ClosingError(_("This month is closed."), code="closed")
    if month != wanted:
        raise ClosingError(
            _("Months are closed one after another: %(month)s is next.") % {"month": f"{wanted:%Y-%m}"},
            code="order",
        )


def _require_another(closing: MonthClosing, actor_id: int) -> None:
    others = {closing.prepared_by} if closing.people == 2 else {closing.prepared_by, closing.reviewed_by}
    if actor_id in others:
        raise ClosingError(
            _("Whoever prepared or reviewed the month does not release it."), code="same_person"
        )


def _locked(month: dt.date, new: ClosingState) -> MonthClosing:
    """Return the month's closing, which may now take this state."""
    current = MonthClosing.objects.filter(month=month).exclude(state=ClosingState.WITHDRAWN)
    closing = lock(current).first()
    if closing is None:
        raise ClosingError(_("This month has not been prepared."), code="not_prepared")
    if closing.state == ClosingState.RELEASED:
        raise ClosingError(_("This month is closed."), code="closed")
    if not CLOSING.allows(closing.state, new):
        raise ClosingError(_("This month has not been reviewed."), code="not_reviewed")
    return closing


def _digests(figures: list[Month]) -> dict[str, str]:
    return {_SERIES[each.demo]: each.digest for each in figures}


def _require_same(closing: MonthClosing, figures: list[Month]) -> None:
    if _digests(figures) != closing.digests:
        raise ClosingError(
            _("Entries have been booked since the month was prepared. Send it back and prepare it again."),
            code="changed",
        )


def _state(closing: MonthClosing, found: Month) -> Statement:
    """Write one statement of the chain."""
    assert closing.reviewed_by is not None and closing.released_by is not None and closing.released_at
    before = Statement.objects.filter(demo=found.demo).order_by("-month").first()
    signed = Signed(
        closing.prepared_by, closing.reviewed_by, closing.released_by, closing.released_at, RULE_VERSION
    )
    previous_digest = before.digest if before else ""
    body = body_of(found, signed, json.loads(before.body) if before else None, previous_digest)
    return Statement.objects.create(
        number=statement_number(found.first_day, found.demo),
        closing=closing,
        month=found.first_day,
        demo=found.demo,
        rule_version=RULE_VERSION,
        entries=found.entries,
        confirmed_fen=found.figures.get("confirmed", 0),
        paid_fen=found.figures.get("net", 0),
        entries_digest=found.digest,
        restates=found.restates,
        previous_digest=previous_digest,
        digest=digest_of(body),
        body=body,
        prepared_by=signed.preparer,
        reviewed_by=signed.reviewer,
        released_by=signed.releaser,
        released_at=signed.released_at,
    )


def _journal(action: str, closing: MonthClosing, actor_id: int, *, before: str) -> None:
    record(
        actor_id=actor_id,
        action=action,
        object_type="month",
        object_key=f"{closing.month:%Y-%m}",
        before={"state": str(before)} if before else {},
        after={"state": str(closing.state)} | closing.digests,
        reason=closing.reason,
    )


#: Which service each button of a month's page calls.
STEPS: dict[str, Callable[..., object]] = {
    "prepare": prepare_month,
    "review": review_month,
    "release": release_month,
}
