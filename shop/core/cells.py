"""Read what stands in a cell of an uploaded table: days, whole numbers, amounts. Full-width digits are read too."""

import datetime as dt
import re
import unicodedata
from decimal import Decimal

from django.utils.translation import gettext as _

from shop.core.exceptions import ShopError

_NUMBER = re.compile(r"([+-]?)(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?")
_SIGNS = str.maketrans({"−": "-", "–": "-", "—": "-"})
_DAY = re.compile(r"(\d{4})\D(\d{1,2})\D(\d{1,2})日?(?:[T ].*)?")
_COMPACT_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\d{6}|[T ].*)?")
_MOST = 10**12


def folded(text: str) -> str:
    """Return the text with full-width forms folded and the blanks around it gone."""
    return unicodedata.normalize("NFKC", text).strip()


def read_fen(text: str) -> int:
    """Return an amount of yuan in fen, with its sign: 1,280.50, ￥１２８０.5, -3. Raises ShopError (code amount)."""
    bare = folded(text).translate(_SIGNS).replace(" ", "")
    bare = re.sub(r"[¥￥]|元$|^CNY|^RMB", "", bare)
    match = _NUMBER.fullmatch(bare)
    if match is None:
        raise ShopError(_("is not an amount: %(text)s") % {"text": text[:40] or "—"}, code="amount")
    fraction = (match[3] or ".").rstrip("0")
    if len(fraction) > 3:
        raise ShopError(_("has more than two decimals: %(text)s") % {"text": text[:40]}, code="amount")
    fen = int(Decimal((match[2].replace(",", "") + fraction).rstrip(".")) * 100)
    if fen >= _MOST:
        raise ShopError(_("is too large: %(text)s") % {"text": text[:40]}, code="amount")
    return -fen if match[1] == "-" else fen


def read_whole(text: str) -> int:
    """Return a whole number of 0 or more: 1,200, １２. Raises ShopError (code whole_number)."""
    match = _NUMBER.fullmatch(folded(text))
    if match is None or match[1] == "-" or (match[3] or "").strip(".0") or len(match[2]) > 12:
        raise ShopError(
            _("is not a whole number: %(text)s") % {"text": text[:40] or "—"}, code="whole_number"
        )
    return int(match[2].replace(",", ""))


def read_day(text: str) -> dt.date:
    """Return a day, year first: 2026-11-12, 2026/11/2, 20261112, 2026年11月12日; a time behind it is ignored.

    Raises ShopError (code day).
    """
    bare = folded(text)
    match = _COMPACT_DAY.fullmatch(bare) or _DAY.fullmatch(bare)
    try:
        if match is not None:
            return dt.date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        pass
    raise ShopError(_("is not a day like 2026-11-12: %(text)s") % {"text": text[:40] or "—"}, code="day")
