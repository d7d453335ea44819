"""Keep the tree of categories."""

from django.db import transaction
from django.utils.translation import gettext as _
from oscar.apps.catalogue.models import Category

from shop.journal.upsert import Change, Upserted, change, journal, upsert
from shop.listings.exceptions import ListingError
from shop.listings.models import CategoryName


@transaction.atomic
def save_category(*, slug: str, name_zh: str, name_en: str, actor_id: int | None) -> Upserted[CategoryName]:
    """Create the category of a path of slugs (`tea/green-tea`), or change its names; journalled.

    Raises ListingError when the category above it does not exist.
    """
    known = CategoryName.objects.select_related("category").filter(slug=slug).first()
    if known is None:
        category, renamed = _created(slug, name_zh), False
    else:
        category = known.category
        renamed = change(row=category, values={"name": name_zh}).change is Change.CHANGED
    result = upsert(model=CategoryName, key={"slug": slug}, values={"category": category, "name_en": name_en})
    journal(result, actor_id=actor_id, object_key=slug, extra={"name_zh": name_zh} if renamed else None)
    if renamed and result.change is Change.UNCHANGED:
        return Upserted(result.row, Change.CHANGED, {}, {"name_zh": name_zh})
    return result


def _created(slug: str, name_zh: str) -> Category:
    above, _slash, own = slug.rpartition("/")
    values = {"name": name_zh, "slug": own, "code": slug}
    if not above:
        return Category.objects.add_root(values)
    parent = Category.objects.filter(own_name__slug=above).first()
    if parent is None:
        raise ListingError(
            _("There is no category %(slug)s.") % {"slug": above},
            code="unknown_category",
            field="parent_slug",
        )
    return Category.objects.add_child(parent, values)
