"""The seed's files agree with each other and claim nothing they cannot know."""

import csv
import json
import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "catalog_seed" / "data"
NO_NUMBER = "演示-无编号"
ALLERGENS = {
    "无",
    "含有麸质的谷物及其制品",
    "蛋类及其制品",
    "大豆及其制品",
    "乳及乳制品",
    "坚果及其果仁类制品",
}


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def keys(name: str, column: str) -> set[str]:
    return {row[column] for row in rows(name)}


PRODUCTS = rows("products.csv")


def test_the_seed_has_its_five_regions_and_three_hundred_products() -> None:
    counted = {
        name: len(rows(f"{name}.csv"))
        for name in ("regions", "villages", "suppliers", "categories", "products", "programmes", "pairings")
    }
    assert counted == {
        "regions": 5,
        "villages": 31,
        "suppliers": 57,
        "categories": 69,
        "products": 300,
        "programmes": 4,
        "pairings": 5,
    }
    assert len({row["sku"] for row in PRODUCTS}) == 300
    # 28 places: 27 named townships and the one of 张畈村, whose township is not known.
    assert len({(row["region_slug"], row["township_zh"]) for row in rows("villages.csv")}) == 28


@pytest.mark.parametrize(
    ("column", "file", "key"),
    [
        ("region_slug", "regions.csv", "slug"),
        ("category", "categories.csv", "slug"),
        ("supplier_key", "suppliers.csv", "supplier_key"),
        ("label_class", "label_classes.csv", "slug"),
        ("return_rule", "return_rules.csv", "slug"),
    ],
)
def test_every_key_of_a_product_exists_in_its_file(column: str, file: str, key: str) -> None:
    assert {row[column] for row in PRODUCTS} - keys(file, key) == set()


def test_optional_keys_of_a_product_exist_in_their_files() -> None:
    certified = {row["certification"] for row in PRODUCTS} - {""}
    assert certified - keys("certifications.csv", "certification") == set()
    townships = keys("villages.csv", "township_zh") | keys("suppliers.csv", "township_zh")
    assert {row["origin_township_zh"] for row in PRODUCTS} - townships == set()


def test_a_product_comes_from_the_region_of_its_supplier() -> None:
    region_of = {row["supplier_key"]: row["region_slug"] for row in rows("suppliers.csv")}
    assert [row["sku"] for row in PRODUCTS if region_of[row["supplier_key"]] != row["region_slug"]] == []


def test_no_licence_number_is_made_up() -> None:
    for row in PRODUCTS:
        wanted = NO_NUMBER if row["label_class"] == "packaged_food" else ""
        assert (row["sku"], row["licence_no"]) == (row["sku"], wanted)
        assert row["label_basis"] == "illustrative"
    assert not re.search(r"SC\s*\d{6,}", (DATA / "products.csv").read_text(encoding="utf-8"))


def test_standards_are_national_ones_or_say_that_there_is_none() -> None:
    odd = {
        row["standard_no"] for row in PRODUCTS if not re.fullmatch(r"GB(/T)? \d+(\.\d+)?", row["standard_no"])
    }
    assert odd == {"", NO_NUMBER}


def test_fields_that_the_label_class_requires_are_filled() -> None:
    required = {row["slug"]: row["required_fields"].split(";") for row in rows("label_classes.csv")}
    empty = [
        (row["sku"], field)
        for row in PRODUCTS
        for field in required[row["label_class"]]
        if not row[field].strip()
    ]
    assert empty == []


def test_allergens_are_the_named_groups_and_follow_the_ingredients() -> None:
    for row in PRODUCTS:
        if row["label_class"] == "craft":
            assert row["allergens"] == ""
            continue
        named = set(row["allergens"].split("、"))
        assert named <= ALLERGENS, row["sku"]
        assert ("小麦" in row["ingredients"]) <= ("含有麸质的谷物及其制品" in named), row["sku"]
        assert ("酱油" in row["ingredients"]) <= ("大豆及其制品" in named), row["sku"]
        assert ("牦牛乳" in row["ingredients"]) <= ("乳及乳制品" in named), row["sku"]


def test_numbers_are_whole_and_sensible() -> None:
    assert Counter(row["tax_rate"] for row in PRODUCTS).keys() == {"9", "13"}
    for row in PRODUCTS:
        assert 0 < int(row["net_weight_g"]) < int(row["gross_weight_g"]), row["sku"]
        stock, bulk = int(row["stock"]), int(row["bulk_stock"])
        assert stock >= 0, row["sku"]
        largest_tier = max(int(tier.split(":")[0]) for tier in row["bulk_tiers"].split(";"))
        assert bulk == 0 or bulk >= largest_tier, row["sku"]
    assert {row["sku"] for row in PRODUCTS if row["stock"] == "0"} == {
        "KD-FUN-004",
        "LQ-FUN-018",
        "KD-FRT-003",
    }
    assert sum(1 <= int(row["stock"]) <= 5 for row in PRODUCTS) == 11


def test_frozen_goods_are_never_returned_without_cause() -> None:
    frozen = [row for row in PRODUCTS if "冷冻" in row["storage_zh"]]
    assert {row["return_rule"] for row in frozen} == {"no_return_cold_chain"}


def test_every_region_has_one_open_pairing_in_a_known_programme() -> None:
    pairings = rows("pairings.csv")
    assert {row["region_slug"] for row in pairings} == keys("regions.csv", "slug")
    assert {row["programme_slug"] for row in pairings} == keys("programmes.csv", "slug")
    programme_of = {row["slug"]: row["programme"] for row in rows("regions.csv")}
    assert all(programme_of[row["region_slug"]] == row["programme_slug"] for row in pairings)
    assert {row["region_slug"]: date.fromisoformat(row["starts_on"]) for row in pairings} == {
        "wangcang": date(2021, 1, 1),
        "kangding": date(2021, 6, 1),
        "longquan": date(2012, 1, 1),
        "lvyuan": date(2021, 1, 1),
        "gongzhuling": date(2021, 1, 1),
    }


def test_provinces_are_those_of_the_address_picker() -> None:
    picker = json.loads((ROOT / "shop" / "listings" / "data" / "areas.json").read_text(encoding="utf-8"))
    assert [(row["code"], row["name_zh"]) for row in rows("provinces.csv")] == [
        (code, name) for code, name, _ in picker["provinces"]
    ]
    assert len(picker["provinces"]) == 34
    counties = {
        code: name for _, _, cities in picker["provinces"] for _, _, held in cities for code, name in held
    }
    assert counties["330109"] == "萧山区"


def test_freight_is_quoted_once_for_every_supplier_and_province_group() -> None:
    freight = rows("freight.csv")
    groups = keys("provinces.csv", "province_group")
    quoted = Counter((row["supplier_key"], row["province_group"]) for row in freight)
    assert set(quoted) == {(key, group) for key in keys("suppliers.csv", "supplier_key") for group in groups}
    assert set(quoted.values()) == {1}
    assert {row["starts_on"] for row in freight} == {"2024-01-01"}
    for row in freight:
        fees = (row["first_kg_fen"], row["next_kg_fen"])
        if row["deliverable"] == "no":
            assert (*fees, row["free_from_fen"]) == ("", "", "")
        else:
            assert all(int(fee) > 0 for fee in fees)


def test_no_parcel_goes_where_it_cannot_arrive() -> None:
    closed = {
        (row["cold_chain"], row["province_group"])
        for row in rows("freight.csv")
        if row["deliverable"] == "no"
    }
    assert closed == {("no", "hk_macao_taiwan"), ("yes", "hk_macao_taiwan"), ("yes", "tibet_xinjiang")}
