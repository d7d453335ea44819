"""The channels' bills: read page by page, kept as they came, compared with payments and refunds."""

import datetime as dt
import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F

from shop.core import clock
from shop.gateways.bill_coverage import LOOK_BACK_DAYS, unsettled_lines
from shop.gateways.bill_models import BillFile
from shop.gateways.models import BillImport, BillLine, BillPage
from shop.gateways.providers import base, registry
from shop.gateways.providers.base import BillingProvider, BillRow, ProviderUnavailable
from shop.gateways.services.bill_differences import look_after_bills
from shop.gateways.services.bill_matching import NAMED, compare_again, compare_line

logger = logging.getLogger(__name__)

#: How far the first reading looks back, and by how much each one overlaps the last.
FIRST, OVERLAP = dt.timedelta(days=LOOK_BACK_DAYS + 1), dt.timedelta(days=2)
#: Called after each page with pages and lines read so far, and the time of the oldest line.
Progress = Callable[[int, int, dt.datetime], None]


@dataclass(frozen=True)
class ImportedBill:
    """What a reading found: pages and lines read, lines that were new, differences that stand now."""

    pages: int
    lines: int
    new_lines: int
    differences: int


def import_bills() -> int:
    """Read every channel's bill since the last whole reading; return how many lines were new. Safe to call twice."""
    new = 0
    for provider in registry.billing_providers():
        try:
            new += import_bill(provider=provider).new_lines
        except ProviderUnavailable as error:
            logger.warning("the bill of %s was not read to its end: %s", provider.name, error)
    return new


def import_bill(
    *,
    provider: BillingProvider,
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
    progress: Progress | None = None,
) -> ImportedBill:
    """Read the bill of [since, until) and compare it; without `since`, from the last whole reading on.

    Each page is one transaction and what is known is left alone, so a reading that was cut off is simply done
    again. Raises ProviderUnavailable; the pages read so far are kept.
    """
    end = until or clock.now()
    run = BillImport.objects.create(
        provider=provider.name, since=since or _start(provider.name, end), until=end, started_at=clock.now()
    )
    lines, after, more = 0, "", True
    while more:
        page = provider.bill_page(run.since, run.until, after)
        new = _store(provider.name, page)
        lines += len(page.rows)
        BillImport.objects.filter(pk=run.pk).update(pages=F("pages") + 1, new_lines=F("new_lines") + new)
        if progress and page.rows:
            progress(run.pages + 1, lines, page.rows[-1].occurred_at)
        run.pages, run.new_lines = run.pages + 1, run.new_lines + new
        after, more = page.after, bool(page.after)
    compare_again(provider.name)
    look_after_bills()
    BillImport.objects.filter(pk=run.pk).update(finished_at=clock.now())
    differences = unsettled_lines().filter(provider=provider.name).count()
    return ImportedBill(run.pages, lines, run.new_lines, differences)


def _start(provider: str, until: dt.datetime) -> dt.datetime:
    whole = BillImport.objects.filter(provider=provider).exclude(finished_at=None).order_by("-until").first()
    return min(whole.until - OVERLAP, until - OVERLAP) if whole else until - FIRST


def _store(provider: str, page: base.BillPage) -> int:
    """Keep a page that has new lines, with these; return how many there were."""
    with transaction.atomic():
        ids = [row.line_id for row in page.rows]
        known = set(
            BillLine.objects.filter(provider=provider, line_id__in=ids).values_list("line_id", flat=True)
        )
        new = [row for row in page.rows if row.line_id not in known]
        if not new:
            return 0
        digest = hashlib.sha256(page.raw.encode()).hexdigest()
        kept, _made = BillPage.objects.get_or_create(
            provider=provider, digest=digest, defaults={"raw": page.raw, "fetched_at": clock.now()}
        )
        # Another reading at the same moment may have been quicker: the database keeps one line.
        BillLine.objects.bulk_create(
            [line_of(provider, row, page=kept) for row in new], ignore_conflicts=True
        )
        for line in BillLine.objects.filter(page=kept).order_by("occurred_at", "line_id"):
            compare_line(line)
    return len(new)


def line_of(
    provider: str, row: BillRow, *, page: BillPage | None = None, file: BillFile | None = None
) -> BillLine:
    """Return a row of a bill as a line that is not stored yet."""
    return BillLine(
        provider=provider,
        line_id=row.line_id,
        page=page,
        file=file,
        kind=row.kind.value,
        channel_kind=row.channel_kind,
        occurred_at=row.occurred_at,
        available_at=row.available_at,
        settled_minor=row.settled_minor,
        fee_minor=row.fee_minor,
        net_minor=row.net_minor,
        settled_currency=row.settled_currency,
        source=row.source,
        source_minor=row.source_minor,
        source_currency=row.source_currency,
        key=row.key,
        description=row.description,
        difference=NAMED.get(row.kind, ""),
    )
