"""What the first page shows by month: one place, one kind of goods, in plain words."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Season:
    """`category` and `region` choose what the hero leads to; `in_season` are the categories of the cards."""

    months: tuple[int, ...]
    kicker: Promise
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
        kicker=_("Autumn and winter · Wangcang"),
        title_lines=(_("Stored in the hills,"), _("sent to Xiaoshan")),
        text=_("Honey, gastrodia, smoked pork"),
        region="wangcang",
        category="honey",
        in_season=("honey", "mushrooms-fungi", "herbs", "tea", "cured-meat", "preserved-eggs", "beef"),
        promo_title=_("A box for the New Year"),
        promo_text=_("Packed by place, one box per family"),
        promo_category="gift-boxes",
    ),
    Season(
        months=(2, 3, 4),
        kicker=_("Spring · Wangcang"),
        title_lines=(_("Picked before Qingming,"), _("tea from Micangshan")),
        text=_("Single buds from high gardens"),
        region="wangcang",
        category="tea",
        in_season=("tea", "vegetables-spices", "preserved-eggs", "herbs", "grain-oil", "mushrooms-fungi"),
        promo_title=_("Celadon from Longquan"),
        promo_text=_("Cups and bowls for the new tea"),
        promo_category="celadon-crafts",
    ),
    Season(
        months=(5, 6, 7),
        kicker=_("Early summer · Kangding"),
        title_lines=(_("From the plateau,"), _("morels and dried fruit")),
        text=_("Dried where they are picked"),
        region="kangding",
        category="mushrooms-fungi",
        in_season=("mushrooms-fungi", "dairy", "nuts-fruit", "tea", "noodles-snacks"),
        promo_title=_("Celadon from Longquan"),
        promo_text=_("Cups and bowls for cool tea"),
        promo_category="celadon-crafts",
    ),
    Season(
        months=(8, 9, 10),
        kicker=_("Autumn · Gongzhuling"),
        title_lines=(_("Straight from the field,"), _("sweet waxy corn")),
        text=_("Sealed within hours of the harvest"),
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
