"""What staff answer to suppliers, and how a draft's values are read aloud."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shop.core.fen import shown_yuan
from shop.fulfilment.goods_forms import LABEL_CLASSES
from shop.listings.presentation import RETURN_NAMES
from shop.operations.order_forms import REASON_LENGTH


class DecisionForm(forms.Form):
    """Yes or no, and why."""

    APPROVE, REFUSE = "approve", "refuse"

    action = forms.ChoiceField(
        choices=((APPROVE, ""), (REFUSE, "")), error_messages={"required": _("Say yes or no.")}
    )
    note = forms.CharField(label=_("Note"), max_length=REASON_LENGTH, required=False)


def shown_value(name: str, value: Any, categories: Mapping[str, str]) -> str:
    """Return a draft's value as people read it, a category by its name; "" for nothing."""
    if value in (None, ""):
        return ""
    if name == "price_fen":
        return f"¥{shown_yuan(value)}"
    if name == "category_slug":
        return categories.get(value, value)
    if name == "vat_percent":
        return f"{value}%"
    if name in ("net_weight_g", "gross_weight_g"):
        return f"{value:,} g"
    if name == "label_class":
        return str(LABEL_CLASSES.get(value, value))
    if name == "return_rule":
        return str(RETURN_NAMES.get(value, value))
    return str(value)
