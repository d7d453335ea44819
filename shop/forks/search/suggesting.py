"""What is suggested while somebody types, as it is shown."""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from shop.listings.presentation import in_language
from shop.listings.selectors import Suggestion
from shop.listings.spelt import spoken_key, typed_key


class Choice(NamedTuple):
    """One suggestion; of `text` the parts that answer what was typed are to be marked (`|answering`)."""

    text: str
    url: str
    typed: tuple[str, ...]


class Group(NamedTuple):
    """Suggestions of one kind."""

    kind: str
    name: str
    choices: list[Choice]


def suggestion_groups(found: Sequence[Suggestion], query: str) -> list[Group]:
    """Return what was found by kind, each with its name."""
    key = typed_key(query)
    typed = tuple(dict.fromkeys([key, spoken_key(key)]))
    names = {
        "goods": _("Goods"),
        "category": _("Categories"),
        "region": _("Places"),
        "supplier": _("Suppliers"),
    }
    groups = []
    for kind, some in groupby(found, key=lambda one: one.kind):
        # In English many goods have the name of their kind.
        texts = {in_language(one.name_zh, one.name_en): one for one in reversed(list(some))}
        choices = [Choice(text, _url(one), typed) for text, one in reversed(texts.items())]
        groups.append(Group(kind, names[kind], choices))
    return groups


def _url(one: Suggestion) -> str:
    match one.kind:
        case "region":
            return reverse("storefront:region", args=[one.ref])
        case "supplier":
            return f"{reverse('catalogue:index')}?{urlencode({'supplier': one.ref})}"
        case "category":
            return reverse("catalogue:category", kwargs={"category_slug": one.slug, "pk": one.pk})
    if one.pk is None:
        return f"{reverse('search:search')}?{urlencode({'q': one.name_zh})}"
    return reverse("catalogue:detail", kwargs={"product_slug": one.slug, "pk": one.pk})
