"""Files that people upload as evidence: photos and papers. They are private; a page hands out short-lived links."""

import uuid

from django.db import models
from django.db.models import F, Q


class FileKind(models.TextChoices):
    PHOTO = "photo"
    DOCUMENT = "document"
    INVOICE = "invoice"


class FileAccount(models.Model):
    """How much one uploader's account holds, and its limits; changed by conditional UPDATE only."""

    name = models.CharField(max_length=80, primary_key=True)
    files = models.PositiveIntegerField(default=0)
    bytes = models.PositiveBigIntegerField(default=0)
    most_files = models.PositiveIntegerField(default=500)
    most_bytes = models.PositiveBigIntegerField(default=500 * 1024 * 1024)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(files__lte=F("most_files")) & Q(bytes__lte=F("most_bytes")),
                name="file_account_within_quota",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.files} files, {self.bytes} bytes"


class StoredFile(models.Model):
    """One uploaded file. `owner_type` and `owner_key` name what it is evidence of, in the owning app's words.

    A photo is shown once the worker has encoded it anew (`ready_at`); until then its upload lies unseen. One
    that turns out to be unreadable gets `failed_at` and is never shown. A removed one keeps its row.
    """

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=8, choices=FileKind.choices)
    owner_type = models.CharField(max_length=40)
    owner_key = models.CharField(max_length=64)
    account = models.ForeignKey(FileAccount, on_delete=models.PROTECT, related_name="held")
    name = models.CharField(max_length=120, help_text="as the uploader called it, cleaned")
    content_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField(help_text="bytes of the upload")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the upload")
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    uploaded_by = models.BigIntegerField(null=True, help_text="user, null for a guest")
    uploaded_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(help_text="when the worker may take it (again)")

    class Meta:
        indexes = [
            models.Index(fields=["owner_type", "owner_key"], name="file_owner"),
            models.Index(
                fields=["due_at"],
                condition=Q(ready_at=None, failed_at=None, removed_at=None),
                name="file_to_encode",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.owner_type} {self.owner_key}: {self.name}"
