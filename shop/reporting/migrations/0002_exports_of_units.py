from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reporting", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="exportjob",
            name="organisation",
            field=models.CharField(
                blank=True, default="", help_text="code of the unit whose file it is", max_length=40
            ),
        ),
        migrations.AlterField(
            model_name="exportjob",
            name="kind",
            field=models.CharField(help_text="the end of the file's name: xlsx, csv, json, pdf, zip", max_length=8),
        ),
    ]
