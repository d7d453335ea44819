from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("regions", "0012_targets_by_mode")]

    operations = [
        migrations.AddField(
            model_name="partnerregion",
            name="short_en",
            field=models.CharField(blank=True, default="", max_length=30),
        ),
        migrations.AddField(
            model_name="partnerregion",
            name="parent_en",
            field=models.CharField(blank=True, default="", max_length=80),
        ),
        migrations.AddField(
            model_name="township",
            name="name_en",
            field=models.CharField(blank=True, default="", max_length=80),
        ),
        migrations.AddField(
            model_name="village",
            name="name_en",
            field=models.CharField(blank=True, default="", max_length=80),
        ),
        migrations.AddField(
            model_name="village",
            name="speciality_en",
            field=models.CharField(blank=True, default="", max_length=300),
        ),
    ]
