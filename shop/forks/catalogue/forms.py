"""The filter of lists of goods."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shop.core import fen
from shop.listings.selectors import BrowsePage

_DEAREST = Decimal(1_000_000)


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
        choices: list[tuple[str, Any]] = [("", _("Any"))]
        choices += [(facet.value, f"{facet.label} ({facet.count})") for facet in page.certifications]
        widget = self.fields["certification"].widget
        assert isinstance(widget, forms.Select)
        widget.choices = choices

    def fen_of(self, name: str) -> int | None:
        """Return a price in fen, None when it is not given or not valid."""
        value = self.cleaned_data.get(name)
        return fen.from_yuan(value) if value is not None else None

    @property
    def used(self) -> int:
        """Return how many of the filters are set."""
        return sum(1 for value in self.cleaned_data.values() if value not in (None, "", False))
