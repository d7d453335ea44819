import django.db.models.deletion
from django.db import migrations, models

from shop.listings.marking import MarkChanges


class Migration(migrations.Migration):

    dependencies = [
        ('catalogue', '0032_category_exclude_from_menu_category_long_description'),
        ('listings', '0011_english_names_of_certificates'),
    ]

    operations = [
        migrations.CreateModel(
            name='SharePicture',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place', models.SlugField(blank=True, db_index=False, default='')),
                ('key', models.CharField(max_length=80, unique=True)),
                ('ready_at', models.DateTimeField(blank=True, null=True)),
                ('product', models.OneToOneField(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='share_picture', to='catalogue.product')),
            ],
        ),
        migrations.AddConstraint(
            model_name='sharepicture',
            constraint=models.UniqueConstraint(condition=models.Q(('product__isnull', True)), fields=('place',), name='share_picture_once'),
        ),
        migrations.AddConstraint(
            model_name='sharepicture',
            constraint=models.CheckConstraint(condition=models.Q(('product__isnull', True), ('place', ''), _connector='OR'), name='share_picture_of_one'),
        ),
        MarkChanges(['listings_sharepicture']),
    ]
