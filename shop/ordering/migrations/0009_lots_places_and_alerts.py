import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ordering", "0008_staff_desk"),
        ("partner", "0007_partneraddress_code"),
        ("suppliers", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="stockbalance",
            name="expires_on",
            field=models.DateField(blank=True, help_text="of its lot", null=True),
        ),
        migrations.AddField(
            model_name="stockbalance", name="version", field=models.PositiveIntegerField(default=0)
        ),
        migrations.AlterField(
            model_name="stockbalance",
            name="pool",
            field=models.CharField(default="retail", help_text="retail, bulk or withheld from sale", max_length=10),
        ),
        migrations.AlterField(
            model_name="stockbalance",
            name="lot",
            field=models.CharField(blank=True, default="", help_text="code of the GoodsLot", max_length=40),
        ),
        migrations.AlterField(
            model_name="stockbalance",
            name="location",
            field=models.CharField(blank=True, default="", help_text="code of the StockLocation", max_length=40),
        ),
        migrations.AddConstraint(
            model_name="stockbalance",
            constraint=models.CheckConstraint(
                condition=models.Q(("expires_on__isnull", True), models.Q(("lot", ""), _negated=True), _connector="OR"),
                name="stock_expires_by_lot",
            ),
        ),
        migrations.CreateModel(
            name="BuyerLock",
            fields=[("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")), ("key", models.CharField(max_length=40, unique=True))],
        ),
        migrations.CreateModel(
            name="GoodsLot",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=40)),
                ("produced_on", models.DateField(blank=True, null=True)),
                ("expires_on", models.DateField(blank=True, null=True)),
                ("received_units", models.PositiveIntegerField(default=0)),
                ("stockrecord", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="lots", to="partner.stockrecord")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("stockrecord", "code"), name="lot_once"),
                    models.CheckConstraint(condition=models.Q(("code", ""), _negated=True), name="lot_has_a_code"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("produced_on__isnull", True),
                            ("expires_on__isnull", True),
                            ("expires_on__gte", models.F("produced_on")),
                            _connector="OR",
                        ),
                        name="lot_expires_after_it_is_made",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StockLocation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=40, unique=True)),
                ("name", models.CharField(max_length=60)),
                ("supplier", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="stock_locations", to="suppliers.supplier")),
            ],
            options={
                "ordering": ["code"],
                "constraints": [models.CheckConstraint(condition=models.Q(("code", ""), _negated=True), name="location_has_a_code")],
            },
        ),
        migrations.CreateModel(
            name="StockRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("low_at", models.PositiveIntegerField(blank=True, help_text="at so many units it is low", null=True)),
                ("unsold_days", models.PositiveSmallIntegerField(blank=True, help_text="so many days before it expires a lot is no longer sold", null=True)),
                ("stockrecord", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="stock_rule", to="partner.stockrecord")),
            ],
        ),
        migrations.CreateModel(
            name="StockAlert",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("stuck", "Promised, but past its date"), ("expired", "Past its date"), ("out", "Sold out"), ("expiring", "Expires soon"), ("low", "Running low")], max_length=10)),
                ("lot", models.CharField(blank=True, default="", max_length=40)),
                ("units", models.PositiveIntegerField(help_text="left, or of the lot, when it was last looked at")),
                ("on", models.DateField(help_text="the day that the lot expires", null=True)),
                ("since", models.DateTimeField()),
                ("stockrecord", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="stock_alerts", to="partner.stockrecord")),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("stockrecord", "kind", "lot"), name="stock_alert_once")],
            },
        ),
    ]
