"""What is typed about campaigns and coupons."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shop.core import clock
from shop.core.fen import from_yuan
from shop.core.forms import AmountField
from shop.coupons.campaigns import Terms
from shop.coupons.status import Bearer, CampaignKind, CampaignScope
from shop.regions.models import PartnerRegion

_MONEY = ("off_fen", "cap_fen", "minimum_fen")
#: More pieces than the shop could ever bear.
_MOST = 1_000_000


class ClaimForm(forms.Form):
    """Which of a person's coupons of a campaign is asked for: their first, their second."""

    number = forms.IntegerField(min_value=1, max_value=1000)


class CampaignForm(forms.Form):
    """A new campaign; the names are those of Terms."""

    name = forms.CharField(label=_("Name"), max_length=40)
    kind = forms.ChoiceField(label=_("Kind"), choices=CampaignKind.choices)
    off_fen = AmountField(label=_("Amount off, yuan"), required=False)
    percent = forms.IntegerField(label=_("Percent off"), min_value=1, max_value=90, required=False)
    cap_fen = AmountField(label=_("At most, yuan (for a percentage)"), required=False)
    minimum_fen = AmountField(label=_("From goods worth, yuan"), required=False)
    scope = forms.ChoiceField(label=_("For which goods"), choices=CampaignScope.choices)
    region = forms.ChoiceField(label=_("Region"), choices=(), required=False)
    supplier = forms.CharField(label=_("Code of the supplier"), max_length=40, required=False)
    products = forms.CharField(
        label=_("SKUs of the products, with spaces between"), max_length=2000, required=False
    )
    borne_by = forms.ChoiceField(label=_("Borne by"), choices=Bearer.choices)
    begins_on = forms.DateField(label=_("First day"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    ends_on = forms.DateField(label=_("Last day"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    pieces = forms.IntegerField(label=_("Coupons in all"), min_value=1, max_value=_MOST)
    person_limit = forms.IntegerField(
        label=_("For one person at most"), min_value=1, max_value=1000, initial=1
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        region = self.fields["region"]
        assert isinstance(region, forms.ChoiceField)
        places = PartnerRegion.objects.order_by("pk").values_list("slug", "name_zh")
        region.choices = [("", "—"), *places]
        self.fields["begins_on"].initial = clock.today

    def terms(self) -> Terms:
        """Return what a valid form says."""
        data = dict(self.cleaned_data)
        for name in _MONEY:
            data[name] = from_yuan(data[name]) if data[name] else 0
        data["percent"] = data["percent"] or 0
        data["products"] = tuple(data["products"].split())
        return Terms(**data)
