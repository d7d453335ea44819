"""Form fields for photos and papers: refused at the field, before anything is stored."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from shop.files.exceptions import FileRefused
from shop.files.inspecting import inspect
from shop.files.models import FileKind

PHOTO_TYPES = "image/jpeg,image/png,image/webp"
DOCUMENT_TYPES = f"{PHOTO_TYPES},application/pdf"
INVOICE_TYPES = ".pdf,.ofd,.xml,application/pdf,application/xml"
#: Of one form together; the proxy in front takes no more.
MAX_TOTAL_BYTES = 40 * 1024 * 1024


class _SeveralFiles(forms.FileInput):
    allow_multiple_selected = True


class PhotosField(forms.FileField):
    """Several photos, `most` at the most; cleaned to a list of uploads, empty when there are none."""

    def __init__(self, *, most: int, **kwargs: Any) -> None:
        self.most = most
        super().__init__(widget=_SeveralFiles(attrs={"accept": PHOTO_TYPES}), **kwargs)

    def clean(self, data: Any, initial: Any = None) -> "list[UploadedFile[Any]]":
        """Return the uploads, or raise ValidationError naming the file that is not taken."""
        uploads: Sequence[Any] = data if isinstance(data, list | tuple) else [data] if data else []
        if not uploads:
            super().clean(None, initial)
            return []
        if len(uploads) > self.most:
            raise forms.ValidationError(
                _("At most %(most)d photos, please.") % {"most": self.most}, code="too_many"
            )
        if sum(upload.size or 0 for upload in uploads) > MAX_TOTAL_BYTES:
            raise forms.ValidationError(
                _("The photos have more than %(most)d MB together. Please choose fewer or smaller ones.")
                % {"most": MAX_TOTAL_BYTES // 1024 // 1024},
                code="too_large",
            )
        return [_checked(super(PhotosField, self).clean(upload), FileKind.PHOTO) for upload in uploads]


class DocumentField(forms.FileField):
    """One paper: a PDF or a photo of it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.FileInput(attrs={"accept": DOCUMENT_TYPES}), **kwargs)

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Return the upload, None when there is none, or raise ValidationError naming what is wrong with it."""
        upload = super().clean(data, initial)
        return _checked(upload, FileKind.DOCUMENT) if upload else None


class InvoiceField(forms.FileField):
    """The file of an electronic invoice: PDF, OFD or XML."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.FileInput(attrs={"accept": INVOICE_TYPES}), **kwargs)

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Return the upload, None when there is none, or raise ValidationError naming what is wrong with it."""
        upload = super().clean(data, initial)
        return _checked(upload, FileKind.INVOICE) if upload else None


def _checked(upload: "UploadedFile[Any]", kind: FileKind) -> "UploadedFile[Any]":
    try:
        inspect(upload, kind)
    except FileRefused as refused:
        raise forms.ValidationError(str(refused), code=refused.code) from refused
    upload.seek(0)
    return upload
