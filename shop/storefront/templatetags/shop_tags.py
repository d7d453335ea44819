"""How figures, places and pieces of the page are written. Money comes in as whole fen and is never a float."""

import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

from django import forms, template
from django.forms import BoundField
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from shop.listings.selectors import ProductCard
from shop.listings.spelt import answering as stretches
from shop.storefront import pieces
from shop.storefront.cards import cards as cards_html
from shop.storefront.charts import BarSource, Chart, region_chart
from shop.storefront.month_curve import Curve, MonthSource, month_curve
from shop.storefront.wording import marked, picture_alt, title_parts, yuan, yuan_parts

register = template.Library()
register.filter(marked)
register.filter(title_parts)
register.filter(yuan)
register.filter(yuan_parts)
register.simple_tag(picture_alt)

LEAST_BAR = "0.8"
FEN_PER_TENTH_WAN = 100_000
FEN_PER_HUNDREDTH_WAN = 10_000
REGION_SEALS = {"wangcang": "旺", "longquan": "龙", "kangding": "康", "gongzhuling": "公", "lvyuan": "绿"}
MAINLAND_MOBILE = re.compile(r"(?:\+?86[\s-]?)?(1\d{2})[\s-]?(\d{4})[\s-]?(\d{4})")


@register.filter
def wan(fen: int | None) -> str:
    """Fen → 万元, half up, for display beside the word 万 only, never for a sum.

    One decimal ("1,686.4"), two below 1 万 ("0.08"), so that a small beginning does not read as nothing.
    """
    amount = int(fen or 0)
    sign = "−" if amount < 0 else ""
    hundredths = (abs(amount) + FEN_PER_HUNDREDTH_WAN // 2) // FEN_PER_HUNDREDTH_WAN
    if 0 < hundredths < 100:
        return f"{sign}0.{hundredths:02d}"
    tenths = (abs(amount) + FEN_PER_TENTH_WAN // 2) // FEN_PER_TENTH_WAN
    return f"{sign if tenths else ''}{tenths // 10:,}.{tenths % 10}"


@register.filter
def wan_short(fen: int | None) -> str:
    """As `wan`, without a closing ".0": for targets, which are set in whole 万."""
    return wan(fen).removesuffix(".0")


@register.filter
def pct(part: int | None, whole: int | None) -> str:
    """Share in percent with one decimal, two below 1 %; rounded down: 100.0 is only said when it is reached."""
    if not whole or int(whole) <= 0:
        return "0"
    hundredths = abs(int(part or 0)) * 10_000 // int(whole)
    sign = "−" if int(part or 0) < 0 and hundredths else ""
    if 0 < hundredths < 100:
        return f"{sign}0.{hundredths:02d}"
    return f"{sign}{hundredths // 100}.{hundredths // 10 % 10}" if hundredths else "0"


@register.filter
def bar_width(part: int | None, whole: int | None) -> str:
    """As `pct`, held between 0 and 100: the drawn length of a progress bar. What is there is seen."""
    if not whole or int(whole) <= 0:
        return "0"
    held = min(max(int(part or 0), 0), int(whole))
    return LEAST_BAR if 0 < held * 1000 < int(whole) * 8 else pct(held, whole)


@register.filter
def percent_bp(hundredths: int | None) -> str:
    """Hundredths of a percent → "3", "2.5", "0.05": the percentage without closing zeros."""
    whole, rest = divmod(int(hundredths or 0), 100)
    digits = f"{rest:02d}".rstrip("0")
    return f"{whole}.{digits}" if digits else f"{whole}"


@register.filter
def masked_phone(phone: object) -> str:
    """Mobile number as 138****2046; anything else keeps its last two characters at most."""
    text = str(phone or "").strip()
    if match := MAINLAND_MOBILE.fullmatch(text):
        return f"{match[1]}****{match[3]}"
    return f"****{text[-2:]}" if len(text) > 4 else "****" if text else ""


@register.filter
def region_seal(slug: str | None) -> str:
    """The one character of a place's seal; empty for a place that has none."""
    return REGION_SEALS.get(slug or "", "")


@register.filter
def answering(text: str, typed: Sequence[str]) -> SafeString:
    """The text with what answers the typed words in <mark>."""
    pieces_: list[str] = []
    at = 0
    for start, end in stretches(text, typed):
        pieces_ += [marked(text[at:start]), "<mark>", marked(text[start:end]), "</mark>"]
        at = end
    return mark_safe("".join([*pieces_, marked(text[at:])]))


def answering_parts(title: str, typed: Sequence[str]) -> SafeString:
    """As `title_parts`, with what answers the typed words in <mark>."""
    head, space, tail = title.rpartition(" ")
    if not space or len(tail) > 6:
        return answering(title, typed)
    return format_html('{} <span class="nw">{}</span>', answering(head, typed), answering(tail, typed))


@register.filter
def styled(field: BoundField, extra: str = "") -> SafeString:
    """A form field's widget in the shop's dress. Django itself adds aria-invalid and aria-describedby."""
    widget = field.field.widget
    if isinstance(widget, forms.CheckboxInput):
        css = "tick tick-sq"
    elif isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        css = "tick"
    else:
        css = "inp"
    attrs: dict[str, str | bool] = {"class": f"{css} {extra}".strip()}
    if field.errors:
        attrs["aria-invalid"] = "true"
    return field.as_widget(attrs=attrs)


@register.filter
def item(values: Mapping[int, str], key: int | None) -> str:
    """The value of a key, or the key itself as a number of its own: a person who has left the list."""
    return values.get(key, f"#{key}") if key is not None else "—"


@register.filter
def is_checkbox(field: BoundField) -> bool:
    """Whether the label belongs behind the widget instead of above it."""
    return isinstance(field.field.widget, forms.CheckboxInput)


@register.simple_tag
def icon(name: str, size: str = "", label: str = "") -> SafeString:
    """A lucide icon from the sprite; `size` "s" is 18 px; with `label` it is read aloud, else it is decoration."""
    return pieces.icon(name, size, label)


@register.simple_tag
def price(fen: int | None, size: str = "") -> SafeString:
    """A sum in money colour; `size` is "s", empty or "xl"."""
    return pieces.price(fen, size)


@register.simple_tag
def seal(slug: str, size: str = "") -> SafeString:
    """A place's seal; `size` "l" is 40 px. The place's name always stands beside it as text."""
    return pieces.seal(slug, size)


@register.simple_tag
def basket_line(line: Mapping[str, Hashable]) -> SafeString:
    """Return a line of the basket's page: its number is all that is the visitor's own."""
    values = {name: value for name, value in line.items() if name != "line_id"}
    return pieces.filled_row("shop/basket/_line.html", values, {"key": f"{line['line_id']}"})


@register.simple_tag(takes_context=True)
def product_rows(context: template.RequestContext, cards: Iterable[ProductCard]) -> SafeString:
    """A row for each card; into .plist."""
    return _cards("product_row", context, cards)


@register.simple_tag(takes_context=True)
def product_cards(context: template.RequestContext, cards: Iterable[ProductCard]) -> SafeString:
    """A card for each card; into .grid-p."""
    return _cards("product_card", context, cards)


#: What the pieces that frame a page are made of, besides the visitor's token and the address.
FRAME_VALUES = (
    "shop_name",
    "shop_subline",
    "demo_mode",
    "icp_number",
    "elder_mode",
    "active_tab",
    "basket_count",
)


@register.simple_tag(takes_context=True)
def frame(context: template.RequestContext, name: str) -> SafeString:
    """brand, header_nav, footer or tabbar."""
    values = frame_values(context)
    request = context.get("request")
    address = request.get_full_path() if request else ""
    return pieces.frame(name, values, token=str(context.get("csrf_token", "")), address=address)


@register.simple_tag
def kept(name: str, **values: Hashable) -> SafeString:
    """A component that depends on nothing but these values: no token, no address, nothing of the visitor's."""
    return pieces.filled(f"shop/components/{name}.html", values, {})


def open_frame(context: template.RequestContext, name: str) -> str:
    """Return brand, header_nav, footer or tabbar, for a page that is closed later."""
    return pieces.open_frame(name, frame_values(context))


def messages_html(context: template.RequestContext) -> str:
    """Return what the visitor is told, empty when that is nothing."""
    told: Any = context.get("messages")
    return render_to_string("shop/components/messages.html", {"messages": told}) if told else ""


def frame_values(context: template.RequestContext) -> tuple[tuple[str, object], ...]:
    """Return what the frame of this page depends on, besides token and address."""
    return tuple((key, _plain(context.get(key, ""))) for key in FRAME_VALUES)


def _plain(value: object) -> object:
    """Return the number behind a lazy one; a lazy object would be another key each time."""
    return value if isinstance(value, str | bool) else int(str(value) or 0)


def _cards(kind: str, context: template.RequestContext, cards: Iterable[ProductCard]) -> SafeString:
    token, address = str(context["csrf_token"]), context["request"].get_full_path()
    return cards_html(kind, cards, token=token, address=address, wished=context["wished"])


@register.inclusion_tag("shop/components/barchart.html")
def barchart(rows: Sequence[BarSource], caption: str, table_id: str = "") -> dict[str, Chart | str]:
    """Confirmed solid, paid hatched, target as a tick; `table_id` names the table that carries the figures."""
    return {"chart": region_chart(rows), "caption": caption, "table_id": table_id}


@register.inclusion_tag("shop/components/month_curve.html", name="month_curve")
def month_curve_tag(
    months: Sequence[MonthSource], year: int, caption: str, table_id: str
) -> dict[str, Curve | str]:
    """This year solid with dots, last year dashed; `table_id` names the table that carries the figures."""
    return {
        "curve": month_curve(months),
        "caption": caption,
        "year": f"{year}",
        "last_year": f"{year - 1}",
        "table_id": table_id,
    }
