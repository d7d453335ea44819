"""What the staff type about stock: counts, lots that come in, moves, thresholds, limits, places, files."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shop.core import clock
from shop.listings.order_rule_models import MOST_ORDERED
from shop.ordering.balances import Shelf, shelf_of
from shop.ordering.models import StockBalance
from shop.ordering.status import StockPool
from shop.ordering.stock_models import GoodsLot, StockLocation
from shop.suppliers.models import Supplier

REASON_LENGTH = 200
MOST_UNITS = 9_999_999


def _reason() -> forms.CharField:
    return forms.CharField(
        label=_("Reason"),
        max_length=REASON_LENGTH,
        error_messages={"required": _("Please say why; the reason is kept in the history of the stock.")},
    )


def _day(label: Any, *, required: bool = False) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=required, widget=widget)


class StockForm(forms.Form):
    """An act upon a product's stock; `seen` is the state of it that the page showed."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def __init__(
        self,
        *args: Any,
        balances: Sequence[StockBalance],
        lots: Sequence[GoodsLot],
        locations: Sequence[StockLocation],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.balances = {str(balance.pk): balance for balance in balances}
        places = [("", _("no particular place")), *((place.code, place.name) for place in locations)]
        names = {code: str(name) for code, name in places}
        choices: dict[str, list[tuple[str, Any]]] = {
            "balance": [(pk, shelf_text(one, names)) for pk, one in self.balances.items()],
            "location": places,
            "lot": [(str(lot.pk), lot.code) for lot in lots],
        }
        for name, found in choices.items():
            field = self.fields.get(name)
            if isinstance(field, forms.ChoiceField):
                field.choices = found

    def shelf(self) -> Shelf:
        """Return where the chosen balance stands."""
        return shelf_of(self.balances[self.cleaned_data["balance"]])


def shelf_text(balance: StockBalance, places: dict[str, str]) -> str:
    """Return in words where a balance stands, and how many units of it are free."""
    place = places.get(balance.location, balance.location) if balance.location else ""
    named = " · ".join(filter(None, (str(StockPool(balance.pool).label), balance.lot, place)))
    return f"{named} ({balance.on_hand - balance.allocated})"


class AdjustForm(StockForm):
    """More or fewer units of one balance."""

    balance = forms.ChoiceField(label=_("Stock"))
    delta = forms.IntegerField(
        label=_("Change"),
        min_value=-MOST_UNITS,
        max_value=MOST_UNITS,
        help_text=_("12 adds twelve units, -3 takes three off."),
    )
    reason = _reason()

    def clean_delta(self) -> int:
        """Refuse a change that changes nothing."""
        delta = int(self.cleaned_data["delta"])
        if not delta:
            raise forms.ValidationError(_("A change of 0 changes nothing."))
        return delta


class ReceiveForm(StockForm):
    """A lot that came in."""

    code = forms.CharField(label=_("Lot's code"), max_length=40)
    units = forms.IntegerField(label=_("Units"), min_value=1, max_value=MOST_UNITS)
    produced_on = _day(_("Made on"))
    expires_on = _day(_("Last good day"))
    pool = forms.ChoiceField(label=_("For"), choices=StockPool.choices, initial=StockPool.RETAIL)
    location = forms.ChoiceField(label=_("Storage place"), required=False)
    reason = _reason()


class MoveForm(StockForm):
    """Free units that go to another pool or place."""

    balance = forms.ChoiceField(label=_("From"))
    pool = forms.ChoiceField(label=_("To"), choices=StockPool.choices)
    location = forms.ChoiceField(label=_("Storage place"), required=False)
    units = forms.IntegerField(label=_("Units"), min_value=1, max_value=MOST_UNITS)
    reason = _reason()


class LotForm(StockForm):
    """The right dates of a lot."""

    lot = forms.ChoiceField(label=_("Lot"))
    produced_on = _day(_("Made on"))
    expires_on = _day(_("Last good day"))
    reason = _reason()


class RuleForm(StockForm):
    """A product's own thresholds."""

    low_at = forms.IntegerField(
        label=_("Running low at"),
        min_value=0,
        max_value=MOST_UNITS,
        required=False,
        help_text=_("Empty: the shop's setting."),
    )
    unsold_days = forms.IntegerField(
        label=_("Days before the last good day that it is no longer sold"),
        min_value=0,
        max_value=999,
        required=False,
        help_text=_("Empty: the shop's setting."),
    )


class LimitForm(StockForm):
    """How many units one person may buy."""

    units = forms.IntegerField(
        label=_("Units per person"),
        min_value=1,
        max_value=999,
        required=False,
        help_text=_("Empty: no limit from that day on."),
    )
    days = forms.IntegerField(label=_("Within days"), min_value=1, max_value=366, initial=30)
    starts_on = _day(_("From"), required=True)
    ends_on = _day(_("Until"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["starts_on"].initial = clock.today


class OrderRuleForm(StockForm):
    """In which quantities the product is ordered."""

    min_units = forms.IntegerField(label=_("Least quantity"), min_value=1, max_value=MOST_ORDERED, initial=1)
    step_units = forms.IntegerField(
        label=_("Quantity step"),
        min_value=1,
        max_value=MOST_ORDERED,
        initial=1,
        help_text=_("12: only 12, 24, 36 … can be ordered."),
    )
    case_units = forms.IntegerField(
        label=_("Units in a case"), min_value=1, max_value=MOST_ORDERED, required=False
    )
    for_residents = forms.BooleanField(label=_("Also for residents"), required=False)
    starts_on = _day(_("From"), required=True)
    ends_on = _day(_("Until"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["starts_on"].initial = clock.today


class PlaceForm(forms.Form):
    """A place where goods stand."""

    code = forms.RegexField(
        label=_("Short name in files"),
        regex=r"^[A-Za-z0-9][A-Za-z0-9-]{0,39}$",
        error_messages={"invalid": _("Letters, digits and hyphens only, at most 40.")},
    )
    name = forms.CharField(label=_("Name"), max_length=60)
    supplier = forms.ModelChoiceField(
        label=_("Warehouse of"), queryset=Supplier.objects.none(), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["supplier"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Supplier.objects.order_by("code")
        field.empty_label = str(_("the shop itself"))


class StockFileForm(forms.Form):
    """A list of stock with changes filled in."""

    file = forms.FileField(
        label=_("File (xlsx or csv)"), error_messages={"required": _("Please choose a file.")}
    )
