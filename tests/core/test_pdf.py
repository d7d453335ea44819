"""What stands in a PDF is what the page says."""

import datetime as dt
from typing import Any

from shop.core.fen import shown_yuan
from shop.core.pdf import SANS, new_document, printable


def test_a_sum_below_nothing_keeps_its_sign_and_what_the_font_lacks_is_marked() -> None:
    document: Any = new_document(size_mm=(100, 150), title="t", at=dt.datetime(2026, 10, 1, tzinfo=dt.UTC))
    assert printable(document, shown_yuan(-123_456)) == "-1,234.56"
    assert printable(document, " 旺苍\n茶叶 \U0001f375") == "旺苍 茶叶 〓"
    # A document that is written closes its font.
    document.fonts[SANS].ttfont.close()
