"""How money, names and Chinese among English are written, in templates and in what is put together without one."""

import re
from typing import TypedDict

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from shop.listings.presentation import is_english

FEN_PER_YUAN = 100
#: A run of Chinese with what stands in it but Latin letters, tags and ends of lines.
CHINESE = re.compile(r"[\u3400-\u9fff](?:[^A-Za-z<>\n]*[\u3400-\u9fff])?[，。、；：？！）》”]*")


class YuanParts(TypedDict):
    """`sign` is "−" or empty, `whole` carries thousands separators, `cents` is always two digits."""

    sign: str
    whole: str
    cents: str


def yuan_parts(fen: int | None) -> YuanParts:
    """Fen as the three pieces a price is set from; nothing counts as zero."""
    amount = int(fen or 0)
    whole, cents = divmod(abs(amount), FEN_PER_YUAN)
    return {"sign": "−" if amount < 0 else "", "whole": f"{whole:,}", "cents": f"{cents:02d}"}


def yuan(fen: int | None) -> str:
    """Fen → "1,280.00", without the currency sign."""
    parts = yuan_parts(fen)
    return f"{parts['sign']}{parts['whole']}.{parts['cents']}"


def marked(text: str) -> SafeString:
    """The text; on an English page its Chinese stands in elements that say so, for voices, fonts and browsers."""
    written = conditional_escape(text)
    if not is_english():
        return written
    return mark_safe(CHINESE.sub(r'<span lang="zh-Hans">\g<0></span>', written))


def title_parts(title: str | None) -> SafeString:
    """A pack suffix after the last space ("礼盒", "三瓶装") stays on one line."""
    head, space, tail = (title or "").rpartition(" ")
    if not space or len(tail) > 6:
        return marked(title or "")
    return format_html('{} <span class="nw">{}</span>', marked(head), marked(tail))


def picture_alt(title: str, is_illustration: bool = False) -> str:
    """Say what a product's picture is: of an illustration that it is one, of a photo just what it shows."""
    return gettext("%(title)s (illustration)") % {"title": title} if is_illustration else title
