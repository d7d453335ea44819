import re
from dataclasses import dataclass

import pytest
from django.template import Context, Template
from django.utils import translation

from shop.storefront.charts import axis_step, region_chart, wan_label
from shop.storefront.templatetags.shop_tags import (
    bar_width,
    masked_phone,
    pct,
    region_seal,
    wan,
    wan_short,
)
from shop.storefront.wording import picture_alt, title_parts, yuan, yuan_parts
from tests.database import ROOT


@pytest.mark.parametrize(
    ("fen", "written"),
    [
        (0, "0.00"),
        (None, "0.00"),
        (5, "0.05"),
        (99, "0.99"),
        (128_000, "1,280.00"),
        (-1_99, "−1.99"),
        (-5, "−0.05"),
        (123_456_789_01, "123,456,789.01"),
        (90_071_992_547_409_93, "90,071,992,547,409.93"),
    ],
)
def test_yuan_writes_every_fen(fen: int | None, written: str) -> None:
    assert yuan(fen) == written


def test_yuan_parts_of_a_negative_sum_keep_the_sign_apart() -> None:
    assert yuan_parts(-123_456) == {"sign": "−", "whole": "1,234", "cents": "56"}


@pytest.mark.parametrize(
    ("fen", "written"),
    [
        (1_686_400_000, "1,686.4"),
        (4_999, "0.0"),
        (5_000, "0.01"),
        (31_180, "0.03"),
        (994_999, "0.99"),
        (1_049_999, "1.0"),
        (1_050_000, "1.1"),
        (1_999_950_000, "2,000.0"),
        (-50_000, "−0.05"),
        (-4_999, "0.0"),
        (None, "0.0"),
    ],
)
def test_wan_rounds_half_up_and_shows_a_small_beginning(fen: int | None, written: str) -> None:
    assert wan(fen) == written


def test_wan_short_drops_only_a_closing_zero() -> None:
    assert wan_short(1_980_000_000) == "1,980"
    assert wan_short(10_500_000) == "10.5"
    assert wan_short(100_000_000) == "100"


@pytest.mark.parametrize(
    ("part", "whole", "written"),
    [
        (852, 1000, "85.2"),
        (9999, 10_000, "99.9"),
        (1, 3, "33.3"),
        (3_999, 1_000_000, "0.39"),
        (9, 100_000, "0"),
        (15, 10, "150.0"),
        (1, 0, "0"),
        (0, 10, "0"),
        (-1, 10, "−10.0"),
    ],
)
def test_pct_is_never_rounded_up(part: int, whole: int, written: str) -> None:
    assert pct(part, whole) == written


def test_bar_width_stays_on_the_bar() -> None:
    assert [
        bar_width(15, 10),
        bar_width(-3, 10),
        bar_width(None, 10),
        bar_width(1, None),
        bar_width(1, 8),
        bar_width(1, 1000),
    ] == [
        "100.0",
        "0",
        "0",
        "0",
        "12.5",
        "0.8",
    ]


@pytest.mark.parametrize(
    ("phone", "written"),
    [
        ("13812342046", "138****2046"),
        ("+8613812342046", "138****2046"),
        ("+86 138 1234 2046", "138****2046"),
        ("0571-82656123", "****23"),
        ("123", "****"),
        ("", ""),
        (None, ""),
    ],
)
def test_masked_phone_never_shows_the_middle(phone: object, written: str) -> None:
    assert masked_phone(phone) == written


def test_region_seal_knows_the_five_places_only() -> None:
    assert (
        "".join(map(region_seal, ["wangcang", "longquan", "kangding", "gongzhuling", "lvyuan"]))
        == "旺龙康公绿"
    )
    assert region_seal("elsewhere") == ""
    assert region_seal(None) == ""


def test_title_parts_keep_the_pack_together_and_escape() -> None:
    assert title_parts("康定羊肚菌（干） 礼盒") == '康定羊肚菌（干） <span class="nw">礼盒</span>'
    assert title_parts("米仓山茶") == "米仓山茶"
    assert title_parts("<b> 礼盒") == '&lt;b&gt; <span class="nw">礼盒</span>'
    assert title_parts("Wangcang tea selection") == "Wangcang tea selection"


@dataclass
class Figures:
    slug: str
    name: str
    confirmed_fen: int
    paid_fen: int
    target_fen: int


def test_chart_places_bars_by_whole_numbers() -> None:
    chart = region_chart(
        [
            Figures("wangcang", "旺苍", 1_000_000_000, 250_000_000, 2_000_000_000),
            Figures("lvyuan", "绿园", -5, 0, 0),
        ]
    )
    first, second = chart.bars
    assert (first.confirmed_width, first.paid_x, first.paid_width, first.goal_x, first.share) == (
        330,
        430,
        82,
        760,
        "50%",
    )
    assert (second.confirmed_width, second.paid_width, second.share) == (0, 0, "–")
    assert [line.label for line in chart.grid] == ["0", "500", "1,000", "1,500", "2,000"]
    assert chart.height == 142


def test_chart_begins_behind_its_longest_name() -> None:
    """A phone draws a Chinese character 22 units wide: the name ends before the bar and begins in the picture."""
    chart = region_chart(
        [Figures("lvyuan", "长春市绿园区合心镇", 0, 0, 100), Figures("kangding", "康定", 50, 0, 100)]
    )
    assert (chart.left, chart.label_x) == (9 * 22 + 12, 9 * 22)
    assert [bar.confirmed_width for bar in chart.bars] == [0, 275]
    assert [bar.goal_x for bar in chart.bars] == [760, 760]
    assert chart.grid[0].x == chart.left
    english = region_chart([Figures("gongzhuling", "Gongzhuling", 0, 0, 1)])
    assert english.label_x == 11 * 13


def test_chart_of_nothing_is_an_empty_axis() -> None:
    chart = region_chart([])
    assert chart.bars == ()
    assert chart.grid[0].x == 100


def test_axis_has_at_most_five_steps() -> None:
    assert [axis_step(1), axis_step(6), axis_step(11), axis_step(26), axis_step(1_980_000_000)] == [
        1,
        2,
        5,
        10,
        500_000_000,
    ]
    assert wan_label(1_500_000) == "1.5"


def test_a_picture_says_what_it_is_and_a_photo_is_no_illustration() -> None:
    template = Template("{% load shop_tags %}{% picture_alt title drawn %}")
    with translation.override("zh-hans"):
        assert template.render(Context({"title": "黄茶", "drawn": True})) == "黄茶（插图）"
        assert template.render(Context({"title": "<茶>", "drawn": False})) == "&lt;茶&gt;"


def test_the_style_sheet_knows_a_drawing_by_how_its_words_end() -> None:
    [known] = re.findall(
        r"body:not\(:has\((.*)\)\) \.drawn-note",
        (ROOT / "shop/static_src/theme.css").read_text(encoding="utf-8"),
    )
    for language in ("zh-hans", "en"):
        with translation.override(language):
            end = picture_alt("黄茶", is_illustration=True).removeprefix("黄茶").strip()
            assert f'img[alt$="{end}"]' in known, language
