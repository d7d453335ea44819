"""The seed's pictures: complete, readable and the same every time."""

import csv
import subprocess
import sys
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from PIL import Image

from catalog_seed.illustrations import (
    IllustrationError,
    IllustrationSpec,
    derivatives,
    draw_cutout,
    draw_product,
    encode_cutout,
)
from catalog_seed.illustrations.__main__ import contact_sheet, read_specs
from catalog_seed.illustrations.regions import REGIONS
from catalog_seed.illustrations.vectors import FOLDER, choose_vectors
from catalog_seed.illustrations.wording import LONGEST_COLUMN, Wording, label_wording
from shop.core.typefaces import SERIF_BOLD

SPECS = read_specs()
HONEY = SPECS["WC-HNY-002"]


def categories() -> list[str]:
    with (FOLDER.parent / "data" / "categories.csv").open(encoding="utf-8", newline="") as file:
        return [row["slug"] for row in csv.DictReader(file)]


def test_the_same_product_gives_the_same_bytes() -> None:
    first, second = derivatives(draw_product(HONEY)), derivatives(draw_product(replace(HONEY)))
    assert first == second
    assert encode_cutout(draw_cutout(HONEY)) == encode_cutout(draw_cutout(replace(HONEY)))


def test_another_name_pack_or_place_gives_another_picture() -> None:
    changed = [
        HONEY,
        replace(HONEY, name_zh="高山土蜂蜜 礼盒"),
        replace(HONEY, unit="盒"),
        replace(HONEY, category_slug="honey/comb-honey"),
        replace(HONEY, region_slug="longquan"),
    ]
    assert len({draw_product(spec).tobytes() for spec in changed}) == 5


def test_derivatives_have_their_size_and_format_and_no_metadata() -> None:
    files = derivatives(draw_product(HONEY))
    described = {}
    for name, content in files.items():
        with Image.open(BytesIO(content)) as image:
            described[name] = (image.format, image.size)
            assert len(image.getexif()) == 0
    assert described == {
        "webp-800": ("WEBP", (800, 800)),
        "webp-400": ("WEBP", (400, 400)),
        "webp-160": ("WEBP", (160, 160)),
        "jpeg-800": ("JPEG", (800, 800)),
    }
    assert len(files["webp-800"]) < 40_000


def test_a_cutout_is_transparent_round_the_goods() -> None:
    image = draw_cutout(HONEY)
    assert image.mode == "RGBA"
    assert image.getpixel((0, 0)) == (0, 0, 0, 0)
    assert image.getchannel("A").getextrema() == (0, 255)


def test_every_product_has_drawings() -> None:
    for spec in SPECS.values():
        chosen = choose_vectors(spec)
        names = [f"landscape-{chosen.landscape}", f"motif-{chosen.motif}"]
        names += [f"pack-{chosen.pack}"] if chosen.pack else []
        for name in names:
            assert (FOLDER / "svg" / f"{name}.svg").is_file(), (spec.sku, name)


def test_every_category_and_every_override_has_a_motif() -> None:
    for slug in categories():
        spec = replace(HONEY, category_slug=slug, name_zh="样品")
        assert (FOLDER / "svg" / f"motif-{choose_vectors(spec).motif}.svg").is_file(), slug
    with (FOLDER / "motif_overrides.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            assert (FOLDER / "svg" / f"motif-{row['motif']}.svg").is_file(), row


def test_every_label_is_written_with_characters_of_the_font() -> None:
    with TTFont(SERIF_BOLD) as font:
        known = set(font.getBestCmap())
    for spec in SPECS.values():
        style = REGIONS[spec.region_slug]
        wording = label_wording(spec.name_zh, style)
        missing = [c for c in wording.main + wording.sub + style.seal if ord(c) not in known]
        assert missing == [], spec.sku
        assert 1 <= len(wording.main) <= LONGEST_COLUMN, spec.sku


@pytest.mark.parametrize(
    ("name", "region", "wording"),
    [
        ("米仓山茶·雀舌 礼盒", "wangcang", Wording("米仓山茶", "雀舌")),
        ("旺苍高山香菇", "wangcang", Wording("高山香菇", "")),
        ("旺苍工会慰问箱 C款", "wangcang", Wording("工会慰问箱", "C款")),
        ("龙泉青瓷品茗杯(梅子青) 对杯", "longquan", Wording("青瓷品茗杯", "梅子青")),
        ("龙泉茄", "longquan", Wording("龙泉茄", "")),
        ("龙泉宝剑·太极剑(未开刃)", "longquan", Wording("龙泉宝剑", "太极剑")),
        ("大两古茶园绿茶", "wangcang", Wording("大两古茶园", "绿茶", equal=True)),
        ("真空保鲜南瓜地瓜", "gongzhuling", Wording("真空保鲜", "南瓜地瓜", equal=True)),
    ],
)
def test_names_are_cut_where_a_reader_would_cut_them(name: str, region: str, wording: Wording) -> None:
    assert label_wording(name, REGIONS[region]) == wording


def test_loose_goods_stand_alone_and_canteen_quantities_in_a_carton() -> None:
    assert choose_vectors(SPECS["WC-FRT-006"]).pack is None
    assert choose_vectors(SPECS["LQ-VEG-003"]).pack is None
    assert choose_vectors(SPECS["LQ-VEG-002"]).pack == "carton"
    assert choose_vectors(SPECS["GZ-CRN-002"]).pack == "carton"
    assert choose_vectors(SPECS["LQ-CRF-005"]).pack is None


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (replace(HONEY, region_slug="atlantis"), "WC-HNY-002: no landscape for region 'atlantis'"),
        (replace(HONEY, category_slug="toys/yo-yo"), "no motif for category 'toys/yo-yo' in motifs.csv"),
    ],
)
def test_a_product_without_drawings_is_refused_by_name(spec: IllustrationSpec, message: str) -> None:
    with pytest.raises(IllustrationError, match=message):
        draw_product(spec)


def test_a_contact_sheet_holds_the_asked_products() -> None:
    assert contact_sheet([HONEY, SPECS["KD-VEG-001"]], columns=2, side=80).size == (184, 96)


def test_the_drawing_code_knows_no_django() -> None:
    code = "import sys, catalog_seed.illustrations; sys.exit('django' in sys.modules)"
    root = Path(__file__).resolve().parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0
