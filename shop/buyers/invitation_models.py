"""Invitations to act for an organisation: to one mobile number, in one role, for a few days, once."""

from django.db import models
from django.db.models import Q

from shop.buyers.roles import MemberRole


class Invitation(models.Model):
    """An offer to a person who proves that the number is theirs. Closed ones keep no number.

    The link's token is not kept, only its SHA-256. `accepted_by` is null for one that was withdrawn or ran out.
    """

    organisation = models.ForeignKey(
        "buyers.Organisation", on_delete=models.PROTECT, related_name="invitations"
    )
    role = models.CharField(max_length=10, choices=MemberRole.choices)
    phone = models.CharField(
        max_length=20, default="", blank=True, help_text="E.164; empty once it is closed"
    )
    digest = models.CharField(max_length=64, unique=True)
    invited_by = models.BigIntegerField()
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_by = models.BigIntegerField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "phone", "role"],
                condition=Q(closed_at=None),
                name="invitation_open_once",
            ),
            models.CheckConstraint(
                condition=(Q(closed_at=None) & ~Q(phone="")) | Q(closed_at__isnull=False, phone=""),
                name="invitation_closed_without_number",
            ),
            models.CheckConstraint(
                condition=Q(accepted_by=None) | Q(closed_at__isnull=False), name="invitation_accepted_closed"
            ),
        ]
        indexes = [
            models.Index(fields=["expires_at"], condition=Q(closed_at=None), name="invitation_runs_out"),
            models.Index(fields=["phone"], condition=Q(closed_at=None), name="invitation_of_number"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.role} {self.invited_at:%Y-%m-%d}"
