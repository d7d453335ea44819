"""What a supplier types."""

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.forms import add_refusal
from shop.fulfilment.couriers import (
    COURIER_CHOICES,
    checked_number,
    courier_called,
    courier_of_number,
    plain_number,
)
from shop.fulfilment.models import Parcel
from shop.fulfilment.shipping_list import MAX_BYTES
from shop.ordering.models import LineShare

_CODE = {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
#: How the QR code of a slip names a supplier order.
_SLIP = re.compile(r"/orders/(\d{1,18})/")
#: The first day of an own sales list.
_FIRST_DAY = dt.date(2020, 1, 1)


class TrackingNumberField(forms.CharField):
    """Takes a number as people paste it: full-width digits, blanks and hyphens are put right."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(label=_("Courier number"), max_length=40, **kwargs)
        self.widget.attrs.update(_CODE | {"enterkeyhint": "done"})

    def to_python(self, value: str | None) -> str:
        """Return the number in plain capital letters and digits."""
        return plain_number(super().to_python(value) or "")


class NumberForm(forms.Form):
    """A courier and one of its numbers."""

    courier = forms.ChoiceField(label=_("Courier"), choices=COURIER_CHOICES)
    tracking_number = TrackingNumberField()

    def clean(self) -> dict[str, Any]:
        """Refuse a number that the courier does not have."""
        data = super().clean() or {}
        courier = courier_called(data.get("courier", ""))
        if courier and data.get("tracking_number"):
            try:
                data["tracking_number"] = checked_number(courier, data["tracking_number"])
            except ShopError as refused:
                add_refusal(self, refused)
        return data


class ShipForm(NumberForm):
    """Courier, number and the units of each line that are in the parcel."""

    def __init__(self, *args: object, left: Mapping[LineShare, int], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.left = {share: units for share, units in left.items() if units}
        for share, units in self.left.items():
            self.fields[f"units_{share.pk}"] = forms.IntegerField(
                label=share.line.title,
                min_value=0,
                max_value=units,
                initial=units,
                help_text=gettext("%(units)d left to ship") % {"units": units},
            )

    def units_by_share(self) -> dict[int, int]:
        """Return the units of the parcel by share id; call after is_valid()."""
        return {share.pk: self.cleaned_data[f"units_{share.pk}"] for share in self.left}


class CorrectForm(NumberForm):
    """The right courier and number of a parcel."""

    def __init__(self, *args: Any, parcel: Parcel, **kwargs: Any) -> None:
        kwargs["initial"] = {"courier": parcel.courier, "tracking_number": parcel.tracking_number}
        super().__init__(*args, **kwargs)


class ShortageForm(forms.Form):
    """Units of each line that cannot be shipped, and why."""

    REASONS = (
        ("卖完了", _("Sold out")),
        ("品质不达标", _("Not good enough to send")),
        ("天气或采收延误", _("Weather or harvest")),
        ("包装或运输问题", _("Packing or transport")),
    )
    reason = forms.ChoiceField(label=_("Reason"), choices=REASONS, widget=forms.RadioSelect)
    more = forms.CharField(label=_("More about it"), max_length=150, required=False)

    def __init__(self, *args: Any, left: Mapping[LineShare, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.left = {share: units for share, units in left.items() if units}
        units_fields = {
            f"units_{share.pk}": forms.IntegerField(
                label=share.line.title,
                min_value=0,
                max_value=units,
                initial=0,
                help_text=gettext("%(units)d left to ship") % {"units": units},
            )
            for share, units in self.left.items()
        }
        self.fields = {**units_fields, **self.fields}

    def units_by_share(self) -> dict[int, int]:
        """Return the missing units by share id; call after is_valid()."""
        return {share.pk: self.cleaned_data[f"units_{share.pk}"] for share in self.left}

    def whole_reason(self) -> str:
        """Return the reason with what was added to it."""
        return "：".join(filter(None, (self.cleaned_data["reason"], self.cleaned_data["more"].strip())))


class FileForm(forms.Form):
    """A filled-in list of courier numbers."""

    file = forms.FileField(
        label=_("File"),
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv,.txt"}),
    )

    def clean_file(self) -> Any:
        """Refuse a file that is too large before any of it is read."""
        if self.cleaned_data["file"].size > MAX_BYTES:
            raise forms.ValidationError(gettext("The file is larger than 2 MB."))
        return self.cleaned_data["file"]


class ScanForm(forms.Form):
    """The code of a slip, then that of the courier; typed, scanned by hand or by the camera."""

    slip = forms.CharField(label=_("Code of the packing slip, or order number"), max_length=200)
    tracking_number = TrackingNumberField(required=False)
    courier = forms.ChoiceField(
        label=_("Courier"), required=False, choices=(("", _("By the number")), *COURIER_CHOICES)
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["slip"].widget.attrs.update(_CODE)

    def order_key(self) -> dict[str, Any]:
        """Return what finds the supplier order: its id of a code, else the order's number."""
        slip = self.cleaned_data["slip"].strip()
        match = _SLIP.search(slip)
        return {"pk": int(match[1])} if match else {"record__number": slip.upper()}

    def clean(self) -> dict[str, Any]:
        """Find the courier by its number where none is chosen; refuse a number it does not have."""
        data = super().clean() or {}
        number = data.get("tracking_number")
        if not number or self.errors:
            return data
        courier = courier_of_number(number) or courier_called(data["courier"])
        if courier is None:
            self.add_error("courier", gettext("Several couriers have such numbers. Please choose yours."))
            return data
        try:
            data["tracking_number"] = checked_number(courier, number)
        except ShopError as refused:
            add_refusal(self, refused)
        data["courier"] = courier.name
        return data


class SalesPeriodForm(forms.Form):
    """Days of an own sales list, both included; the month of `latest`, or this one, unless said otherwise."""

    start = forms.DateField(
        label=pgettext_lazy("period", "From"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    end = forms.DateField(
        label=pgettext_lazy("period", "To"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, data: Any, *, latest: dt.date | None = None) -> None:
        latest = min(latest or clock.today(), clock.today())
        end = min(_month_end(latest), clock.today())
        month = {"start": f"{clock.month_of(latest)}", "end": f"{end}"}
        super().__init__(month | {name: data[name] for name in month if data.get(name)})

    def clean(self) -> dict[str, Any]:
        """Refuse a period that ends before it begins, or lies outside the shop's life."""
        data = super().clean() or {}
        start, end = data.get("start"), data.get("end")
        if start and end and not _FIRST_DAY <= start <= end <= clock.today() + dt.timedelta(days=366):
            raise forms.ValidationError(gettext("The period ends before it begins, or is far away."))
        return data

    @property
    def query(self) -> str:
        """Return the period for an address; call after is_valid()."""
        return f"start={self.cleaned_data['start']}&end={self.cleaned_data['end']}"


def _month_end(day: dt.date) -> dt.date:
    return clock.month_of(clock.month_of(day) + dt.timedelta(days=32)) - dt.timedelta(days=1)
