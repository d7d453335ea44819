from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("accounts", "0008_consents")]
    operations: ClassVar = [
        migrations.AlterField(
            model_name="scopegrant",
            name="role",
            field=models.CharField(
                choices=[
                    ("staff", "Staff"),
                    ("finance", "Finance"),
                    ("liaison", "Liaison"),
                    ("auditor", "Auditor"),
                    ("preparer", "Preparer"),
                    ("reviewer", "Reviewer"),
                    ("releaser", "Releaser"),
                    ("supplier", "Supplier"),
                    ("buyer", "Buyer"),
                    ("approver", "Approver"),
                    ("acceptor", "Acceptor"),
                    ("unit_finance", "Unit Finance"),
                    ("owner", "Owner"),
                ],
                max_length=12,
            ),
        ),
    ]
