"""The rows that drafts name by their keys, read together."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from oscar.apps.catalogue.models import Category

from shop.listings.drafts import ListingDraft
from shop.listings.exceptions import ListingError
from shop.listings.models import CategoryName, Certification
from shop.regions.models import PartnerRegion, Township
from shop.suppliers.models import Supplier


@dataclass(frozen=True)
class Named:
    """The rows that one draft names."""

    supplier: Supplier
    category: Category
    region: PartnerRegion
    township: Township | None
    certifications: frozenset[int]


@dataclass(frozen=True)
class Names:
    """Rows by key: suppliers, categories, regions, townships of a region, certificates."""

    suppliers: dict[str, Supplier]
    categories: dict[str, Category]
    regions: dict[str, PartnerRegion]
    townships: dict[tuple[str, str], Township]
    certifications: dict[str, int]

    def of(self, draft: ListingDraft) -> Named:
        """Return the rows of a draft. Raises ListingError naming the field of an unknown key."""
        place = (draft.origin.region_slug, draft.origin.township_zh)
        wanted = (
            ("supplier_key", draft.supplier_code, draft.supplier_code in self.suppliers),
            ("category", draft.category_slug, draft.category_slug in self.categories),
            ("region_slug", place[0], place[0] in self.regions),
            ("origin_township_zh", place[1], not place[1] or place in self.townships),
            *(("certification", code, code in self.certifications) for code in draft.certification_codes),
        )
        for field, value, is_known in wanted:
            if not is_known:
                raise ListingError(
                    _("“%(value)s” is not known.") % {"value": value}, code="unknown", field=field
                )
        return Named(
            self.suppliers[draft.supplier_code],
            self.categories[draft.category_slug],
            self.regions[place[0]],
            self.townships[place] if place[1] else None,
            frozenset(self.certifications[code] for code in draft.certification_codes),
        )


def names_for(drafts: Sequence[ListingDraft]) -> Names:
    """Read the rows that the drafts name; an unknown key is absent. Five queries."""
    suppliers = Supplier.objects.filter(code__in={draft.supplier_code for draft in drafts})
    categories = CategoryName.objects.filter(slug__in={draft.category_slug for draft in drafts})
    regions = PartnerRegion.objects.filter(slug__in={draft.origin.region_slug for draft in drafts})
    townships = Township.objects.filter(name_zh__in={draft.origin.township_zh for draft in drafts})
    codes = {code for draft in drafts for code in draft.certification_codes}
    return Names(
        {row.code: row for row in suppliers.select_related("partner")},
        {row.slug: row.category for row in categories.select_related("category")},
        {row.slug: row for row in regions},
        {(row.region.slug, row.name_zh): row for row in townships.select_related("region")},
        dict(Certification.objects.filter(code__in=codes).values_list("code", "pk")),
    )
