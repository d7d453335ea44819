"""What of the figures needs a look: money, evidence, numbers claimed twice, regions that fall behind."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet, Value
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shop.accounts.scope import Scope
from shop.core.together import answers
from shop.gateways.bank_selectors import open_differences
from shop.ledger.fact_models import CollisionState
from shop.ledger.register import collisions
from shop.reporting.cockpit import Cockpit
from shop.reporting.cockpit_tables import cockpit_url
from shop.reporting.tables import Query, drill_url, share_of


@dataclass(frozen=True)
class Look:
    """Something to look at: its sum in fen or a line of text. `door` names the page for whoever may open it."""

    icon: str
    title: str
    url: str
    fen: int | None = None
    text: str = ""
    door: str = ""


def needs_a_look(scope: Scope, found: Cockpit, query: Query) -> list[Look]:
    """Return what needs a look, what is about the whole shop only for a scope over it. At most one query."""
    return [*_money(found, query), *(_of_the_shop(scope) if scope.everything else ()), *_behind(found, query)]


def _money(found: Cockpit, query: Query) -> Iterator[Look]:
    unapplied = found.found.total.unapplied
    if unapplied:
        yield Look("banknote", _("Money no order has"), drill_url(query, measure="unapplied"), unapplied)
    unproven = sum(row.fen for row in found.found.not_counted if row.reason == "grade")
    if unproven:
        url = drill_url(query, measure="not_counted", reason="grade")
        yield Look("file-check-2", _("Evidence is a document only"), url, unproven)


def _of_the_shop(scope: Scope) -> Iterator[Look]:
    open_keys = collisions(scope).filter(state=CollisionState.OPEN)
    counted = answers(*(_counted(rows) for rows in (open_differences(scope), open_keys)))
    differences, claimed = (rows[0][0] if rows else 0 for rows in counted)
    if differences:
        text = ngettext("%(count)s open", "%(count)s open", differences) % {"count": differences}
        title, name = _("Bank and bills differ from the books"), "gateways:differences"
        yield Look("circle-alert", title, reverse(name), text=text, door=name)
    if claimed:
        text = ngettext("%(count)s open", "%(count)s open", claimed) % {"count": claimed}
        name = "reporting:register"
        yield Look("copy", _("Numbers claimed twice"), reverse(name), text=text, door=name)


def _counted(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Return how many rows there are, as a question."""
    return (
        rows.order_by().values_list(Value(1)).annotate(count=Count("pk", distinct=True)).values_list("count")
    )


def _behind(found: Cockpit, query: Query) -> Iterator[Look]:
    for row in found.found.rows:
        way = found.outlooks.get((row.region, row.programme))
        if way is not None and way.state == "behind":
            assert way.forecast is not None
            share = share_of(way.forecast, way.target)
            yield Look(
                "target",
                _("%(region)s falls behind its target") % {"region": row.region_name},
                cockpit_url(query, region=row.region),
                text=_("%(share)s of it by the end of the year, as things go") % {"share": share},
            )
