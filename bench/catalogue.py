"""The goods of both sites: the 300 of the shop's seed and later batches of each, 2,200 in all."""

import csv
import shutil
from collections.abc import Iterator
from pathlib import Path

from bench.places import PRODUCTS, SEED

FILE = "products.csv"
#: Article numbers of the seed have so many parts; a batch is one more.
_PARTS = 3


def products() -> list[dict[str, str]]:
    """Return the rows of the goods: the seed's own first, then its second batch, and so on."""
    return list(_batches(rows(FILE)))


def rows(name: str) -> list[dict[str, str]]:
    """Return the rows of a file of the seed."""
    with (SEED / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def base_of(sku: str) -> str:
    """Return the article of the seed whose batch this is: they share their picture."""
    return "-".join(sku.split("-")[:_PARTS])


def write_catalogue(folder: Path) -> None:
    """Write a seed folder with all the goods, for each site's own loader."""
    shutil.copytree(SEED, folder)
    goods = products()
    with (folder / FILE).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, goods[0])
        writer.writeheader()
        writer.writerows(goods)


def _batches(base: list[dict[str, str]]) -> Iterator[dict[str, str]]:
    for number in range(PRODUCTS):
        row, batch = base[number % len(base)], number // len(base) + 1
        yield row if batch == 1 else _batch(row, batch)


def _batch(row: dict[str, str], batch: int) -> dict[str, str]:
    """Return the article of another batch, a little dearer, so that no two stand equal when sorted."""
    return row | {
        "sku": f"{row['sku']}-{batch}",
        "name_zh": f"{row['name_zh']} 第{batch}批",
        "name_en": f"{row['name_en']}, batch {batch}",
        "price_fen": str(int(row["price_fen"]) + 100 * batch),
    }
