"""The marks that name a state of the catalogue (listings.selectors.shelf)."""

import secrets

from django.db import transaction

from shop.listings.models import CatalogueChange

#: Summing up so many costs a page nothing that can be measured.
MOST_MARKS = 1000
#: So many go at once; the rest with the next turn.
MOST_FOLDED = 20_000


def mark_change() -> None:
    """Let every process forget what it remembers with the shelf: for what no trigger marks. Safe to call twice."""
    CatalogueChange.objects.create(mark=1 + secrets.randbelow(10**12))


@transaction.atomic
def fold_marks() -> int:
    """Put one new mark in the place of many; return how many went. Safe to call twice, and at any time.

    A new mark, and not none: an old state must never come back, or a process that slept would take its
    old shelf for the present one. A mark that is being written meanwhile stays.
    """
    old = list(CatalogueChange.objects.order_by("pk").values_list("pk", flat=True)[:MOST_FOLDED])
    if len(old) <= MOST_MARKS:
        return 0
    mark_change()
    CatalogueChange.objects.filter(pk__in=old).delete()
    return len(old)
