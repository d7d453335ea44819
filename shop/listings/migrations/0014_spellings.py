"""How what is sold may be typed, with keys that PostgreSQL compares by their bytes, as SQLite does."""

from django.db import migrations, models

from shop.listings.fulltext import IndexTokens
from shop.listings.marking import MarkChanges


def _compare_by_bytes(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute('ALTER TABLE listings_spelling ALTER COLUMN key TYPE varchar(60) COLLATE "C"')


class Migration(migrations.Migration):

    dependencies = [
        ('catalogue', '0032_category_exclude_from_menu_category_long_description'),
        ('listings', '0013_search_index_on_sqlite'),
    ]

    operations = [
        migrations.CreateModel(
            name='Spelling',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('goods', 'Goods'), ('region', 'Region'), ('supplier', 'Supplier'), ('category', 'Category')], max_length=8)),
                ('key', models.CharField(max_length=60)),
                ('ref', models.CharField(max_length=80)),
            ],
        ),
        migrations.RunPython(_compare_by_bytes, migrations.RunPython.noop),
        migrations.AddField(
            model_name='searchtext',
            name='form',
            field=models.PositiveSmallIntegerField(db_default=0, help_text='the rule by which it was written'),
        ),
        migrations.AddField(
            model_name='searchtext',
            name='phrase',
            field=models.CharField(db_default='', help_text='what it is called without its pack; several products share one', max_length=80),
        ),
        migrations.AddIndex(
            model_name='searchtext',
            index=models.Index(fields=['phrase', 'product'], name='search_phrase'),
        ),
        migrations.AddIndex(
            model_name='spelling',
            index=models.Index(fields=['kind', 'ref'], name='spelling_of'),
        ),
        migrations.AddConstraint(
            model_name='spelling',
            constraint=models.UniqueConstraint(fields=('kind', 'key', 'ref'), name='spelling_once'),
        ),
        # Adding the columns has rebuilt the table on SQLite, and its triggers are gone.
        IndexTokens(),
        MarkChanges(["listings_searchtext"]),
    ]
