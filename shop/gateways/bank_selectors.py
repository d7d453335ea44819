"""What the pages of bank statements show. Every list takes the caller's scope."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import F, Q, QuerySet

from shop.accounts.models import Role, ScopeKind, User
from shop.accounts.scope import Scope
from shop.gateways.bank_models import (
    AssignmentState,
    BankAccount,
    Difference,
    LineState,
    MoneyAssignment,
    StatementFile,
    StatementLine,
)

#: What a line is shown as: TAKEN money is matched once all of it has been applied or sent back.
SHOWN_STATES = ("new", "matched", "unapplied", "evidence", "executed", "payout", "ignored", "difference")
_SPENT = Q(payment__fen=F("payment__applied_fen") + F("payment__returned_fen") + F("payment__moved_fen"))


@dataclass(frozen=True)
class LineFilters:
    """Which lines of statements a page asks for; None and "" mean all."""

    account_id: int | None = None
    file_id: int | None = None
    state: str = ""
    direction: str = ""
    since: dt.date | None = None
    until: dt.date | None = None
    query: str = ""


def bank_accounts(scope: Scope) -> QuerySet[BankAccount]:
    """Return our accounts with their columns, by name."""
    accounts = BankAccount.objects.select_related("mapping").order_by("name", "number")
    return accounts if scope.everything else accounts.none()


def statement_files(scope: Scope) -> QuerySet[StatementFile]:
    """Return the uploaded statements without their bytes, newest first."""
    files = StatementFile.objects.defer("raw").select_related("account").order_by("-imported_at", "-pk")
    return files if scope.everything else files.none()


def statement_lines(scope: Scope, filters: LineFilters) -> QuerySet[StatementLine]:
    """Return the lines that fit, newest first, with what became of them."""
    if not scope.everything:
        return StatementLine.objects.none()
    lines = StatementLine.objects.select_related(
        "account", "payment__record", "execution__payment__record"
    ).order_by("-booked_on", "-pk")
    wanted: dict[str, object] = {
        "account_id": filters.account_id,
        "file_id": filters.file_id,
        "direction": filters.direction,
        "booked_on__gte": filters.since,
        "booked_on__lte": filters.until,
    }
    lines = lines.filter(**{name: value for name, value in wanted.items() if value})
    if filters.state in ("matched", "unapplied"):
        lines = lines.filter(state=LineState.TAKEN)
        lines = lines.filter(_SPENT) if filters.state == "matched" else lines.exclude(_SPENT)
    elif filters.state:
        lines = lines.filter(state=filters.state)
    if filters.query:
        text = filters.query.strip()
        lines = lines.filter(
            Q(serial__icontains=text) | Q(payer__icontains=text) | Q(purpose__icontains=text)
        )
    return lines


def _differences(scope: Scope) -> QuerySet[Difference]:
    if not scope.everything:
        return Difference.objects.none()
    with_all = Difference.objects.select_related(
        *("line__account", "line__payment__record", "line__file", "claim__attempt__record"),
        *("execution__payment__record", "bill_line", "payment__record"),
    )
    return with_all.defer("line__file__raw")


def settled_differences(scope: Scope) -> QuerySet[Difference]:
    """Return what is resolved, the last first: who settled it, when and why; nobody where the missing piece came."""
    return _differences(scope).exclude(resolved_at=None).order_by("-resolved_at", "-pk")


def open_differences(scope: Scope, *, kind: str = "", owner_id: int | None = None) -> QuerySet[Difference]:
    """Return what is not resolved, oldest first, with its line, claim, transfer back, bill's line or payment."""
    found = _differences(scope).filter(resolved_at=None).order_by("opened_at", "pk")
    if kind:
        found = found.filter(kind=kind)
    return found.filter(owner_id=owner_id) if owner_id else found


def proposed_assignments(scope: Scope) -> QuerySet[MoneyAssignment]:
    """Return the orders that somebody proposed for money, oldest first."""
    if not scope.everything:
        return MoneyAssignment.objects.none()
    proposed = MoneyAssignment.objects.filter(state=AssignmentState.PROPOSED)
    return proposed.select_related("payment", "record").order_by("proposed_at")


def desk_people(scope: Scope) -> dict[int, str]:
    """Return the names of those who handle money for the whole shop, by id."""
    if not scope.everything:
        return {}
    people = User.objects.filter(
        is_active=True, grants__role__in=(Role.STAFF, Role.FINANCE), grants__kind=ScopeKind.ALL
    )
    return {user.pk: str(user) for user in people.distinct().order_by("pk")}
