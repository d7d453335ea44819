"""Sample variables for the page that shows every component (served while DEBUG is on)."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

from django import forms
from django.core.paginator import Paginator
from django.templatetags.static import static
from django.utils.safestring import SafeString

from shop.coupons.slips import Slip

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


class SampleAddress(forms.Form):
    """An address and an invoice, refused as a whole."""

    recipient_name = forms.CharField(label="收货人")
    phone = forms.CharField(label="手机号")
    province = forms.CharField(label="省")
    city = forms.CharField(label="市")
    county = forms.CharField(label="区县")
    street = forms.CharField(label="详细地址")
    invoice_kind = forms.ChoiceField(label="发票", choices=[("none", "不需要"), ("personal", "个人")])
    invoice_title = forms.CharField(label="抬头", required=False)
    invoice_tax_number = forms.CharField(label="税号", required=False)
    invoice_email = forms.EmailField(label="邮箱", required=False)

    def clean(self) -> dict[str, object]:
        """Refuse it, so that the sentence above a form is seen."""
        raise forms.ValidationError("这个地址不在配送范围内。")


def sample_slips() -> list[Slip]:
    """A coupon to claim, one that is claimed, and one that is gone."""
    first = Slip(
        campaign_id=1,
        name="旺苍秋茶满减",
        sum_text="¥20",
        least="满 ¥100 可用",
        terms="满 ¥100 减 ¥20",
        scope="旺苍县的商品",
        region="wangcang",
        supplier="",
        names=(("米仓山茶·雀舌", "#"),),
        more=3,
        ends_on=date(2030, 1, 1),
        is_demo=True,
        number=1,
    )
    return [first, replace(first, number=0, state="had", equal=2), replace(first, number=0, state="gone")]


def desk_samples(now: datetime) -> dict[str, object]:
    """What the pages of those who work here are made of."""
    return {
        "entries": [
            {"label": "待办", "url": "#", "current": "page"},
            {
                "label": "订单",
                "is_current": False,
                "links": [{"label": "在途包裹", "url": "#"}, {"label": "售后", "url": "#"}],
            },
        ],
        "queue": [
            {"icon": "clock", "url": "#", "title": "超时未发货", "oldest_at": now, "count": 11},
            {"icon": "bell", "url": "#", "title": "未送达的通知", "oldest_at": now, "count": 2},
        ],
        "months": [
            SimpleNamespace(
                month=month,
                confirmed_fen=month * 31_000_000 if month < 10 else None,
                last_year_fen=month * 24_000_000,
            )
            for month in range(1, 13)
        ],
        "actions": [
            {"text": "确认收货", "url": "#", "is_primary": True},
            {"text": "售后", "url": "#", "is_primary": False},
        ],
    }


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


#: Some of the sprite's.
ICONS = ("search", "shopping-cart", "truck", "badge-check", "bell", "printer", "scan-line", "mountain")


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
    deadline = datetime(2030, 1, 1, tzinfo=SHANGHAI)
    address = dict.fromkeys(SampleAddress.base_fields, "示例") | {"invoice_kind": "none", "invoice_email": ""}
    return desk_samples(deadline) | {
        "address_form": SampleAddress(
            {f"sample-{name}": value for name, value in address.items()}, prefix="sample"
        ),
        "slips": sample_slips(),
        "told": ["没有找到手机号。"],
        "wish": {"title": "沈佳", "tax_number": "", "email": "shenjia@example.com"},
        "things": [SafeString('{"@context": "https://schema.org", "@type": "Thing", "name": "示例"}')],
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
        "icons": ICONS,
        "page_obj": Paginator(range(60), 20).page(2),
        "table_head": [("地区", False), ("项目", False), ("目标（分）", True)],
        "table_rows": table_rows,
        "deadline_at": deadline,
    }
