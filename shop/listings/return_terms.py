"""Within what time goods may come back: the terms of a product on a day, in numbers and in words."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shop.core import clock
from shop.listings.models import Listing, ReturnRule, ReturnTerms
from shop.listings.presentation import RETURN_NAMES
from shop.listings.selectors import Shelf

#: Goods that cannot be judged later: every claim about their quality needs photos.
_PERISHABLE = (ReturnRule.NO_RETURN_FRESH, ReturnRule.NO_RETURN_COLD_CHAIN)
_DAY_HOURS = 24
#: Longer times are said in days.
_SAID_IN_HOURS = 72


@dataclass(frozen=True)
class Terms:
    """What holds for a product: days to return it without cause (0: not at all), hours to claim a fault."""

    rule: str
    no_reason_days: int
    claim_hours: int

    @property
    def is_perishable(self) -> bool:
        """Say whether claims need photos, whatever the fault."""
        return self.rule in _PERISHABLE

    @property
    def name(self) -> str:
        """Return the rule in a few words."""
        return str(RETURN_NAMES[self.rule])

    @property
    def summary(self) -> str:
        """Return the rule with its time limits in one line."""
        limit = _("faults within %(time)s of receipt") % {"time": shown_hours(self.claim_hours)}
        return f"{self.name} · {limit}"

    @property
    def text(self) -> str:
        """Return what a buyer may do within what time."""
        time = {"time": shown_hours(self.claim_hours)}
        if self.rule == ReturnRule.SEVEN_DAYS:
            days = ngettext(
                "May be returned within %(days)d day of receipt while unopened and fit for resale.",
                "May be returned within %(days)d days of receipt while unopened and fit for resale.",
                self.no_reason_days,
            )
            return " ".join(
                (days % {"days": self.no_reason_days}, _("Report faults within %(time)s.") % time)
            )
        texts = {
            ReturnRule.NO_RETURN_FRESH: _(
                "Perishable: no return without cause; report faults with a photograph within %(time)s of receipt."
            ),
            ReturnRule.NO_RETURN_COLD_CHAIN: _(
                "Chilled or frozen goods cannot be resold once out of the cold chain: no return without cause; "
                "report faults with a photograph within %(time)s of receipt."
            ),
            ReturnRule.CUSTOMISED: _(
                "Made to order: no return without cause; report faults within %(time)s of receipt."
            ),
        }
        return texts[ReturnRule(self.rule)] % time

    def no_reason_until(self, signed_at: dt.datetime) -> dt.datetime | None:
        """Return until when goods signed for then may be returned without cause; None: not at all.

        Days are counted from the day after: the last one ends at midnight in Shanghai.
        """
        if not self.no_reason_days:
            return None
        end = clock.local_date(signed_at) + dt.timedelta(days=self.no_reason_days + 1)
        return dt.datetime.combine(end, dt.time(), tzinfo=clock.SHANGHAI)

    def claim_until(self, signed_at: dt.datetime) -> dt.datetime:
        """Return until when a fault of goods signed for then may be claimed."""
        return signed_at + dt.timedelta(hours=self.claim_hours)

    def frozen(self) -> dict[str, Any]:
        """Return what an order keeps of the terms."""
        return asdict(self)


def frozen_terms(kept: Mapping[str, Any]) -> Terms:
    """Return the terms that an order has kept."""
    return Terms(kept["rule"], kept["no_reason_days"], kept["claim_hours"])


def terms_of(listing: Listing, on: dt.date, shelf: Shelf) -> Terms:
    """Return the terms of a product on a day: its own, else its category's, else those of its rule.

    No query once the shelf remembers them. Raises LookupError before the first terms of the rule.
    """
    rows = shelf.remember(("return_terms",), lambda: list(ReturnTerms.objects.order_by("starts_on")))
    started = [row for row in rows if row.starts_on <= on]
    own = [row for row in started if row.product_id == listing.product_id]
    wide = [row for row in started if row.product_id is None and row.rule == listing.return_rule]
    of_category = [
        row for row in wide if row.category_slug and _covers(row.category_slug, listing.category_slug)
    ]
    depth = max((len(row.category_slug) for row in of_category), default=0)
    narrowest = [row for row in of_category if len(row.category_slug) == depth]
    for found in (own, narrowest, [row for row in wide if not row.category_slug]):
        if found:
            row = found[-1]
            return Terms(str(row.rule), row.no_reason_days, row.claim_hours)
    raise LookupError(f"no return terms of {listing.return_rule} on {on}")


def summary_of(terms: Mapping[str, Terms] | Iterable[tuple[str, Terms]]) -> str:
    """Return the terms of several goods by title in one line, each said once; exceptions name their goods."""
    titles: dict[Terms, list[str]] = {}
    for title, one in terms.items() if isinstance(terms, Mapping) else terms:
        titles.setdefault(one, []).append(title)
    if len(titles) == 1:
        return next(iter(titles)).summary
    usual = [one.summary for one in titles if one.rule == ReturnRule.SEVEN_DAYS]
    other = [
        f"{one.summary} ({', '.join(dict.fromkeys(named))})"
        for one, named in titles.items()
        if one.rule != ReturnRule.SEVEN_DAYS
    ]
    return "; ".join([*usual, *other])


def shown_hours(hours: int) -> str:
    """Return a time limit as it is said: 24 hours, 15 days."""
    if hours >= _SAID_IN_HOURS and hours % _DAY_HOURS == 0:
        days = hours // _DAY_HOURS
        return ngettext("%(number)d day", "%(number)d days", days) % {"number": days}
    return ngettext("%(number)d hour", "%(number)d hours", hours) % {"number": hours}


def _covers(category: str, inner: str) -> bool:
    return f"{inner}/".startswith(f"{category}/")
