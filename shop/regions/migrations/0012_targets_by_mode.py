from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("regions", "0002_content")]

    operations = [
        migrations.AddField(
            model_name="supporttarget",
            name="mode",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "Both modes together"),
                    ("direct", "Direct purchase"),
                    ("assisted", "Assisted sale"),
                ],
                default="",
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="supporttarget",
            name="decided_on",
            field=models.DateField(blank=True, help_text="the date of the task statement", null=True),
        ),
        migrations.RemoveConstraint(model_name="supporttarget", name="target_once"),
        migrations.AddConstraint(
            model_name="supporttarget",
            constraint=models.UniqueConstraint(
                fields=("region", "programme", "year", "mode", "demo"), name="target_once_by_mode"
            ),
        ),
        migrations.AddConstraint(
            model_name="supporttarget",
            constraint=models.CheckConstraint(
                condition=models.Q(("mode__in", ["", "direct", "assisted"])), name="target_mode_known"
            ),
        ),
    ]
