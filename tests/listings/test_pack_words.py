"""Packs and set words of labels in English: the whole seed, and what is not known."""

import csv
import re
from pathlib import Path

import pytest
from django.utils.translation import override

from shop.listings.areas import provinces
from shop.listings.label_words import english_label
from shop.listings.pack_words import english_pack, english_unit
from shop.listings.place_names import PROVINCES_EN, placed_name
from shop.regions.models import PartnerRegion

DATA = Path(__file__).resolve().parents[2] / "catalog_seed" / "data"
HAN = re.compile(r"[\u3400-\u9fff]")


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("pack", "english"),
    [
        ("500g/袋", "500g/bag"),
        ("3g×30条/盒", "3g×30 sticks/box"),
        ("1g×1包/盒", "1g×1 sachet/box"),
        ("五样/箱", "5 kinds/carton"),
        ("两样/盒", "2 kinds/box"),
        ("1碗4杯/盒", "1 bowl, 4 cups/box"),
        ("1桌2椅/套", "1 table, 2 chairs/set"),
        ("约20kg/箱", "about 20kg/carton"),
        ("直径2.7m", "diameter 2.7m"),
        ("40×28cm", "40×28cm"),
        ("1件", "1 piece"),
        ("一家三口装", ""),
    ],
)
def test_a_pack_in_english(pack: str, english: str) -> None:
    assert english_pack(pack) == english


def test_a_measure_word_for_one_and_for_several() -> None:
    assert [english_unit("盒", count) for count in (1, 2, 10)] == ["box", "boxes", "boxes"]
    assert english_unit("担", 1) == ""


def test_a_label_in_english_is_whole_or_not_at_all() -> None:
    assert english_label("蛋类及其制品、乳及乳制品") == "eggs, milk"
    assert english_label("蛋类及其制品、芝麻") == ""
    assert english_label("") == ""


def test_the_seeds_packs_and_set_words_are_all_known() -> None:
    unknown = {
        (column, row[column])
        for row in rows("products.csv")
        for column, english in (
            ("spec_zh", english_pack(row["spec_zh"])),
            ("unit", english_unit(row["unit"], 1)),
            ("storage_zh", english_label(row["storage_zh"])),
            ("allergens", english_label(row["allergens"])),
        )
        if row[column] and not english
    }
    assert unknown == set()


def test_the_seed_has_an_english_name_for_everything_that_pages_name() -> None:
    nameless, chinese = set(), set()
    for file in sorted(path.name for path in DATA.glob("*.csv")):
        for row in rows(file):
            for column, value in row.items():
                if column.endswith("_en"):
                    twin = row.get(column.removesuffix("_en") + "_zh") or row.get(column.removesuffix("_en"))
                    if twin and not value:
                        nameless.add((file, column, twin))
                    if HAN.search(value):
                        chinese.add((file, column, value))
    assert nameless == set()
    assert chinese == set()


def test_every_province_has_an_english_name() -> None:
    assert set(PROVINCES_EN) == set(provinces())
    assert len(set(PROVINCES_EN.values())) == 34


@pytest.mark.parametrize(
    ("name", "parent", "said"),
    [
        ("Wangcang County", "Guangyuan, Sichuan", "Wangcang County, Guangyuan, Sichuan"),
        ("Lvyuan District, Changchun", "Changchun, Jilin", "Lvyuan District, Changchun, Jilin"),
        ("Wangcang County", "", "四川省广元市旺苍县"),
    ],
)
def test_a_place_is_said_with_what_it_lies_in(name: str, parent: str, said: str) -> None:
    region = PartnerRegion(name_zh="旺苍县", parent_zh="四川省广元市", name_en=name, parent_en=parent)
    with override("en"):
        assert placed_name(region) == said
    with override("zh-hans"):
        assert placed_name(region) == "四川省广元市旺苍县"
