import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("procurement", "0013_prices_asked_and_offered")]

    operations = [
        migrations.CreateModel(
            name="RosterFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                ("digest", models.CharField(max_length=64)),
                (
                    "people",
                    models.JSONField(
                        help_text="[row, name, phone, department, province, city, county, street, sets], in file order"
                    ),
                ),
                (
                    "doubts",
                    models.JSONField(default=list, help_text="rows that share a number: [[2, 7], …]"),
                ),
                ("uploaded_by", models.BigIntegerField()),
                ("uploaded_at", models.DateTimeField()),
                (
                    "request",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="roster_file",
                        to="procurement.purchaserequest",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Roster",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                (
                    "digest",
                    models.CharField(help_text="of the people; part of what is approved", max_length=64),
                ),
                ("headcount", models.PositiveIntegerField()),
                (
                    "sets",
                    models.PositiveIntegerField(
                        help_text="the request's goods are shared out evenly over them"
                    ),
                ),
                (
                    "destinations",
                    models.JSONField(
                        help_text=(
                            "[province, sets of a parcel, parcels]; the province of departments is empty: the unit's"
                        )
                    ),
                ),
                ("confirmed_by", models.BigIntegerField()),
                ("confirmed_at", models.DateTimeField()),
                (
                    "erase_on",
                    models.DateField(db_index=True, help_text="from this day on its people are erased"),
                ),
                ("erased_at", models.DateTimeField(null=True)),
                (
                    "request",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="roster",
                        to="procurement.purchaserequest",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("headcount__gt", 0), ("sets__gte", models.F("headcount"))),
                        name="roster_of_somebody",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RosterPerson",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(help_text="in the order of the list, from 1")),
                ("name", models.CharField(blank=True, default="", max_length=60)),
                ("phone", models.CharField(blank=True, default="", max_length=20)),
                ("department", models.CharField(blank=True, default="", max_length=60)),
                ("province", models.CharField(blank=True, default="", max_length=20)),
                ("city", models.CharField(blank=True, default="", max_length=40)),
                ("county", models.CharField(blank=True, default="", max_length=40)),
                ("street", models.CharField(blank=True, default="", max_length=200)),
                ("sets", models.PositiveSmallIntegerField(default=1)),
                (
                    "signed_on",
                    models.DateField(help_text="as noted off the paper that they signed", null=True),
                ),
                ("signed_noted_by", models.BigIntegerField(null=True)),
                ("erased_at", models.DateTimeField(null=True)),
                (
                    "roster",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="people",
                        to="procurement.roster",
                    ),
                ),
            ],
            options={
                "ordering": ["number"],
                "constraints": [
                    models.UniqueConstraint(fields=("roster", "number"), name="roster_person_once"),
                    models.CheckConstraint(
                        condition=models.Q(("sets__gt", 0)), name="roster_person_gets_something"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("erased_at__isnull", True),
                            models.Q(
                                ("city", ""),
                                ("county", ""),
                                ("department", ""),
                                ("name", ""),
                                ("phone", ""),
                                ("street", ""),
                            ),
                            _connector="OR",
                        ),
                        name="roster_person_erased_is_nobody",
                    ),
                ],
            },
        ),
    ]
