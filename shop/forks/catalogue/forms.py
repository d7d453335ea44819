"""The filter of lists of goods."""

from decimal import Decimal
from functools import lru_cache

from django import forms
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from shop.core import fen
from shop.listings.selectors import BrowsePage

_DEAREST = Decimal(1_000_000)


def _drawn(form: "FilterForm") -> SafeString:
    return mark_safe(render_to_string("shop/catalogue/_filter_fields.html", {"filter_form": form}))


@lru_cache(maxsize=500)
def _kept(
    asked: tuple[tuple[str, str], ...], choices: tuple[tuple[str, str], ...], language: str
) -> SafeString:
    form = FilterForm(dict(asked))
    form.fields["certification"].widget.choices = choices
    return _drawn(form)


class FilterForm(forms.Form):
    """Sent by GET. Prices in yuan; what is wrong is said at its field and does not filter."""

    min_price = forms.DecimalField(
        label=_("Price from (yuan)"), required=False, min_value=0, max_value=_DEAREST, decimal_places=2
    )
    max_price = forms.DecimalField(
        label=_("Price to (yuan)"), required=False, min_value=0, max_value=_DEAREST, decimal_places=2
    )
    certification = forms.CharField(
        label=_("Certification"), required=False, max_length=80, widget=forms.Select()
    )
    in_stock = forms.BooleanField(label=_("In stock only"), required=False)

    def clean_max_price(self) -> Decimal | None:
        """Refuse an upper price below the lower one."""
        low, high = self.cleaned_data.get("min_price"), self.cleaned_data["max_price"]
        if low is not None and high is not None and high < low:
            raise forms.ValidationError(_("The upper price is below the lower one."))
        return high

    def offer(self, page: BrowsePage) -> None:
        """Fill the choices from what the list could still be narrowed to."""
        choices: list[tuple[str, str]] = [("", gettext("Any"))]
        choices += [(facet.value, f"{facet.label} ({facet.count})") for facet in page.certifications]
        widget = self.fields["certification"].widget
        assert isinstance(widget, forms.Select)
        widget.choices = choices

    def fields_html(self) -> SafeString:
        """Return the fields as HTML: kept for values without faults, because a list draws the same ones often."""
        if self.errors:
            return _drawn(self)
        asked = tuple((name, self.data.get(name, "")) for name in self.fields)
        return _kept(asked, tuple(self.fields["certification"].widget.choices), get_language() or "")

    def fen_of(self, name: str) -> int | None:
        """Return a price in fen, None when it is not given or not valid."""
        value = self.cleaned_data.get(name)
        return fen.from_yuan(value) if value is not None else None

    @property
    def used(self) -> int:
        """Return how many of the filters are set."""
        return sum(1 for value in self.cleaned_data.values() if value not in (None, "", False))
