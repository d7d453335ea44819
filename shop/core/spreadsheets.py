"""Texts of people in files that a spreadsheet opens."""

import re

#: What a spreadsheet takes for the start of a formula; the wide forms are folded by some of them.
_FORMULA = re.compile(r"^\s*[=+\-−@＝＋－＠|%]|^[\t\r\n]")
#: Numbers written as text (phones, ids) that a spreadsheet would round or strip of zeros.
_DIGITS = re.compile(r"^\d{5,}$|^0\d+$")
#: Not allowed in XML, so an XLSX with them cannot be opened.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def inert(text: str) -> str:
    """Return a text that no spreadsheet runs as a formula or reads as a number."""
    text = _CONTROL.sub("", text)
    return f"'{text}" if _FORMULA.search(text) or _DIGITS.search(text) else text
