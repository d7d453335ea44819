"""What the first page shows by month: one place, one kind of goods, in plain words."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Season:
    """`category` and `region` choose what the hero leads to; `in_season` are the categories of the cards."""

    months: tuple[int, ...]
    title_lines: tuple[Promise, ...]
    text: Promise
    region: str
    category: str
    in_season: tuple[str, ...]
    promo_title: Promise
    promo_text: Promise
    promo_category: str


SEASONS = (
    Season(
        months=(11, 12, 1),
        title_lines=(_("The first jar of this winter:"), _("wild honey from Wangcang")),
        text=_("Comb honey of the Micang hills, cut after the first frost"),
        region="wangcang",
        category="honey",
        in_season=("honey", "mushrooms-fungi", "herbs", "tea", "cured-meat", "preserved-eggs", "beef"),
        promo_title=_("A box for the New Year"),
        promo_text=_("Packed by place, one box per family"),
        promo_category="gift-boxes",
    ),
    Season(
        months=(2, 3, 4),
        title_lines=(_("Picked before Qingming:"), _("green tea from Wangcang")),
        text=_("Single buds from the high gardens of Micangshan"),
        region="wangcang",
        category="tea",
        in_season=("tea", "vegetables-spices", "preserved-eggs", "herbs", "grain-oil", "mushrooms-fungi"),
        promo_title=_("Celadon from Longquan"),
        promo_text=_("Cups and bowls for the new tea"),
        promo_category="celadon-crafts",
    ),
    Season(
        months=(5, 6, 7),
        title_lines=(_("From the plateau:"), _("morels from Kangding")),
        text=_("Grown in the Dadu valley, dried where they are picked"),
        region="kangding",
        category="mushrooms-fungi",
        in_season=("mushrooms-fungi", "dairy", "nuts-fruit", "tea", "noodles-snacks"),
        promo_title=_("Celadon from Longquan"),
        promo_text=_("Cups and bowls for cool tea"),
        promo_category="celadon-crafts",
    ),
    Season(
        months=(8, 9, 10),
        title_lines=(_("Straight from the field:"), _("waxy corn from Gongzhuling")),
        text=_("Steamed and sealed within hours of the harvest"),
        region="gongzhuling",
        category="corn",
        in_season=("corn", "nuts-fruit", "grain-oil", "beef", "mushrooms-fungi", "honey"),
        promo_title=_("Boxes for the Mid-Autumn Festival"),
        promo_text=_("Packed by place, one box per family"),
        promo_category="gift-boxes",
    ),
)


def season_of(month: int) -> Season:
    """Return the season of a month, 1 to 12."""
    return next(season for season in SEASONS if month in season.months)
