"""What somebody writes in a conversation."""

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from shop.conversations.models import MOST_PHOTOS, TEXT_LENGTH
from shop.conversations.services import Words
from shop.core.exceptions import ShopError
from shop.files.forms import PhotosField


class TalkForm(forms.Form):
    """Words, photos or both. How long the words may be is counted by the service, which knows line ends."""

    text = forms.CharField(
        label=pgettext_lazy("conversation", "Message"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": TEXT_LENGTH}),
    )
    photos = PhotosField(label=_("Photos"), most=MOST_PHOTOS, required=False)
    form_key = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"form_key": uuid4().hex})
        super().__init__(*args, **kwargs)
        self.fields["photos"].help_text = _("At most %(most)d, of 10 MB each.") % {"most": MOST_PHOTOS}

    def words(self) -> Words:
        """Return what is written; call after is_valid()."""
        data = self.cleaned_data
        return Words(data["text"], data["form_key"] or uuid4().hex, data["photos"] or ())

    def refuse(self, refused: ShopError) -> None:
        """Put a refusal at the field that it is about: a file's at the photos. Words sent too late get a new key."""
        if refused.code == "resent":
            data: Any = self.data
            self.data = renewed = data.copy()
            renewed["form_key"] = uuid4().hex
        field = "photos" if refused.field == "file" else refused.field
        self.add_error(field if field in self.fields else None, str(refused))
