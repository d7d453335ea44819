"""What is typed when prices are asked for and given."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from shop.core import fen
from shop.core.forms import AmountField
from shop.listings.areas import provinces
from shop.procurement.price_models import PriceRequestLine
from shop.procurement.price_requests import Offer, Offered


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class AskForm(forms.Form):
    """Which goods, whom to ask, where and when they are needed."""

    goods = forms.CharField(
        label=gettext_lazy("Goods and quantities"),
        max_length=20_000,
        help_text=gettext_lazy(
            "One row each: the SKU, then how many. Prices may be asked for more than is in stock."
        ),
        widget=forms.Textarea(attrs={"rows": 6, "placeholder": "WC-TEA-001  600\nLQ-FUN-010  1500"}),
        error_messages={"required": gettext_lazy("Name the goods that you want prices for.")},
    )
    whom = forms.ChoiceField(
        label=gettext_lazy("Whom to ask"),
        choices=[
            ("suppliers", gettext_lazy("Each supplier for its own goods")),
            ("shop", gettext_lazy("The shop for all goods together")),
        ],
        initial="suppliers",
        widget=forms.RadioSelect(attrs={"class": "tick"}),
    )
    province = forms.ChoiceField(
        label=gettext_lazy("Province that the goods go to"),
        choices=lambda: [("", "—"), *((name, name) for name in provinces())],
        required=False,
    )
    needed_on = forms.DateField(label=gettext_lazy("Needed on"), required=False, widget=_day())
    note = forms.CharField(
        label=gettext_lazy("A word to whom is asked"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": 300}),
    )


class OfferForm(forms.Form):
    """A price for each of the goods, from how many units on, and until when; a line left empty is not offered."""

    def __init__(
        self, *args: Any, lines: Sequence[PriceRequestLine], last: Mapping[int, Offered], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.lines = list(lines)
        for line in self.lines:
            before = last.get(line.product_id)
            self.fields[f"price_{line.product_id}"] = AmountField(
                label=_("Unit price in yuan"),
                required=False,
                initial=fen.to_yuan(before.unit_fen) if before else None,
            )
            self.fields[f"from_{line.product_id}"] = forms.IntegerField(
                label=_("From how many units on"),
                required=False,
                min_value=1,
                max_value=line.quantity,
                initial=before.min_quantity if before else line.quantity,
                widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
            )
        for name in self.fields:
            # Of each line it is said that it may stay empty; "optional" two hundred times says no more.
            self.fields[name].needed_later = True  # type: ignore[attr-defined]
        self.fields["last_day"] = forms.DateField(
            label=_("Last day on which the prices hold"),
            help_text=_("Ordered later, approval included, the goods cost their usual price."),
            widget=_day(),
        )
        self.fields["note"] = forms.CharField(
            label=pgettext_lazy("asked prices", "A word to the other side"),
            max_length=300,
            required=False,
            widget=forms.Textarea(attrs={"rows": 2, "maxlength": 300}),
        )
        self.fields["seen"] = forms.IntegerField(min_value=0, max_value=9_999, widget=forms.HiddenInput())

    def cells(self) -> dict[int, dict[str, Any]]:
        """Return the two bound fields of each line by product id, for the template."""
        return {
            line.product_id: {
                "price": self[f"price_{line.product_id}"],
                "least": self[f"from_{line.product_id}"],
            }
            for line in self.lines
        }

    def offer(self) -> Offer:
        """Return what was typed, from a valid form."""
        data = self.cleaned_data
        prices = {}
        for line in self.lines:
            yuan = data.get(f"price_{line.product_id}")
            if yuan is not None:
                least = data.get(f"from_{line.product_id}") or line.quantity
                prices[line.product_id] = Offered(fen.from_yuan(yuan), least)
        return Offer(prices, data["last_day"], data["note"])


class RefusalForm(forms.Form):
    """Why a side ends the talk."""

    note = forms.CharField(
        label=gettext_lazy("Why? The other side reads it."),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Please say why; the other side reads it.")},
    )
