"""Who did what to which thing, when and why; written by services, never changed."""

from django.db import models


class JournalEntry(models.Model):
    """One act of one person (or of the shop itself: actor_id null). Append-only by trigger."""

    at = models.DateTimeField(db_index=True)
    actor_id = models.BigIntegerField(null=True)
    action = models.CharField(max_length=64)
    object_type = models.CharField(max_length=64)
    object_key = models.CharField(max_length=64)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    reason = models.CharField(max_length=300, default="", blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["object_type", "object_key", "at"], name="journal_object"),
            models.Index(fields=["actor_id", "-id"], name="journal_actor"),
            models.Index(fields=["action", "-id"], name="journal_action"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.action} {self.object_type} {self.object_key}"
