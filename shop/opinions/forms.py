"""What buyers, suppliers and staff type about reviews."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shop.core.exceptions import ShopError
from shop.files.forms import PhotosField
from shop.opinions.review_models import REASON_LENGTH, TEXT_LENGTH
from shop.opinions.reviews import MOST_PHOTOS, ReviewDraft

STARS = (
    ("5", _("5 stars: very good")),
    ("4", _("4 stars: good")),
    ("3", _("3 stars: as expected")),
    ("2", _("2 stars: not so good")),
    ("1", _("1 star: bad")),
)


class ReviewForm(forms.Form):
    """Stars, words and photos of one line."""

    stars = forms.ChoiceField(label=_("How good are the goods?"), choices=STARS, widget=forms.RadioSelect)
    text = forms.CharField(
        label=_("What would you tell others?"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "maxlength": TEXT_LENGTH}),
    )
    photos = PhotosField(
        label=_("Photos"),
        most=MOST_PHOTOS,
        required=False,
        help_text=_(
            "At most three. They are shown without the place and time that a camera writes into them."
        ),
    )

    def draft(self) -> ReviewDraft:
        """Return what was written; call after is_valid()."""
        data: dict[str, Any] = self.cleaned_data
        return ReviewDraft(stars=int(data["stars"]), text=data["text"], photos=data["photos"] or ())

    def refuse(self, refused: ShopError) -> None:
        """Put a refusal at the field that it is about: a file's at the photos."""
        field = "photos" if refused.field == "file" else refused.field
        self.add_error(field if field in self.fields else None, str(refused))


class ReplyForm(forms.Form):
    """The supplier's reply to one review."""

    reply = forms.CharField(
        label=_("Your reply"), max_length=TEXT_LENGTH, widget=forms.Textarea(attrs={"rows": 3})
    )


class HideForm(forms.Form):
    """Why a review is taken off."""

    reason = forms.CharField(label=_("Reason"), max_length=REASON_LENGTH)
