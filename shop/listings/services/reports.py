"""Say which goods a supplier's test reports speak of."""

from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext as _

from shop.accounts.scope import Scope
from shop.core import clock
from shop.core.locks import lock
from shop.journal.services import record as journal
from shop.listings.exceptions import ListingError
from shop.listings.models import Listing
from shop.listings.report_models import ProductReport
from shop.listings.selectors.own_goods import own_goods
from shop.suppliers.admission_models import SupplierDocument
from shop.suppliers.selectors import checked_reports

#: More goods than this are of no one report.
MOST_GOODS = 200


@transaction.atomic
def name_reports(
    *, scope: Scope, listing_id: int, document_ids: Collection[int], actor_id: int
) -> list[SupplierDocument]:
    """Let exactly these checked test reports of its supplier speak of an own product; return them. Journalled.

    The product's page shows the newest that holds. The same call again changes nothing. Raises
    Listing.DoesNotExist for another's product, ListingError (report) for what is no checked test report of its
    supplier; nothing is written then.
    """
    listing = lock(own_goods(scope).filter(pk=listing_id)).get()
    reports = list(checked_reports(listing.supplier).filter(pk__in=document_ids))
    if len(reports) != len(set(document_ids)):
        raise ListingError(
            _("Choose among the test reports that the shop has checked."), code="report", field="document"
        )
    _keep(listing, {report.pk for report in reports}, actor_id)
    return reports


@transaction.atomic
def name_goods(*, scope: Scope, document_id: int, skus: Collection[str], actor_id: int) -> list[Listing]:
    """Let a checked test report speak of exactly these goods of its supplier; return them. Journalled, safe twice.

    Raises SupplierDocument.DoesNotExist for what is no checked test report of a supplier in the scope, ListingError
    (unknown, too_many) naming the number of a product that is none of the supplier's; nothing is written then.
    """
    document = SupplierDocument.objects.select_related("supplier").get(pk=document_id, supplier__isnull=False)
    assert document.supplier is not None  # by the filter
    checked_reports(document.supplier).get(pk=document_id)
    wanted = set(skus)
    if len(wanted) > MOST_GOODS:
        raise ListingError(
            _("Name at most %(most)d products.") % {"most": MOST_GOODS}, code="too_many", field="skus"
        )
    own = own_goods(scope).filter(supplier=document.supplier)
    touched = own.filter(sku__in=wanted) | own.filter(reports__document=document)
    rows = list(lock(own.filter(pk__in=touched.order_by().values("pk"))))
    if missing := sorted(wanted - {row.sku for row in rows}):
        raise ListingError(
            _("%(sku)s is no product of this supplier.") % {"sku": missing[0]}, code="unknown", field="skus"
        )
    for listing in rows:
        named = set(listing.reports.values_list("document", flat=True))
        _keep(listing, named - {document.pk} | ({document.pk} if listing.sku in wanted else set()), actor_id)
    return [row for row in rows if row.sku in wanted]


def _keep(listing: Listing, document_ids: set[int], actor_id: int) -> None:
    """Let these reports speak of a locked product, and no other."""
    before = set(listing.reports.values_list("document", flat=True))
    if before == document_ids:
        return
    listing.reports.exclude(document__in=document_ids).delete()
    now = clock.now()
    ProductReport.objects.bulk_create(
        ProductReport(listing=listing, document_id=pk, named_by=actor_id, named_at=now)
        for pk in sorted(document_ids - before)
    )
    journal(
        actor_id=actor_id,
        action="listing.reports_named",
        object_type="listing",
        object_key=listing.sku,
        before={"documents": sorted(before)},
        after={"documents": sorted(document_ids)},
    )
