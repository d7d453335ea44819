"""Those who close months, and months that can be closed."""

import datetime as dt
from dataclasses import dataclass

from shop.accounts.models import Role, ScopeKind, User
from shop.core import clock
from shop.gateways.models import BillImport
from shop.ledger.closing import prepare_month, release_month, review_month
from shop.ledger.closing_models import Statement
from shop.ledger.periods import month_end
from tests.factories.people import make_user
from tests.ledger.story import at


@dataclass(frozen=True)
class Closers:
    """One of each; `everything` holds all three roles."""

    preparer: User
    reviewer: User
    releaser: User
    everything: User


def make_closers() -> Closers:
    """Return the people who close a month."""

    def person(number: int, name: str, *roles: Role) -> User:
        grants = [(role, ScopeKind.ALL, "") for role in roles]
        return make_user(phone=f"+86138000001{number:02d}", name=name, grants=grants)

    return Closers(
        person(1, "许初核", Role.PREPARER),
        person(2, "沈复核", Role.REVIEWER),
        person(3, "韩签发", Role.RELEASER),
        person(4, "全能人", Role.PREPARER, Role.REVIEWER, Role.RELEASER),
    )


def day(text: str) -> dt.date:
    """Return a date: "2026-09" is the first of the month."""
    return dt.date.fromisoformat(text if len(text) > 7 else f"{text}-01")


def bring_bill(month: str, provider: str = "demo") -> None:
    """Read the channel's bill of a whole month."""
    since = at(f"{day(month)}T00:00:00")
    until = at(f"{month_end(day(month))}T00:00:00") + dt.timedelta(days=1)
    BillImport.objects.create(
        provider=provider, since=since, until=until, started_at=until, finished_at=until
    )


def close(month: str, closers: Closers) -> list[Statement]:
    """Let the three close a month on the third day after it."""
    bring_bill(month)
    moment = at(f"{month_end(day(month)) + dt.timedelta(days=2)}")
    with clock.set_to(moment):
        prepare_month(month=day(month), actor_id=closers.preparer.pk)
        review_month(month=day(month), actor_id=closers.reviewer.pk)
        return release_month(month=day(month), actor_id=closers.releaser.pk)
