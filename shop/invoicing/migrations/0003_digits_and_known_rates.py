from typing import ClassVar

import django.db.models.lookups
from django.db import migrations, models

from shop.core.append_only import AppendOnlyAgain


class Migration(migrations.Migration):
    dependencies: ClassVar = [("invoicing", "0002_append_only")]
    operations: ClassVar = [
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=django.db.models.lookups.Exact(
                    models.Func(
                        models.F("number"),
                        models.Value("0123456789"),
                        function="LTRIM",
                        output_field=models.CharField(),
                    ),
                    models.Value(""),
                ),
                name="invoice_number_digits",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoiceline",
            constraint=models.CheckConstraint(
                condition=django.db.models.lookups.Exact(
                    models.Func(
                        models.F("tax_code"),
                        models.Value("0123456789"),
                        function="LTRIM",
                        output_field=models.CharField(),
                    ),
                    models.Value(""),
                ),
                name="invoice_line_tax_code_digits",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoiceline",
            constraint=models.CheckConstraint(
                condition=models.Q(("rate_percent__in", (0, 1, 3, 5, 6, 9, 13))),
                name="invoice_line_known_rate",
            ),
        ),
        AppendOnlyAgain("invoicing_invoice"),
        AppendOnlyAgain("invoicing_invoiceline"),
    ]
