"""Who gets the goods of a request: a list of people, kept only as long as it is needed.

Names, numbers and addresses stand in these tables and in no other: not in the journal, in no event, in no upload of
`UploadFile`. A list that nobody confirms is deleted, a confirmed one is erased after `Roster.erase_on`; how many people
it had, in which provinces, stays with the order.
"""

from django.db import models
from django.db.models import F, Q

_REQUEST = "procurement.PurchaseRequest"


class RosterFile(models.Model):
    """A list of people that was read without a fault and waits for its buyer's yes; one for a request."""

    request = models.OneToOneField(_REQUEST, on_delete=models.CASCADE, related_name="roster_file")
    name = models.CharField(max_length=120)
    digest = models.CharField(max_length=64)
    people = models.JSONField(
        help_text="[row, name, phone, department, province, city, county, street, sets], in file order"
    )
    doubts = models.JSONField(default=list, help_text="rows that share a number: [[2, 7], …]")
    uploaded_by = models.BigIntegerField()
    uploaded_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.request_id} {self.name}"


class Roster(models.Model):
    """The people of a request, confirmed. Its sums stay when they are erased."""

    request = models.OneToOneField(_REQUEST, on_delete=models.PROTECT, related_name="roster")
    name = models.CharField(max_length=120)
    digest = models.CharField(max_length=64, help_text="of the people; part of what is approved")
    headcount = models.PositiveIntegerField()
    sets = models.PositiveIntegerField(help_text="the request's goods are shared out evenly over them")
    destinations = models.JSONField(
        help_text="[province, sets of a parcel, parcels]; the province of departments is empty: the unit's"
    )
    confirmed_by = models.BigIntegerField()
    confirmed_at = models.DateTimeField()
    erase_on = models.DateField(db_index=True, help_text="from this day on its people are erased")
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(headcount__gt=0) & Q(sets__gte=F("headcount")), name="roster_of_somebody"
            )
        ]

    def __str__(self) -> str:
        return f"{self.request_id}: {self.headcount}"

    @property
    def parcels(self) -> int:
        """Return to how many addresses one supplier ships."""
        return sum(parcels for _province, _sets, parcels in self.destinations)

    @property
    def departments(self) -> int:
        """Return how many departments get a parcel together."""
        return sum(parcels for province, _sets, parcels in self.destinations if not province)

    @property
    def provinces(self) -> list[str]:
        """Return the provinces of people with an address of their own."""
        return sorted({province for province, _sets, _parcels in self.destinations if province})


class RosterPerson(models.Model):
    """Somebody who gets one set of the goods or several, at an address of their own or with their department."""

    roster = models.ForeignKey(Roster, on_delete=models.CASCADE, related_name="people")
    number = models.PositiveIntegerField(help_text="in the order of the list, from 1")
    name = models.CharField(max_length=60, default="", blank=True)
    phone = models.CharField(max_length=20, default="", blank=True)
    department = models.CharField(max_length=60, default="", blank=True)
    province = models.CharField(max_length=20, default="", blank=True)
    city = models.CharField(max_length=40, default="", blank=True)
    county = models.CharField(max_length=40, default="", blank=True)
    street = models.CharField(max_length=200, default="", blank=True)
    sets = models.PositiveSmallIntegerField(default=1)
    signed_on = models.DateField(null=True, help_text="as noted off the paper that they signed")
    signed_noted_by = models.BigIntegerField(null=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["roster", "number"], name="roster_person_once"),
            models.CheckConstraint(condition=Q(sets__gt=0), name="roster_person_gets_something"),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True)
                | Q(name="", phone="", department="", city="", county="", street=""),
                name="roster_person_erased_is_nobody",
            ),
        ]
        ordering = ["number"]

    def __str__(self) -> str:
        return f"{self.roster_id} {self.number}"
