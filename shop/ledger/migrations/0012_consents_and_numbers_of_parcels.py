from typing import ClassVar

from django.db import migrations, models

from shop.core.append_only import AppendOnly


class Migration(migrations.Migration):

    dependencies: ClassVar = [
        ('ledger', '0011_evidence_is_append_only'),
    ]

    operations: ClassVar = [
        migrations.AlterField(
            model_name='evidencefact',
            name='kind',
            field=models.CharField(choices=[('channel_line', "Line of a channel's bill or of the bank"), ('acceptance', 'Acceptance report'), ('invoice', 'Invoice'), ('no_invoice', 'No invoice was asked for'), ('payment', 'Payment verified'), ('parcel', 'The courier number is of this parcel alone'), ('document', 'Document only, checked by two people')], max_length=16),
        ),
        migrations.CreateModel(
            name='ConsentDecision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('order_number', models.CharField(max_length=32)),
                ('organisation', models.CharField(help_text='code of the unit', max_length=40)),
                ('given', models.BooleanField()),
                ('decided_by', models.BigIntegerField()),
                ('decided_at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['order_number', 'id'], name='consent_of_order')],
                'constraints': [models.CheckConstraint(condition=models.Q(('organisation', ''), _negated=True), name='consent_for_somebody')],
            },
        ),
        AppendOnly("ledger_consentdecision"),
    ]
