"""What people type to put the ledger right, and to decide about it."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shop.buyers.models import Organisation
from shop.files.forms import DocumentField
from shop.ledger.book import Source
from shop.ledger.corrections import CORRECTABLE, NOTE_LENGTH
from shop.ledger.fact_models import CorrectionReason, EvidenceKind
from shop.regions.models import PartnerRegion, Programme
from shop.reporting.measures import BUYER_KINDS, CHANNELS, MODES

#: A dimension that stays as it is. No code begins like this.
KEEP = "="


class OrderForm(forms.Form):
    """Which order is to be corrected."""

    order = forms.CharField(label=_("Order number"), max_length=32)


class CorrectionForm(forms.Form):
    """One line of an order, its new values, why, and the paper that proves it."""

    source = forms.ChoiceField(label=_("Order line"))
    region = forms.ChoiceField(label=_("Region"), required=False)
    programme = forms.ChoiceField(label=_("Programme"), required=False)
    buyer_kind = forms.ChoiceField(label=_("Buyer kind"), required=False)
    credited_organisation = forms.ChoiceField(label=_("Credited organisation"), required=False)
    mode = forms.ChoiceField(label=_("Mode"), required=False)
    channel = forms.ChoiceField(label=_("Channel"), required=False)
    reason = forms.ChoiceField(label=_("Reason"), choices=CorrectionReason.choices)
    note = forms.CharField(label=_("What is wrong"), max_length=NOTE_LENGTH)
    attachment = DocumentField(
        label=_("Attachment"),
        help_text=_("A PDF or a photo of the paper that proves it."),
        error_messages={"required": _("A correction needs an attachment that proves it.")},
    )

    def __init__(self, *args: Any, sources: list[Source], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = list(BUYER_KINDS.items())
        units = list(Organisation.objects.order_by("name").values_list("code", "name"))
        choices: dict[str, list[tuple[str, Any]]] = {
            "region": list(PartnerRegion.objects.values_list("slug", "name_zh")),
            "programme": list(Programme.objects.order_by("pk").values_list("slug", "name_zh")),
            "buyer_kind": kinds,
            "credited_organisation": [("", _("No organisation")), *units],
            "mode": list(MODES.items()),
            "channel": list(CHANNELS.items()),
        }
        for name, values in choices.items():
            self._choices(name).choices = [(KEEP, _("Leave as it is")), *values]
            self._choices(name).initial = KEEP
        self._choices("source").choices = [(source.key, _title(source)) for source in sources]

    def _choices(self, name: str) -> forms.ChoiceField:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        return field

    @property
    def facts(self) -> dict[str, str]:
        """Return the new values; what is left as it is, is not there."""
        chosen = {name: self.cleaned_data[name] for name in CORRECTABLE if name in self.data}
        return {name: value for name, value in chosen.items() if value != KEEP}


def _title(source: Source) -> str:
    return f"{source.facts['line_number'] or source.key} {source.facts['product_name']}"


class EvidenceForm(forms.Form):
    """A fact about what proves an order: it holds, or does not any more."""

    kind = forms.ChoiceField(label=_("Kind of evidence"), choices=EvidenceKind.choices)
    payment_key = forms.ChoiceField(label=_("Payment"), required=False)
    holds = forms.TypedChoiceField(
        label=_("Does it hold"),
        coerce=lambda value: value == "1",
        choices=[("1", _("It holds")), ("0", _("It does not hold any more"))],
    )
    reference = forms.CharField(
        label=_("What it stands on"),
        max_length=120,
        help_text=_("The number of the invoice, of the bank's line or of the paper."),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        required=False,
        help_text=_("Needed when it does not hold any more."),
    )

    def __init__(self, *args: Any, payments: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["payment_key"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("All payments of the order")), *((key, key) for key in payments)]


class DecisionForm(forms.Form):
    """What another person says about a correction."""

    note = forms.CharField(label=_("Remark"), max_length=NOTE_LENGTH, required=False)


class CollisionForm(forms.Form):
    """Why both claims on a number are right, or the second one is not."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        error_messages={"required": _("Give a reason; it stands in the journal.")},
    )
