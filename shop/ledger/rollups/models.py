"""Sums of the ledger by month and dimensions, and up to which entry they are folded in.

A rollup names its columns as an entry does, so that one condition narrows both. Its months are first days: what
it is booked in (`booked_on`, the series as reported) and what it belongs to (`relates_to`, else the month it is
booked in: the restated series).
"""

from typing import Any, ClassVar

from django.db import models

#: What every rollup is broken down by, months first: the order of its unique index.
BASE = (
    *("demo", "booked_on", "region", "programme", "relates_to", "kind", "stage", "leg"),
    *("eligibility", "grade", "ineligible_reason", "rule_version"),
)
PLACE: tuple[str, ...] = ()
BUYER = ("buyer_kind", "credited_organisation", "mode", "channel")
GOODS = ("township", "supplier", "product", "category", "certification")
SUMS = ("fen", "ex_tax_fen", "units", "entries")


class Rollup(models.Model):
    """Sums of the folded entries that agree on all dimensions."""

    dimensions: ClassVar[tuple[str, ...]] = BASE

    demo = models.BooleanField()
    booked_on = models.DateField(help_text="first day of the month in which they are booked")
    relates_to = models.DateField(help_text="first day of the month to which they belong")
    kind = models.CharField(max_length=10)
    stage = models.CharField(max_length=10)
    leg = models.CharField(max_length=10)
    region = models.CharField(max_length=50, blank=True)
    programme = models.CharField(max_length=50, blank=True)
    eligibility = models.CharField(max_length=10, blank=True)
    grade = models.CharField(max_length=1, blank=True)
    ineligible_reason = models.CharField(max_length=40, blank=True)
    rule_version = models.CharField(max_length=10)
    fen = models.BigIntegerField()
    ex_tax_fen = models.BigIntegerField()
    units = models.BigIntegerField()
    entries = models.BigIntegerField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.booked_on:%Y-%m} {self.region} {self.kind} {self.stage} {self.leg} {self.fen}"


def _unique(names: tuple[str, ...], name: str) -> list[models.BaseConstraint]:
    return [models.UniqueConstraint(fields=list(names), name=name)]


def _restated(name: str) -> list[Any]:
    return [models.Index(fields=["demo", "relates_to"], name=name)]


class PlaceRollup(Rollup):
    """By region and programme: the smallest, for the report and the month curves."""

    class Meta:
        constraints = _unique(BASE, "ledger_place_once")
        indexes = _restated("ledger_place_restated")


class BuyerRollup(Rollup):
    """The same by who bought, how and where."""

    dimensions: ClassVar[tuple[str, ...]] = (*BASE, *BUYER)

    buyer_kind = models.CharField(max_length=30, blank=True)
    credited_organisation = models.CharField(max_length=40, blank=True)
    mode = models.CharField(max_length=20, blank=True)
    channel = models.CharField(max_length=30, blank=True)

    class Meta:
        constraints = _unique((*BASE, *BUYER), "ledger_buyer_once")
        indexes = [
            *_restated("ledger_buyer_restated"),
            models.Index(
                fields=["credited_organisation", "booked_on"],
                condition=~models.Q(credited_organisation=""),
                name="ledger_buyer_unit",
            ),
        ]


class GoodsRollup(Rollup):
    """The same by what was bought, of whom, from which township."""

    dimensions: ClassVar[tuple[str, ...]] = (*BASE, *GOODS)

    township = models.CharField(max_length=40, blank=True)
    supplier = models.CharField(max_length=40, blank=True)
    product = models.CharField(max_length=40, blank=True)
    category = models.CharField(max_length=80, blank=True)
    certification = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = _unique((*BASE, *GOODS), "ledger_goods_once")
        indexes = [
            *_restated("ledger_goods_restated"),
            models.Index(fields=["supplier", "booked_on"], name="ledger_goods_supplier"),
        ]


class RollupMark(models.Model):
    """One row: entries up to this id are in the rollups, those behind it are the tail."""

    folded_through = models.BigIntegerField(default=0)
    folded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="ledger_one_mark")]

    def __str__(self) -> str:
        return f"folded through {self.folded_through}"


ROLLUPS: tuple[type[Rollup], ...] = (PlaceRollup, BuyerRollup, GoodsRollup)
