"""Whose turn it is: what keeps two schedulers or two workers from running a job at the same time."""

from django.db import models


class JobTurn(models.Model):
    """The last interval in which a job was begun, and until when nobody else may begin it."""

    name = models.CharField(max_length=80, primary_key=True)
    interval = models.BigIntegerField(default=-1, help_text="whole intervals since 1970 at the last start")
    busy_until = models.DateTimeField(null=True)
    begun_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.name} #{self.interval}"
