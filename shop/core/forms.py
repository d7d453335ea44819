"""What every form does with a service's refusal, and how it reads a sum of money."""

import unicodedata
from decimal import Decimal
from typing import Any

from django import forms

from shop.core.exceptions import ShopError


class AmountField(forms.DecimalField):
    """Yuan as people type them: thousands separators, ¥ and full-width digits are read."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=Decimal("0.01"), max_digits=12, decimal_places=2, **kwargs)
        self.widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    def to_python(self, value: Any) -> Any:
        """Return yuan with two decimals at most."""
        text = unicodedata.normalize("NFKC", str(value or ""))
        return super().to_python(text.replace(",", "").replace("¥", "").strip())


def add_refusal(form: forms.Form, refused: ShopError) -> None:
    """Put a service's refusal at the field it names, or above the form."""
    form.add_error(refused.field if refused.field in form.fields else None, str(refused))
