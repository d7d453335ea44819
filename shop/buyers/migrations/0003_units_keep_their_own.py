import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("buyers", "0002_more_roles_of_members"), ("files", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="organisation",
            name="parent",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="sub_units",
                to="buyers.organisation",
            ),
        ),
        migrations.AddConstraint(
            model_name="organisation",
            constraint=models.CheckConstraint(
                condition=Q(("parent__isnull", True), Q(("parent", F("id")), _negated=True), _connector="OR"),
                name="organisation_not_its_own_parent",
            ),
        ),
        migrations.CreateModel(
            name="OrganisationPaper",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("credit_certificate", "Certificate with the unified social credit code"),
                            ("union_registration", "Registration of a trade union"),
                            ("authorisation", "Authorisation of the person in charge"),
                            ("other", "Another paper"),
                        ],
                        max_length=20,
                    ),
                ),
                ("number", models.CharField(blank=True, default="", max_length=60)),
                ("issued_on", models.DateField(null=True)),
                ("expires_on", models.DateField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("uploaded", "Waiting to be checked"),
                            ("verified", "Checked"),
                            ("refused", "Not accepted"),
                            ("replaced", "Replaced by a newer one"),
                        ],
                        default="uploaded",
                        max_length=10,
                    ),
                ),
                ("uploaded_by", models.BigIntegerField()),
                ("uploaded_at", models.DateTimeField()),
                ("checked_by", models.BigIntegerField(null=True)),
                ("checked_at", models.DateTimeField(null=True)),
                ("refusal", models.CharField(blank=True, default="", max_length=200)),
                (
                    "file",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="organisation_paper",
                        to="files.storedfile",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="papers",
                        to="buyers.organisation",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=Q(("state", "uploaded")),
                        fields=["uploaded_at"],
                        name="organisation_paper_to_check",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(
                            ("issued_on", None),
                            ("expires_on", None),
                            ("expires_on__gte", F("issued_on")),
                            _connector="OR",
                        ),
                        name="organisation_paper_dates",
                    ),
                    models.CheckConstraint(
                        condition=Q(
                            Q(("state__in", ["verified", "refused"]), _negated=True),
                            Q(
                                ("checked_at__isnull", False),
                                ("checked_by__isnull", False),
                                Q(("checked_by", F("uploaded_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="organisation_paper_checked_by_another",
                    ),
                    models.UniqueConstraint(
                        condition=Q(
                            ("kind__in", ["credit_certificate", "union_registration"]), ("state", "verified")
                        ),
                        fields=("organisation", "kind"),
                        name="organisation_paper_one_holds",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("buyer", "Buyer"),
                            ("approver", "Approver"),
                            ("acceptor", "Acceptor"),
                            ("finance", "Finance"),
                            ("owner", "Owner"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "phone",
                    models.CharField(
                        blank=True, default="", help_text="E.164; empty once it is closed", max_length=20
                    ),
                ),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("invited_by", models.BigIntegerField()),
                ("invited_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("accepted_by", models.BigIntegerField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invitations",
                        to="buyers.organisation",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=Q(("closed_at", None)), fields=["expires_at"], name="invitation_runs_out"
                    ),
                    models.Index(
                        condition=Q(("closed_at", None)), fields=["phone"], name="invitation_of_number"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=Q(("closed_at", None)),
                        fields=("organisation", "phone", "role"),
                        name="invitation_open_once",
                    ),
                    models.CheckConstraint(
                        condition=Q(
                            Q(("closed_at", None), Q(("phone", ""), _negated=True)),
                            Q(("closed_at__isnull", False), ("phone", "")),
                            _connector="OR",
                        ),
                        name="invitation_closed_without_number",
                    ),
                    models.CheckConstraint(
                        condition=Q(("accepted_by", None), ("closed_at__isnull", False), _connector="OR"),
                        name="invitation_accepted_closed",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="InvoiceProfile",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("title", models.CharField(max_length=80)),
                ("tax_number", models.CharField(blank=True, default="", max_length=18)),
                ("address", models.CharField(blank=True, default="", max_length=120)),
                ("phone", models.CharField(blank=True, default="", max_length=20)),
                ("bank", models.CharField(blank=True, default="", max_length=80)),
                ("account", models.CharField(blank=True, default="", max_length=40)),
                (
                    "email",
                    models.CharField(
                        blank=True, default="", help_text="where they are sent", max_length=254
                    ),
                ),
                ("saved_by", models.BigIntegerField()),
                ("saved_at", models.DateTimeField()),
                (
                    "organisation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invoice_profile",
                        to="buyers.organisation",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(("title", ""), _negated=True), name="invoice_profile_has_title"
                    ),
                    models.CheckConstraint(
                        condition=Q(
                            Q(("bank", ""), ("account", "")),
                            Q(
                                Q(("bank", ""), _negated=True),
                                Q(("account", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="invoice_profile_whole_account",
                    ),
                ],
            },
        ),
    ]
