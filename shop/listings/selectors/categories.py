"""The tree of categories."""

from dataclasses import dataclass

from django.urls import reverse

from shop.listings.models import CategoryName


@dataclass(frozen=True)
class CategoryNode:
    """A category with those below it; `slug` is its whole path."""

    pk: int
    slug: str
    name_zh: str
    name_en: str
    url: str
    children: tuple["CategoryNode", ...] = ()


def read_category_tree() -> list[CategoryNode]:
    """Return the public categories of both levels in their order. One query; pages ask the shelf."""
    rows = CategoryName.objects.filter(category__is_public=True, category__ancestors_are_public=True)
    below: dict[str, list[CategoryName]] = {}
    for row in rows.select_related("category").order_by("category__path"):
        below.setdefault(row.slug.rpartition("/")[0], []).append(row)

    def nodes(above: str) -> tuple[CategoryNode, ...]:
        return tuple(_node(row, nodes(row.slug)) for row in below.get(above, ()))

    return list(nodes(""))


def category_names() -> dict[str, str]:
    """Return the Chinese name of every category by its path, in the order of the tree. One query."""
    rows = CategoryName.objects.order_by("category__path")
    return dict(rows.values_list("slug", "category__name"))


def _node(row: CategoryName, children: tuple[CategoryNode, ...]) -> CategoryNode:
    return CategoryNode(
        pk=row.category_id,
        slug=row.slug,
        name_zh=row.category.name,
        name_en=row.name_en,
        url=reverse("catalogue:category", kwargs={"category_slug": row.slug, "pk": row.category_id}),
        children=children,
    )
