from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("accounts", "0005_sign_ins")]
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
                ],
                max_length=12,
            ),
        ),
    ]
