"""What the staff type about what the shop asks of units' purchases."""

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from shop.buyers.models import BuyerKind
from shop.core import clock
from shop.procurement.approval_forms import FenField
from shop.procurement.rules import MOST_QUOTES


def _day(label: object) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, initial=clock.today, widget=widget)  # type: ignore[arg-type]


class BandForm(forms.Form):
    """How far above its reference a price may lie without a word."""

    over_percent = forms.DecimalField(
        label=_("Per cent above the reference price"),
        required=False,
        min_value=Decimal(0),
        max_value=Decimal(1000),
        decimal_places=2,
        help_text=_("Above it the buyer has to give a reason. Empty: none is asked for."),
    )
    starts_on = _day(_("Holds from"))


class ReferenceForm(forms.Form):
    """What a product costs elsewhere."""

    sku = forms.CharField(label=_("SKU"), max_length=40)
    price_fen = FenField(label=_("Price of one unit in yuan"))
    source = forms.CharField(
        label=_("Where it was read"),
        max_length=120,
        help_text=_("The approver sees it: a market, a price report, another shop."),
    )
    noted_on = _day(_("On"))


class QuoteRuleForm(forms.Form):
    """How many quotes units of a kind compare."""

    buyer_kind = forms.ChoiceField(label=_("Kind of organisation"), choices=BuyerKind.choices)
    from_fen = FenField(label=_("From this amount on, in yuan"))
    min_quotes = forms.IntegerField(
        label=_("Quotes at least"),
        min_value=0,
        max_value=MOST_QUOTES,
        initial=3,
        help_text=_("The shop's own is one of them; 0 asks for none."),
    )
    starts_on = _day(_("Holds from"))


class ContractForm(forms.Form):
    """From which sum on an order gets contracts."""

    from_fen = FenField(
        label=_("From this amount on, in yuan"),
        required=False,
        help_text=_("Goods and freight of the whole order. Empty: no contract is made."),
    )
    starts_on = _day(_("Holds from"))
