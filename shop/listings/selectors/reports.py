"""The test reports that speak of a product."""

import datetime as dt
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from shop.listings.models import Listing
from shop.listings.report_models import ProductReport
from shop.listings.selectors.shelf import Shelf
from shop.suppliers.admission_models import SupplierDocument
from shop.suppliers.models import Supplier
from shop.suppliers.selectors import checked_reports, open_reports


def report_of_product(product_id: int, on: dt.date, shelf: Shelf) -> SupplierDocument | None:
    """Return the newest test report that speaks of the product and that everyone may read on that day, or None.

    Which goods have any is remembered with the shelf: of the others nothing is asked. One query at most beside that.
    """
    if product_id not in shelf.remember("reported", _reported):
        return None
    return open_reports(on).filter(products__listing__product=product_id).first()


def _reported() -> frozenset[int]:
    return frozenset(ProductReport.objects.values_list("listing__product", flat=True))


def reports_to_name(listing: Listing) -> QuerySet[Any]:
    """Return the checked test reports of the product's supplier with `is_named`: it speaks of the product."""
    named = ProductReport.objects.filter(listing=listing, document=OuterRef("pk"))
    return checked_reports(listing.supplier).annotate(is_named=Exists(named))


def reports_with_goods(supplier: Supplier) -> QuerySet[SupplierDocument]:
    """Return the supplier's checked test reports with their files and, at `products`, the goods they speak of."""
    named = ProductReport.objects.select_related("listing").order_by("listing__position", "pk")
    return checked_reports(supplier).select_related("file").prefetch_related(Prefetch("products", named))
