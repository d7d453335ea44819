"""Which drawing stands for a category; files are shop/img/motifs/<name>.svg among the static files."""

from collections.abc import Mapping
from types import MappingProxyType

from django.templatetags.static import static

_FALLBACK = "canteen-crate"
_MOTIFS: Mapping[str, str] = MappingProxyType(
    {
        "tea": "tea-sprig",
        "tea/green-tea": "tea-sprig",
        "tea/yellow-tea": "tea-bowl-gold",
        "tea/black-tea": "tea-bowl-red",
        "tea/oolong-tea": "tea-bowl-oolong",
        "tea/herbal-tea": "flower-tea",
        "preserved-eggs": "eggs-preserved",
        "preserved-eggs/preserved-duck-eggs": "eggs-preserved",
        "preserved-eggs/salted-eggs": "eggs-salted",
        "preserved-eggs/fresh-eggs": "eggs-fresh",
        "herbs": "gastrodia",
        "herbs/gastrodia": "gastrodia",
        "herbs/polygonatum": "polygonatum",
        "honey": "honey-dipper",
        "honey/wild-flower-honey": "honey-dipper",
        "honey/comb-honey": "honey-comb",
        "mushrooms-fungi": "shiitake",
        "mushrooms-fungi/shiitake": "shiitake",
        "mushrooms-fungi/wood-ear": "wood-ear",
        "mushrooms-fungi/morel": "morel",
        "mushrooms-fungi/lingzhi": "lingzhi",
        "mushrooms-fungi/mixed": "fungi-mix",
        "mushrooms-fungi/processed": "sauce-mushroom",
        "cured-meat": "smoked-pork",
        "cured-meat/smoked-pork": "smoked-pork",
        "cured-meat/sausage": "sausage",
        "cured-meat/braised-poultry": "braised-drumstick",
        "cured-meat/yak": "yak",
        "liquor-vinegar": "rice-wine",
        "liquor-vinegar/fermented-rice": "rice-wine",
        "liquor-vinegar/vinegar": "bottle-vinegar",
        "noodles-snacks": "noodles",
        "noodles-snacks/noodles": "noodles",
        "noodles-snacks/pastry": "pastry",
        "noodles-snacks/frozen": "buns",
        "noodles-snacks/pickles": "pickle-jar",
        "nuts-fruit": "kiwis",
        "nuts-fruit/fresh-fruit": "apples",
        "nuts-fruit/nuts": "walnuts",
        "nuts-fruit/dried-fruit": "dried-fruit",
        "grain-oil": "rice-ear",
        "grain-oil/rice": "rice-ear",
        "grain-oil/coarse-grain": "beans",
        "grain-oil/oil": "bottle-oil",
        "vegetables-spices": "radish",
        "vegetables-spices/fresh": "radish",
        "vegetables-spices/dried": "dried-shoots",
        "vegetables-spices/spices": "pepper-sprig",
        "dairy": "milk",
        "dairy/yak-milk": "milk",
        "corn": "corn",
        "corn/cobs": "corn",
        "corn/kernels": "corn-kernels",
        "corn/processed": "corn-kernels",
        "beef": "beef-cut",
        "beef/frozen": "beef-cut",
        "beef/cooked": "jerky",
        "celadon-crafts": "celadon-vase",
        "celadon-crafts/tea-ware": "celadon-cups",
        "celadon-crafts/tableware": "celadon-bowls",
        "celadon-crafts/ornaments": "celadon-vase",
        "celadon-crafts/swords": "sword",
        "celadon-crafts/bamboo-wood": "bamboo-board",
        "celadon-crafts/plants": "bonsai",
        "gift-boxes": "gift-region",
        "gift-boxes/region-box": "gift-region",
        "gift-boxes/union-box": "union-carton",
        "gift-boxes/festival-box": "festival-box",
        "gift-boxes/canteen-box": "canteen-crate",
    }
)


def motif_url(category_slug: str) -> str:
    """Return the address of a category's drawing; a category without one takes its parent's, or a crate."""
    parent = category_slug.split("/", maxsplit=1)[0]
    name = _MOTIFS.get(category_slug) or _MOTIFS.get(parent) or _FALLBACK
    return static(f"shop/img/motifs/{name}.svg")
