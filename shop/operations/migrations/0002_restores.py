from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("operations", "0001_staff_desk"),
    ]

    operations = [
        migrations.CreateModel(
            name="Restore",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("copied_at", models.DateTimeField()),
                ("restored_at", models.DateTimeField()),
                ("is_open", models.BooleanField(default=True, help_text="not caught up: nothing is sent to anybody yet")),
                ("caught_up_at", models.DateTimeField(null=True)),
                ("name", models.CharField(help_text="the folder of the backup", max_length=120)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_open", True)), fields=("is_open",), name="restore_one_at_a_time"
                    )
                ],
            },
        ),
    ]
