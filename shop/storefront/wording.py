"""How money, names and Chinese among English are written, in templates and in what is put together without one."""

import re
from functools import lru_cache
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
    return _marked(text, is_english()) if isinstance(text, str) else _written(text, is_english())


def _written(text: str, english: bool) -> SafeString:
    written = conditional_escape(text)
    return mark_safe(CHINESE.sub(r'<span lang="zh-Hans">\g<0></span>', written)) if english else written


#: Names come again on every page. A safe string and a plain one are equal, yet written differently.
_marked = lru_cache(maxsize=4000, typed=True)(_written)


def title_parts(title: str | None) -> SafeString:
    """A pack suffix after the last space ("礼盒", "三瓶装") stays on one line."""
    return _title_parts(title or "", is_english())


@lru_cache(maxsize=4000, typed=True)
def _title_parts(title: str, english: bool) -> SafeString:
    head, space, tail = title.rpartition(" ")
    if not space or len(tail) > 6:
        return _marked(title, english)
    return format_html('{} <span class="nw">{}</span>', _marked(head, english), _marked(tail, english))


def picture_alt(title: str, is_illustration: bool = False) -> str:
    """Say what a product's picture is: of an illustration that it is one, of a photo just what it shows."""
    return gettext("%(title)s (illustration)") % {"title": title} if is_illustration else title
