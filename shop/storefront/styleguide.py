"""Sample variables for the page that shows every component (served while DEBUG is on)."""

from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

from django import forms
from django.core.paginator import Paginator
from django.templatetags.static import static

SHANGHAI = ZoneInfo("Asia/Shanghai")
REGIONS = (
    ("wangcang", "旺苍县", "四川省广元市", "东西部协作", 1_686_400_000, 118_000_000, 1_980_000_000),
    ("longquan", "龙泉市", "浙江省丽水市", "山海协作", 1_329_000_000, 92_000_000, 1_452_000_000),
    ("kangding", "康定市", "四川省甘孜藏族自治州", "对口支援", 487_700_000, 31_000_000, 528_000_000),
    ("gongzhuling", "公主岭市", "吉林省长春市", "对口合作", 258_000_000, 22_000_000, 330_000_000),
    ("lvyuan", "绿园区", "吉林省长春市", "对口合作", 121_100_000, 19_000_000, 198_000_000),
)
CARDS = (
    ("米仓山茶·雀舌", "wangcang", "旺苍", "100g/罐", 16_800, 84_000, "500g", "tea-sprig", True),
    (
        "龙泉青瓷品茗杯（梅子青） 六只装",
        "longquan",
        "龙泉",
        "6只/盒",
        34_800,
        5_800,
        "只",
        "celadon-cups",
        True,
    ),
    ("枣林皮蛋 礼盒", "wangcang", "旺苍", "30枚/盒", 5_900, None, "", "eggs-preserved", False),
    ("真空甜糯玉米", "gongzhuling", "公主岭", "220g×8穗/箱", 3_990, 1_134, "500g", "corn", True),
)


@dataclass(frozen=True)
class SampleRegion:
    """The fields of RegionProgress, with what is paid and not yet confirmed for the chart."""

    slug: str
    name: str
    parent: str
    programme_name: str
    confirmed_fen: int
    paid_fen: int
    target_fen: int
    url: str = "#"


class SampleForm(forms.Form):
    """One field of each dress, bound to a wrong phone number."""

    name = forms.CharField(label="收货人", max_length=30)
    phone = forms.RegexField(
        r"1\d{10}", label="手机号", error_messages={"invalid": "少了 1 位，应为 11 位数字"}
    )
    note = forms.CharField(label="备注", required=False, widget=forms.Textarea, help_text="给供应商的话")
    invoice = forms.ChoiceField(label="发票", choices=[("none", "不需要"), ("person", "个人")])
    consent = forms.BooleanField(label="我已阅读并同意购买须知", required=False)


def sample_cards() -> list[SimpleNamespace]:
    """Cards whose pictures are motifs, so that the page needs no seeded catalogue."""
    cards = []
    for number, (title, slug, place, spec, fen, unit_fen, unit, motif, available) in enumerate(CARDS, 1):
        picture = static(f"shop/img/motifs/{motif}.svg")
        cards.append(
            SimpleNamespace(
                title=title,
                url="#",
                image_url=picture,
                image_url_small=picture,
                image_width=800,
                region_slug=slug,
                region_name=place,
                spec=spec,
                price_fen=fen,
                unit_price_fen=unit_fen,
                unit_price_label=unit,
                product_id=number,
                is_available=available,
                is_demo=True,
            )
        )
    return cards


def styleguide_context() -> dict[str, object]:
    """Everything templates/shop/styleguide.html draws; reads no table."""
    regions = [SampleRegion(*row) for row in REGIONS]
    events = [
        SimpleNamespace(
            title="派送中", detail="北干揽投部", at=datetime(2026, 11, 23, 8, 42, tzinfo=SHANGHAI)
        ),
        SimpleNamespace(title="离开广元", detail="", at=datetime(2026, 11, 20, 19, 30, tzinfo=SHANGHAI)),
    ]
    form = SampleForm({"name": "王女士", "phone": "1380000204", "note": "", "invoice": "none"})
    table_rows = [
        [(r.name, "#", False), (r.programme_name, "", False), (r.target_fen, "", True)] for r in regions
    ]
    return {
        "regions": regions,
        "cards": sample_cards(),
        "events": events,
        "form": form,
        "line": SimpleNamespace(
            title="米仓山茶·雀舌",
            url="#",
            image_url_small=static("shop/img/motifs/tea-sprig.svg"),
            is_illustration=True,
            spec="100g/罐",
            quantity=2,
            line_fen=33_600,
            notice="价格刚刚更新：¥172.00 改为 ¥168.00",
            tag_text="",
        ),
        "icons": [
            "search",
            "shopping-cart",
            "truck",
            "badge-check",
            "bell",
            "printer",
            "scan-line",
            "mountain",
        ],
        "page_obj": Paginator(range(60), 20).page(2),
        "table_head": [("地区", False), ("项目", False), ("目标（分）", True)],
        "table_rows": table_rows,
        "deadline_at": datetime(2030, 1, 1, tzinfo=SHANGHAI),
    }
