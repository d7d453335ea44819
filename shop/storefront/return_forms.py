"""What a buyer writes about goods that something is wrong with."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shop.core.exceptions import ShopError
from shop.core.fen import from_yuan, shown_yuan
from shop.core.forms import AmountField
from shop.files.forms import PhotosField
from shop.fulfilment.returns.models import ReturnKind, ReturnReason
from shop.fulfilment.returns.opening import DETAILS_LENGTH
from shop.fulfilment.returns.rules import MOST_PHOTOS, Claimable
from shop.fulfilment.returns.services import Claim


class ReturnForm(forms.Form):
    """Reason, wish, pieces of each line, an amount where less is asked, words and photos."""

    reason = forms.ChoiceField(
        label=gettext_lazy("What is wrong?"), choices=ReturnReason.choices, widget=forms.RadioSelect
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("What would you like?"), choices=ReturnKind.choices, widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, goods: Sequence[Claimable], freight_fen: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.goods = goods
        for one in goods:
            self.fields[f"units_{one.share.pk}"] = _units(one, only=len(goods) == 1)
        most = sum(one.worth_fen for one in goods)
        self.fields["amount"] = AmountField(
            label=_("Amount to ask back, in yuan"),
            required=False,
            help_text=_(
                "Empty: all that these pieces cost (all together ¥%(most)s). Less, and you keep the goods."
            )
            % {"most": shown_yuan(most)},
        )
        if freight_fen:
            self.fields["freight"] = forms.BooleanField(
                label=_("Ask the freight back too (at most ¥%(most)s)") % {"most": shown_yuan(freight_fen)},
                required=False,
                help_text=_(
                    "For goods that were damaged, spoiled, wrong or never came: the part that belongs to them."
                    " The shop decides about it."
                ),
            )
        self.fields["details"] = forms.CharField(
            label=_("What happened"),
            max_length=DETAILS_LENGTH,
            required=False,
            widget=forms.Textarea(attrs={"rows": 3}),
        )
        self.fields["photos"] = PhotosField(
            label=_("Photos"),
            most=MOST_PHOTOS,
            required=False,
            help_text=_(
                "Needed for damaged, spoiled or wrong goods, and for any fault of fresh goods. At most %(most)d."
            )
            % {"most": MOST_PHOTOS},
        )
        self.fields["form_key"] = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    def claim(self) -> Claim:
        """Return what is asked for; call after is_valid()."""
        data = self.cleaned_data
        amount = data.get("amount")
        return Claim(
            kind=data["kind"],
            reason=data["reason"],
            units_by_share={one.share.pk: data.get(f"units_{one.share.pk}") or 0 for one in self.goods},
            amount_fen=from_yuan(amount) if amount is not None else None,
            details=data["details"],
            photos=data["photos"] or (),
            form_key=data["form_key"],
            freight=bool(data.get("freight")),
        )

    def refuse(self, refused: ShopError) -> None:
        """Put a refusal at the field that it is about: a file's at the photos."""
        field = "photos" if refused.field == "file" else refused.field
        self.add_error(field if field in self.fields else None, str(refused))


def _units(one: Claimable, *, only: bool) -> forms.IntegerField:
    product = {"product": one.share.line.title, "most": one.units}
    return forms.IntegerField(
        label=_("%(product)s, pieces (at most %(most)d)") % product,
        min_value=0,
        max_value=one.units,
        initial=one.units if only else 0,
        required=False,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )


class AskShopForm(forms.Form):
    """Why the buyer does not agree with the supplier's refusal."""

    note = forms.CharField(
        label=gettext_lazy("Why do you not agree?"),
        max_length=200,
        error_messages={"required": gettext_lazy("Please say why; the other side reads it.")},
    )
