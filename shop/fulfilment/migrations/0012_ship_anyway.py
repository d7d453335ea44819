from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('fulfilment', '0008_tracking_events_are_append_only'),
    ]

    operations = [
        migrations.AddField(
            model_name='supplierorder',
            name='ship_anyway_at',
            field=models.DateTimeField(help_text='since when a person lets it ship although its supplier is suspended', null=True),
        ),
    ]
