"""Who looks after a piece of work, and alarms that were raised."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from shop.operations import abuse_models

#: What the worker finds suspicious stands in a module of its own.
MORE_MODELS = (abuse_models,)


class WorkClaim(models.Model):
    """A person has taken a piece of work of the queue; it holds while `taken_at` is not before the work began."""

    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=40, help_text="primary key of the row that needs a person")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="work_taken")
    taken_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="work_taken_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}: {self.user_id}"


class Alert(models.Model):
    """Something has gone on for too long: from when to when, and when the named staff were told by mail."""

    kind = models.CharField(max_length=20)
    started_at = models.DateTimeField()
    mailed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind"], condition=Q(ended_at__isnull=True), name="alert_one_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.started_at:%Y-%m-%d %H:%M}"


class Restore(models.Model):
    """The shop was put back from a copy: of which moment, when, and when it had caught up with what happened since."""

    copied_at = models.DateTimeField()
    restored_at = models.DateTimeField()
    is_open = models.BooleanField(default=True, help_text="not caught up: nothing is sent to anybody yet")
    caught_up_at = models.DateTimeField(null=True)
    name = models.CharField(max_length=120, help_text="the folder of the backup")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["is_open"], condition=Q(is_open=True), name="restore_one_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.copied_at:%Y-%m-%d %H:%M}"
