"""What a supplier types about its own goods: another price, another stock, a product."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shop.core import clock
from shop.core.fen import from_yuan, to_yuan
from shop.core.forms import AmountField
from shop.files.forms import PhotosField
from shop.listings.draft_fields import FIELDS, MOST_LOTS, MOST_PHOTOS
from shop.listings.label_rules import DEMO_NUMBER, NUMBER_FIELDS
from shop.listings.models import LabelClass
from shop.listings.order_rule_models import MOST_ORDERED
from shop.listings.presentation import RETURN_NAMES
from shop.listings.services.listing import VAT_PERCENTS
from shop.ordering.supplier_stock import MOST_UNITS

_DAY = {"type": "date"}
_FIRST_DAY = dt.date(2000, 1, 1)
LABEL_CLASSES: Mapping[str, Promise] = {
    LabelClass.PACKAGED_FOOD: _("Packaged food"),
    LabelClass.PRIMARY_AGRICULTURAL: _("Fresh or raw farm produce"),
    LabelClass.CRAFT: _("Craft goods"),
    LabelClass.GIFT_BOX: _("Gift box"),
}


def day_input() -> forms.DateInput:
    """Return the widget of a day."""
    return forms.DateInput(attrs=_DAY, format="%Y-%m-%d")


class PriceForm(forms.Form):
    """Another price from a day on; `seen_fen` is the price on the page that the supplier read."""

    price = AmountField(label=_("New price in yuan"))
    starts_on = forms.DateField(label=_("Valid from"), widget=day_input())
    reason = forms.CharField(label=_("Reason"), max_length=200)
    seen_fen = forms.IntegerField(min_value=0, max_value=10**12, widget=forms.HiddenInput)

    def wish(self) -> dict[str, Any]:
        """Return what is asked for, for the service; the price in fen. Call after is_valid()."""
        asked = dict(self.cleaned_data)
        return {"price_fen": from_yuan(asked.pop("price")), **asked}


class StockForm(forms.Form):
    """Units that come to the stock of a pool, or leave it; `seen` is the stock on the page that was read."""

    delta = forms.IntegerField(
        label=_("Units to add; with a minus, to take off"),
        min_value=-MOST_UNITS,
        max_value=MOST_UNITS,
        widget=forms.TextInput(attrs={"inputmode": "text", "autocomplete": "off"}),
    )
    reason = forms.CharField(label=_("Reason"), max_length=200)
    pool = forms.CharField(max_length=10, widget=forms.HiddenInput)
    seen = forms.IntegerField(min_value=0, max_value=10**12, widget=forms.HiddenInput)

    def wish(self) -> dict[str, Any]:
        """Return what is asked for, for the service. Call after is_valid()."""
        return dict(self.cleaned_data)


class OrderRuleForm(forms.Form):
    """In which quantities organisations order a product, from a day on."""

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
    starts_on = forms.DateField(label=_("Valid from"), widget=day_input())

    def clean_starts_on(self) -> dt.date:
        """Refuse a day that is over: what was ordered then was ordered by the rule of then."""
        day: dt.date = self.cleaned_data["starts_on"]
        if day < clock.today():
            raise forms.ValidationError(gettext("A rule can begin today or later."))
        return day


class DraftForm(forms.Form):
    """A product as its supplier wants it. Everything may be empty until it is handed in."""

    category_slug = forms.ChoiceField(label=_("Category"), required=False)
    label_class = forms.ChoiceField(
        label=_("Class of goods"),
        required=False,
        choices=(("", _("Please choose")), *LABEL_CLASSES.items()),
        help_text=_("It decides which fields of the label must be filled."),
    )
    name_zh = forms.CharField(label=_("Product name"), max_length=80, required=False)
    name_en = forms.CharField(label=_("English name"), max_length=160, required=False)
    description_zh = forms.CharField(
        label=_("Description and story"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("The first sentence stands below the name. An empty line begins a new paragraph."),
    )
    description_en = forms.CharField(
        label=_("English description"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    township_zh = forms.ChoiceField(label=_("Origin township"), required=False)
    ingredients = forms.CharField(label=_("Ingredients or material"), max_length=300, required=False)
    net_content = forms.CharField(label=_("Net content"), max_length=60, required=False)
    producer = forms.CharField(label=_("Producer"), max_length=120, required=False)
    shelf_life_days = forms.IntegerField(
        label=_("Shelf life in days"), min_value=1, max_value=36_500, required=False
    )
    storage = forms.CharField(label=_("Storage"), max_length=120, required=False)
    licence_no = forms.CharField(label=_("Food production licence (SC)"), max_length=40, required=False)
    standard_no = forms.CharField(label=_("Product standard"), max_length=60, required=False)
    allergens = forms.CharField(
        label=_("Allergens"), max_length=120, required=False, help_text=_("Write 无 where there are none.")
    )
    spec = forms.CharField(
        label=_("Specification"), max_length=60, required=False, help_text=_("As printed, such as 100g/罐.")
    )
    unit = forms.CharField(
        label=_("Unit"), max_length=10, required=False, help_text=_("What one piece is called, such as 罐.")
    )
    net_weight_g = forms.IntegerField(
        label=_("Net weight in grams"), min_value=1, max_value=1_000_000, required=False
    )
    gross_weight_g = forms.IntegerField(
        label=_("Weight with packing in grams"), min_value=1, max_value=1_000_000, required=False
    )
    price_fen = AmountField(label=_("Price in yuan, tax included"), required=False)
    vat_percent = forms.TypedChoiceField(
        label=_("Rate of tax"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=(("", _("Please choose")), *((rate, f"{rate}%") for rate in VAT_PERCENTS)),
    )
    return_rule = forms.ChoiceField(
        label=_("Return rule"),
        required=False,
        choices=(("", _("Please choose")), *RETURN_NAMES.items()),
    )
    photos = PhotosField(
        label=_("Add photos"),
        most=MOST_PHOTOS,
        required=False,
        help_text=_("JPEG, PNG or WebP, 10 MB at most. Pictures are shown square."),
    )
    revision = forms.IntegerField(min_value=0, max_value=10**9, widget=forms.HiddenInput)

    #: The parts of the page, and the fields of each.
    PARTS = (
        ("basics", _("Basics"), ("category_slug", "label_class", "name_zh", "name_en", "township_zh")),
        ("story", _("Description"), ("description_zh", "description_en")),
        (
            "label",
            _("Label"),
            (
                "ingredients",
                "net_content",
                "producer",
                "shelf_life_days",
                "storage",
                "licence_no",
                "standard_no",
                "allergens",
            ),
        ),
        (
            "sale",
            _("Pack and price"),
            (
                "spec",
                "unit",
                "net_weight_g",
                "gross_weight_g",
                "price_fen",
                "vat_percent",
                "return_rule",
            ),
        ),
    )

    def __init__(
        self,
        *args: Any,
        categories: Sequence[tuple[str, str]],
        townships: Sequence[str],
        base: Mapping[str, Any],
        needed: Collection[str],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.base = base
        self._choose("category_slug", categories)
        self._choose("township_zh", [(name, name) for name in townships])
        if base:
            del self.fields["price_fen"]
        for name in needed:
            if name in self.fields:
                # Such a field is not called optional, though a draft may be saved without it.
                self.fields[name].needed_later = True  # type: ignore[attr-defined]
        for number in range(1, MOST_LOTS + 1):
            self.fields |= _lot_fields(number)

    def _choose(self, name: str, choices: Sequence[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", gettext("Please choose")), *choices]

    def parts(self) -> list[dict[str, Any]]:
        """Return the parts of the page with their bound fields."""
        return [
            {"id": key, "title": title, "fields": [self[name] for name in names if name in self.fields]}
            for key, title, names in self.PARTS
        ]

    def lot_rows(self) -> list[list[forms.BoundField]]:
        """Return the bound fields of each lot."""
        return [[self[name] for name in _lot_names(number)] for number in range(1, MOST_LOTS + 1)]

    def clean(self) -> dict[str, Any]:
        """Refuse a lot that is half filled, given twice or expired before it was made, and a number nobody gave."""
        data = super().clean() or {}
        for name in NUMBER_FIELDS:
            if data.get(name) == DEMO_NUMBER and self.base.get(name) != DEMO_NUMBER:
                self.add_error(
                    name, gettext("This stands for a number that is not known. Enter the real one.")
                )
        if not self.errors:
            data["lots"] = self._lots(data)
        return data

    def values(self) -> dict[str, Any]:
        """Return what the draft is to say; call after is_valid()."""
        data = self.cleaned_data
        values: dict[str, Any] = {name: data[name] for name in FIELDS if name in data}
        if "price_fen" in values:
            values["price_fen"] = from_yuan(data["price_fen"]) if data["price_fen"] else None
        return values | {"lots": data["lots"]}

    def _lots(self, data: Mapping[str, Any]) -> list[dict[str, Any]]:
        lots: list[dict[str, Any]] = []
        for number in range(1, MOST_LOTS + 1):
            code, produced_on, expires_on, units = (data.get(name) for name in _lot_names(number))
            if not any((code, produced_on, expires_on, units)):
                continue
            days = data.get("shelf_life_days")
            if produced_on and not expires_on and days:
                expires_on = produced_on + dt.timedelta(days=days)
            problem = _lot_problem(code or "", produced_on, expires_on, units, {lot["code"] for lot in lots})
            if problem:
                self.add_error(*_lot_error(number, *problem))
                continue
            lots.append(
                {
                    "code": code,
                    "produced_on": f"{produced_on}",
                    "expires_on": f"{expires_on}" if expires_on else "",
                    "units": units,
                }
            )
        return lots


def initial_of(values: Mapping[str, Any], revision: int) -> dict[str, Any]:
    """Return what the form shows of a draft's values."""
    shown = dict(values) | {"revision": revision}
    if values.get("price_fen"):
        shown["price_fen"] = to_yuan(values["price_fen"])
    for number, lot in enumerate(values.get("lots", []), start=1):
        said = (lot["code"], lot["produced_on"], lot["expires_on"], lot["units"])
        shown |= dict(zip(_lot_names(number), said, strict=True))
    return shown


def _lot_names(number: int) -> tuple[str, str, str, str]:
    return tuple(f"lot_{number}_{part}" for part in ("code", "produced_on", "expires_on", "units"))  # type: ignore[return-value]


def _lot_fields(number: int) -> dict[str, forms.Field]:
    code, produced_on, expires_on, units = _lot_names(number)
    return {
        code: forms.CharField(label=gettext("Lot number"), max_length=40, required=False),
        produced_on: forms.DateField(label=gettext("Produced on"), required=False, widget=day_input()),
        expires_on: forms.DateField(label=gettext("Expires on"), required=False, widget=day_input()),
        units: forms.IntegerField(label=gettext("Units"), required=False, min_value=1, max_value=MOST_UNITS),
    }


def _lot_problem(
    code: str, produced_on: dt.date | None, expires_on: dt.date | None, units: int | None, known: set[str]
) -> tuple[int, str] | None:
    """Return which part of a lot is wrong, and why."""
    if not code:
        return 0, gettext("Enter the number of this lot.")
    if code in known:
        return 0, gettext("This lot is given twice.")
    if produced_on is None:
        return 1, gettext("Enter the day on which this lot was made.")
    if not _FIRST_DAY <= produced_on <= clock.today():
        return 1, gettext("A lot cannot be made in the future, nor before 2000.")
    if expires_on is not None and expires_on <= produced_on:
        return 2, gettext("A lot cannot expire before it is made.")
    if units is None:
        return 3, gettext("Enter how many units of this lot you hand over.")
    return None


def _lot_error(number: int, part: int, text: str) -> tuple[str, str]:
    return _lot_names(number)[part], text
