"""What a member types who counts what has arrived."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from shop.core import clock
from shop.core.exceptions import ShopError
from shop.files.forms import PhotosField
from shop.procurement.acceptance import MOST_PHOTOS
from shop.procurement.models import Remedy
from shop.procurement.services import Arrival, Counted
from shop.procurement.standing import LineStanding, Part

#: So many lines are counted at once: the form stays far below the number of fields that Django takes.
LINES = 40
_KINDS = ("accepted", "short", "damaged")


def counted_lines(data: Mapping[str, Any], standing: Sequence[LineStanding]) -> list[LineStanding]:
    """Return the lines that a form which was sent names, whatever page they stand on by now."""
    return [line for line in standing if f"accepted_{line.line_id}" in data][:LINES]


class AcceptanceForm(forms.Form):
    """Of every line the good, the missing and the damaged units; who signs for them, when, and photos."""

    signer = forms.CharField(
        label=gettext_lazy("Who took the goods in"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    received_on = forms.DateField(
        label=gettext_lazy("Day of arrival"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    camera = PhotosField(label=gettext_lazy("Take a photo"), most=1, required=False)
    photos = PhotosField(
        label=gettext_lazy("Photos from the album"),
        most=MOST_PHOTOS,
        required=False,
        help_text=gettext_lazy("Needed where goods are damaged; at most 6."),
    )
    note = forms.CharField(label=pgettext_lazy("of an acceptance", "Remark"), max_length=200, required=False)
    form_key = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    def __init__(self, *args: Any, standing: Sequence[LineStanding], part: Part, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.standing, self.part = standing, part
        self.fields["received_on"].initial = clock.today()
        camera = self.fields["camera"].widget.attrs
        # A camera takes one photo at a time; `capture` opens it at once.
        camera.pop("multiple", None)
        camera["capture"] = "environment"
        for line in standing:
            for kind in _KINDS:
                self.fields[f"{kind}_{line.line_id}"] = _units(kind, line)
            self.fields[f"reason_{line.line_id}"] = forms.CharField(
                label=_("What is damaged or missing"), max_length=200, required=False
            )
            self.fields[f"remedy_{line.line_id}"] = forms.ChoiceField(
                label=_("What should happen with them"),
                choices=Remedy.choices,
                initial=Remedy.MONEY.value,
                required=False,
                widget=forms.RadioSelect(attrs={"class": "tick"}),
            )

    def rows(self) -> list[dict[str, Any]]:
        """Return each line with its bound fields, for the template; `trouble`: something is not in order."""
        return [self._row(line) for line in self.standing]

    def _row(self, line: LineStanding) -> dict[str, Any]:
        names = (*_KINDS, "reason", "remedy")
        fields = {name: self[f"{name}_{line.line_id}"] for name in names}
        bad = [fields[kind] for kind in ("short", "damaged")]
        return {
            "line": line,
            **fields,
            "errors": [error for kind in _KINDS for error in fields[kind].errors],
            "trouble": any(field.value() not in (0, "0", "", None) for field in bad)
            or any(fields[name].errors for name in names),
        }

    def clean(self) -> dict[str, Any]:
        """Refuse more photos than fit, from camera and album together."""
        data = super().clean() or {}
        if len(data.get("camera") or []) + len(data.get("photos") or []) > MOST_PHOTOS:
            self.add_error("photos", _("At most %(most)d photos, please.") % {"most": MOST_PHOTOS})
        return data

    def counted(self) -> list[Counted]:
        """Return what was counted, from a valid form."""
        data = self.cleaned_data
        return [
            Counted(
                line_id=line.line_id,
                accepted=data.get(f"accepted_{line.line_id}") or 0,
                short=data.get(f"short_{line.line_id}") or 0,
                damaged=data.get(f"damaged_{line.line_id}") or 0,
                reason=data.get(f"reason_{line.line_id}") or "",
                remedy=data.get(f"remedy_{line.line_id}") or Remedy.MONEY,
            )
            for line in self.standing
        ]

    def arrival(self) -> Arrival:
        """Return which goods came and who signs for them, from a valid form."""
        data = self.cleaned_data
        part = self.part
        return Arrival(
            supplier_order_id=part.supplier_order.pk if part.supplier_order else None,
            parcel_id=part.parcel.pk if part.parcel else None,
            signer=data["signer"],
            received_on=data["received_on"],
            photos=[*(data["camera"] or []), *(data["photos"] or [])],
            form_key=data["form_key"],
        )

    def refuse(self, refused: ShopError) -> None:
        """Put a service's refusal at the field that it is about: a file's at the photos."""
        field = "photos" if refused.field == "file" else refused.field
        self.add_error(field if field in self.fields else None, str(refused))


def _units(kind: str, line: LineStanding) -> forms.IntegerField:
    labels = {
        "accepted": pgettext("units counted", "Good"),
        "short": pgettext("units counted", "Missing"),
        "damaged": pgettext("units counted", "Damaged"),
    }
    return forms.IntegerField(
        label=labels[kind],
        min_value=0,
        max_value=line.to_report,
        initial=line.to_report if kind == "accepted" else 0,
        required=False,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
