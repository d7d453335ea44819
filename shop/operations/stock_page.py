"""What the staff see of stock: the list of products, one product with its lots and movements."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import gettext as _
from oscar.apps.partner.models import StockRecord

from shop.accounts.models import User
from shop.accounts.scope import Scope
from shop.core import clock
from shop.journal.models import JournalEntry
from shop.listings.models import PurchaseLimit
from shop.listings.selectors import order_rules_of
from shop.operations.journal_words import action_name, reason_text
from shop.ordering.balances import journal_key
from shop.ordering.models import StockBalance
from shop.ordering.sellable import is_past, is_sellable
from shop.ordering.status import StockPool
from shop.ordering.stock_models import GoodsLot, StockLocation, StockRule

QUERY_LENGTH = 60
MOVEMENTS = 100


@dataclass(frozen=True)
class PoolSum:
    """What of a product one pool holds."""

    on_hand: int
    promised: int
    free: int


@dataclass(frozen=True)
class BalanceRow:
    """A balance in words. `state`: "" (for sale), "soon" (no longer sold), "past" (expired)."""

    balance: StockBalance
    pool: str
    place: str
    free: int
    state: str


@dataclass(frozen=True)
class Movement:
    """An entry of the journal in words."""

    at: Any
    title: str
    detail: str
    who: str
    reason: str


def found_stock(scope: Scope, query: str) -> QuerySet[StockRecord]:
    """Return the stock records that fit, by SKU; with product, supplier and balances. Three queries a page.

    `query` is a part of a SKU, of a product's or a supplier's name, or a lot's code or a place's short name.
    """
    found = StockRecord.objects.filter(product__listing__isnull=False).select_related(
        "product__listing__supplier"
    )
    if not scope.everything:
        return found.none()
    if query:
        own = StockBalance.objects.filter(Q(lot__icontains=query) | Q(location__iexact=query), on_hand__gt=0)
        found = found.filter(
            Q(partner_sku__icontains=query)
            | Q(product__listing__name_zh__icontains=query)
            | Q(product__listing__supplier__name_zh__icontains=query)
            | Q(pk__in=own.values("stockrecord"))
        )
    balances = StockBalance.objects.order_by("pool", "expires_on", "pk")
    return found.order_by("partner_sku", "pk").prefetch_related(Prefetch("balances", balances))


def pool_sums(balances: Sequence[StockBalance]) -> dict[str, PoolSum]:
    """Return what each pool holds together."""
    sums = {}
    for pool in StockPool.values:
        rows = [one for one in balances if one.pool == pool]
        on_hand, promised = sum(one.on_hand for one in rows), sum(one.allocated for one in rows)
        sums[pool] = PoolSum(on_hand, promised, on_hand - promised)
    return sums


def stock_rows(records: Sequence[StockRecord]) -> list[dict[str, Any]]:
    """Return a row of the list for each stock record; its balances are prefetched."""
    today = clock.today()
    rows = []
    for record in records:
        balances = list(record.balances.all())
        dated = [one for one in balances if one.on_hand and one.expires_on]
        first = min(dated, key=lambda one: one.expires_on) if dated else None
        rows.append(
            {
                "record": record,
                "listing": record.product.listing,
                "sums": pool_sums(balances),
                "lots": len({one.lot for one in balances if one.on_hand and one.lot}),
                "first": first,
                "is_past": first is not None and is_past(first.expires_on, today),
            }
        )
    return rows


def product_context(record: StockRecord) -> dict[str, Any]:
    """Return what the page of one product's stock shows besides its forms. A fixed number of queries."""
    balances = list(
        StockBalance.objects.filter(stockrecord=record).order_by("pool", "expires_on", "location", "pk")
    )
    locations = list(StockLocation.objects.all())
    rule = StockRule.objects.filter(stockrecord=record).first()
    today = clock.today()
    names = {place.code: place.name for place in locations}
    rows = [
        BalanceRow(
            balance=one,
            pool=str(StockPool(one.pool).label),
            place=names.get(one.location, one.location),
            free=one.on_hand - one.allocated,
            state="past"
            if is_past(one.expires_on, today)
            else ""
            if is_sellable(one.expires_on, rule.unsold_days if rule else None, today)
            else "soon",
        )
        for one in balances
    ]
    limits = PurchaseLimit.objects.filter(product=record.product_id).order_by("-starts_on")
    return {
        "record": record,
        "listing": record.product.listing,
        "balances": balances,
        "rows": rows,
        "sums": pool_sums(balances),
        "lots": list(GoodsLot.objects.filter(stockrecord=record).order_by("expires_on", "code")),
        "locations": locations,
        "rule": rule,
        "limits": list(limits[:10]),
        "order_rules": order_rules_of(record.product_id, today),
        "movements": movements(record),
        "seen": state_of(balances),
        "today": today,
    }


def state_of(balances: Sequence[StockBalance]) -> str:
    """Return a mark that changes with every change of units on hand: a form sent twice acts once."""
    return f"{len(balances)}-{sum(one.version for one in balances)}"


def movements(record: StockRecord) -> list[Movement]:
    """Return the latest entries of the journal about a product's stock, the latest first. Two queries."""
    keys = [journal_key(record), *(f"{record.partner_sku}:{pool}"[:64] for pool in StockPool.values)]
    found = JournalEntry.objects.filter(object_type="stock", object_key__in=keys).order_by("-at", "-pk")
    entries = list(found[:MOVEMENTS])
    people = {
        user.pk: str(user) for user in User.objects.filter(pk__in={e.actor_id for e in entries if e.actor_id})
    }
    return [
        Movement(
            at=entry.at,
            title=action_name(entry.action, "stock"),
            detail=_detail(entry),
            who=people.get(entry.actor_id or 0, _("the shop itself")),
            reason=reason_text(entry.action, entry.reason),
        )
        for entry in entries
    ]


def _detail(entry: JournalEntry) -> str:
    before, after = entry.before, entry.after
    if entry.action == "stock.moved":
        return _("%(units)d from %(source)s to %(target)s") % {
            "units": after.get("units", 0),
            "source": _place(before.get("from", {})),
            "target": _place(after.get("to", {})),
        }
    if "on_hand" in after:
        delta = after["on_hand"] - before.get("on_hand", 0)
        return f"{_place({**before, **after})} {delta:+d} → {after['on_hand']}"
    if entry.action == "stock.units_changed":
        return _("order %(order)s, %(units)d of lot %(lot)s") % {
            "order": before.get("order", ""),
            "units": after.get("units", 0),
            "lot": before.get("lot", ""),
        }
    names = {"lot": _("lot"), "produced_on": _("made"), "expires_on": _("expires")}
    return " · ".join(
        f"{names.get(name, name)} {value}" for name, value in after.items() if value not in ("", None)
    )


def _place(named: dict[str, Any]) -> str:
    pool = named.get("pool", StockPool.RETAIL.value)
    label = str(StockPool(pool).label) if pool in StockPool.values else str(pool)
    return " · ".join(filter(None, (label, named.get("lot", ""), named.get("location", ""))))
