from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("worker", "0001_job_turns"),
    ]

    operations = [
        migrations.AddField(
            model_name="jobturn",
            name="begun_at",
            field=models.DateTimeField(null=True),
        ),
    ]
