"""The filter of lists of goods."""

import secrets
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils.html import escape, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from shop.core import fen
from shop.listings.selectors import BrowsePage

_DEAREST = Decimal(1_000_000)


def _drawn(form: "FilterForm") -> SafeString:
    return mark_safe(render_to_string("shop/catalogue/_filter_fields.html", {"filter_form": form}))


#: Stand in the kept fields for what was asked and for the choices; nobody can type them.
_LOW, _HIGH, _CHOICES, _COUNT = (
    f"{name}-{secrets.token_hex(16)}" for name in ("low", "high", "choices", "count")
)
_OPTION = f'<option value="{_CHOICES}">{_CHOICES}</option>'


@lru_cache(maxsize=64)
def _fields(has_low: bool, has_high: bool, in_stock: bool, language: str) -> str:
    """Return the fields with marks for prices and choices: drawn once, filled in for every list."""
    asked = {
        "min_price": _LOW if has_low else "",
        "max_price": _HIGH if has_high else "",
        "in_stock": in_stock,
    }
    form = FilterForm(initial=asked)
    widget = form.fields["certification"].widget
    assert isinstance(widget, forms.Select)
    widget.choices = [(_CHOICES, _CHOICES)]
    form.fields["in_stock"].label = f"{gettext('In stock only')}{_COUNT}"
    return _drawn(form)


def _price(label: Any) -> forms.DecimalField:
    """A field for yuan. Text: a browser would say of anything else, in its own words, that it is no number."""
    told = _("Write a price in yuan with two decimals at most: 30 or 19.9.")
    codes = ("invalid", "min_value", "max_value", "max_digits", "max_decimal_places", "max_whole_digits")
    return forms.DecimalField(
        label=label,
        required=False,
        min_value=0,
        max_value=_DEAREST,
        decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "maxlength": 12, "autocomplete": "off"}),
        error_messages=dict.fromkeys(codes, told),
    )


class FilterForm(forms.Form):
    """Sent by GET. Prices in yuan; what is wrong is said at its field and does not filter."""

    min_price = _price(_("Price from (yuan)"))
    max_price = _price(_("Price to (yuan)"))
    certification = forms.CharField(
        label=_("Certification"), required=False, max_length=80, widget=forms.Select()
    )
    in_stock = forms.BooleanField(label=_("In stock only"), required=False)

    #: How many are in stock, in brackets, where they were counted.
    in_stock_count = ""

    def clean_max_price(self) -> Decimal | None:
        """Refuse an upper price below the lower one."""
        low, high = self.cleaned_data.get("min_price"), self.cleaned_data["max_price"]
        if low is not None and high is not None and high < low:
            raise forms.ValidationError(_("The upper price is below the lower one."))
        return high

    def offer(self, page: BrowsePage, names: Mapping[str, str]) -> None:
        """Fill the choices from what the list could still be narrowed to; `names` of certificates by code."""
        self.in_stock_count = f" ({page.in_stock.count})"
        # Checking the form has made the bound field already, with the label that it had then.
        self["in_stock"].label = f"{gettext('In stock only')}{self.in_stock_count}"
        choices: list[tuple[str, str]] = [("", gettext("Any"))]
        choices += [(facet.value, f"{names[facet.value]} ({facet.count})") for facet in page.certifications]
        widget = self.fields["certification"].widget
        assert isinstance(widget, forms.Select)
        widget.choices = choices

    def fields_html(self) -> SafeString:
        """Return the fields as HTML: filled into kept ones for values without faults, as nearly every list's are."""
        if self.errors:
            return _drawn(self)
        low, high, chosen = (self.data.get(name, "") for name in ("min_price", "max_price", "certification"))
        ticked = bool(self.cleaned_data.get("in_stock"))
        whole = _fields(bool(low), bool(high), ticked, get_language() or "")
        widget = self.fields["certification"].widget
        assert isinstance(widget, forms.Select)
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            (
                (value, mark_safe(" selected") if value == chosen else "", label)
                for value, label in widget.choices
            ),
        )
        whole = whole.replace(_COUNT, self.in_stock_count)
        whole = whole.replace(_OPTION, options).replace(_LOW, escape(low)).replace(_HIGH, escape(high))
        return mark_safe(whole)

    def fen_of(self, name: str) -> int | None:
        """Return a price in fen, None when it is not given or not valid."""
        value = self.cleaned_data.get(name)
        return fen.from_yuan(value) if value is not None else None

    @property
    def used(self) -> int:
        """Return how many of the filters are set."""
        return sum(1 for value in self.cleaned_data.values() if value not in (None, "", False))
