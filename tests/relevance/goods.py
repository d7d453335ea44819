"""The 2,000 goods that the relevance set is asked of: the 300 of the seed, and what a shop twice as old would add.

articles.csv names an article of the seed (or, with a stem of its own, a neighbour of it), its cultivars, grades
and places; packs.csv the packings of a kind of goods. Every pair of a word and a packing is a product, in an
order that never changes; the articles take turns until the shelf is full.
"""

import csv
import dataclasses
import functools
import re
from collections.abc import Iterator
from pathlib import Path

from catalog_seed.reading import SeedData, read_folder
from catalog_seed.schema import ProductRow, RegionRow

HERE = Path(__file__).resolve().parent
SEED = HERE.parents[1] / "catalog_seed" / "data"
COUNT = 2000
#: What is left of a township's name where it stands in the name of goods: 盐河镇 → 盐河, 枣林(原枣林乡) → 枣林.
_SUFFIX = re.compile(r"(?:\(.*\)|畲族乡|街道|镇|乡)$")


def table(name: str) -> list[dict[str, str]]:
    """Return the rows of a file of this folder."""
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


@functools.cache
def seed() -> SeedData:
    """Return the seed, which has no faults."""
    data, faults = read_folder(SEED)
    assert not faults, faults
    return data


@functools.cache
def goods() -> tuple[ProductRow, ...]:
    """Return all goods: those of the seed first and unchanged, then the others as the articles take turns."""
    own = seed().rows("products.csv", ProductRow)
    taken = {row.name_zh for row in own}
    made = list(own)
    waiting = [_goods_of(article) for article in table("articles.csv")]
    while waiting and len(made) < COUNT:
        for article in list(waiting):
            row = next((row for row in article if row.name_zh not in taken), None)
            if row is None:
                waiting.remove(article)
            elif len(made) < COUNT:
                taken.add(row.name_zh)
                made.append(row)
    return tuple(made)


def _goods_of(article: dict[str, str]) -> Iterator[ProductRow]:
    """Yield what the rule makes of an article, each pair of a word and a packing once, neither in a block."""
    base = _seed_rows()[article["base"]]
    packs = [pack for pack in table("packs.csv") if pack["group"] == article["packs"]]
    words = [(word, base.origin_township_zh) for word in article["kinds"].split(";")]
    words += [(_SUFFIX.sub("", place), place) for place in filter(None, article["places"].split(";"))]
    for step in range(len(words) * len(packs)):
        turn, place = divmod(step, len(words))
        pack = packs[(turn + place) % len(packs)]
        yield _product(article, base, words[place], pack, number=step + 1)


def _product(
    article: dict[str, str], base: ProductRow, word: tuple[str, str], pack: dict[str, str], *, number: int
) -> ProductRow:
    kind, township = word
    name = f"{kind}{article['noun']}"
    is_base = not article["stem"]
    english = base.name_en.partition(",")[0] if is_base else article["name_en"]
    place = f"{_region_names()[base.region_slug]}{township}"
    return dataclasses.replace(
        base,
        sku=f"{article['stem'] or base.sku}-{number:02d}",
        category=article["category"] or base.category,
        name_zh=f"{name} {pack['label']}",
        name_en=f"{english}, {pack['spec'].partition('/')[0]}",
        spec_zh=pack["spec"],
        unit=pack["unit"],
        net_weight_g=int(pack["net_g"]),
        gross_weight_g=int(pack["gross_g"]),
        price_fen=max(100, base.price_fen * int(pack["price_percent"]) // 100),
        origin_township_zh=township,
        certification="",
        description_zh=f"{place}出产的{name}，{pack['label']}{pack['spec']}。{pack['sentence']}",
        description_en=f"{english} from {base.region_slug.title()}.",
        ingredients=base.ingredients if is_base else article["noun"],
    )


@functools.cache
def _seed_rows() -> dict[str, ProductRow]:
    return {row.sku: row for row in seed().rows("products.csv", ProductRow)}


@functools.cache
def _region_names() -> dict[str, str]:
    return {row.slug: row.short_zh for row in seed().rows("regions.csv", RegionRow)}
