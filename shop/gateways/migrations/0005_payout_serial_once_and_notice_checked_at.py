from typing import ClassVar

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def key_payouts(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Give transfers back their serial as a key; where two share one, the first keeps it."""
    executions = apps.get_model("gateways", "RefundExecution").objects
    seen: set[str] = set()
    paid_out = executions.filter(payment__provider="bank_transfer", state__in=("sent", "executed"))
    for execution in paid_out.exclude(provider_reference="").order_by("pk"):
        serial = "".join(execution.provider_reference.upper().split())[:40]
        if serial not in seen:
            seen.add(serial)
            executions.filter(pk=execution.pk).update(payout_serial=serial)


class Migration(migrations.Migration):
    dependencies: ClassVar = [("gateways", "0001_initial")]
    operations: ClassVar = [
        migrations.AddField(
            model_name="paymentnotice",
            name="checked_at",
            field=models.DateTimeField(help_text="when a person looked into one nobody knows", null=True),
        ),
        migrations.AddField(
            model_name="refundexecution",
            name="payout_serial",
            field=models.CharField(
                blank=True,
                default="",
                help_text="of the bank line of a transfer back, as its key",
                max_length=40,
            ),
        ),
        migrations.RunPython(key_payouts, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="refundexecution",
            constraint=models.UniqueConstraint(
                condition=models.Q(("payout_serial", ""), _negated=True),
                fields=("payout_serial",),
                name="payout_serial_once",
            ),
        ),
    ]
