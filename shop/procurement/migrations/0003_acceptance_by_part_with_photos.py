import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """What was rejected so far was damaged: each had its reason."""

    dependencies = [
        ("fulfilment", "0001_initial"),
        ("ordering", "0012_replacements_are_signed_for"),
        ("procurement", "0002_invoice_wish"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="acceptanceline", name="acceptance_line_units"),
        migrations.RemoveConstraint(model_name="acceptanceline", name="acceptance_rejection_has_reason"),
        migrations.RenameField(
            model_name="acceptanceline", old_name="rejected_units", new_name="damaged_units"
        ),
        migrations.AddField(
            model_name="acceptanceline",
            name="short_units",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="acceptanceline",
            name="remedy",
            field=models.CharField(
                choices=[("money", "Do not pay for them"), ("reship", "Send them again")],
                default="money",
                max_length=6,
            ),
        ),
        migrations.AddField(
            model_name="acceptanceline",
            name="reshipment",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="acceptance_line",
                to="ordering.reshipment",
            ),
        ),
        migrations.AddField(
            model_name="acceptancereport",
            name="supplier_order",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="acceptance_reports",
                to="fulfilment.supplierorder",
            ),
        ),
        migrations.AddField(
            model_name="acceptancereport",
            name="parcel",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="acceptance_reports",
                to="fulfilment.parcel",
            ),
        ),
        migrations.AddField(
            model_name="acceptancereport",
            name="signer",
            field=models.CharField(
                blank=True,
                default="",
                help_text="who took the goods in and signs for them",
                max_length=60,
            ),
        ),
        migrations.AddField(
            model_name="acceptancereport",
            name="received_on",
            field=models.DateField(help_text="the day on which the goods came", null=True),
        ),
        migrations.AddField(
            model_name="acceptancereport",
            name="form_key",
            field=models.CharField(
                blank=True, default="", help_text="of the form that reported it", max_length=40
            ),
        ),
        migrations.AddConstraint(
            model_name="acceptanceline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("accepted_units__gt", 0),
                    ("short_units__gt", 0),
                    ("damaged_units__gt", 0),
                    _connector="OR",
                ),
                name="acceptance_line_units",
            ),
        ),
        migrations.AddConstraint(
            model_name="acceptanceline",
            constraint=models.CheckConstraint(
                condition=models.Q(("damaged_units", 0), models.Q(("reason", ""), _negated=True), _connector="OR"),
                name="acceptance_damage_has_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="acceptanceline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("reshipment__isnull", True), ("remedy", "reship"), _connector="OR"
                ),
                name="acceptance_reshipment_asked_for",
            ),
        ),
        migrations.AddConstraint(
            model_name="acceptancereport",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("supplier_order__isnull", True), ("parcel__isnull", True), _connector="OR"
                ),
                name="acceptance_of_one_part",
            ),
        ),
        migrations.AddConstraint(
            model_name="acceptancereport",
            constraint=models.UniqueConstraint(
                condition=models.Q(("form_key", ""), _negated=True),
                fields=("record", "form_key"),
                name="acceptance_form_once",
            ),
        ),
    ]
