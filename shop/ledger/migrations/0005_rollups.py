from django.db import migrations, models


def base():
    return [
        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
        ('demo', models.BooleanField()),
        ('booked_on', models.DateField(help_text='first day of the month in which they are booked')),
        ('relates_to', models.DateField(help_text='first day of the month to which they belong')),
        ('kind', models.CharField(max_length=10)),
        ('stage', models.CharField(max_length=10)),
        ('leg', models.CharField(max_length=10)),
        ('region', models.CharField(blank=True, max_length=50)),
        ('programme', models.CharField(blank=True, max_length=50)),
        ('eligibility', models.CharField(blank=True, max_length=10)),
        ('grade', models.CharField(blank=True, max_length=1)),
        ('ineligible_reason', models.CharField(blank=True, max_length=40)),
        ('rule_version', models.CharField(max_length=10)),
        ('fen', models.BigIntegerField()),
        ('ex_tax_fen', models.BigIntegerField()),
        ('units', models.BigIntegerField()),
        ('entries', models.BigIntegerField()),
    ]


BASE = (
    'demo', 'booked_on', 'region', 'programme', 'relates_to', 'kind', 'stage', 'leg',
    'eligibility', 'grade', 'ineligible_reason', 'rule_version',
)
BUYER = ('buyer_kind', 'credited_organisation', 'mode', 'channel')
GOODS = ('township', 'supplier', 'product', 'category', 'certification')


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0004_goods_in_dispute'),
    ]

    operations = [
        migrations.CreateModel(
            name='PlaceRollup',
            fields=base(),
            options={
                'indexes': [models.Index(fields=['demo', 'relates_to'], name='ledger_place_restated')],
                'constraints': [models.UniqueConstraint(fields=BASE, name='ledger_place_once')],
            },
        ),
        migrations.CreateModel(
            name='BuyerRollup',
            fields=[
                *base(),
                ('buyer_kind', models.CharField(blank=True, max_length=30)),
                ('credited_organisation', models.CharField(blank=True, max_length=40)),
                ('mode', models.CharField(blank=True, max_length=20)),
                ('channel', models.CharField(blank=True, max_length=30)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['demo', 'relates_to'], name='ledger_buyer_restated'),
                    models.Index(
                        fields=['credited_organisation', 'booked_on'],
                        condition=models.Q(('credited_organisation', ''), _negated=True),
                        name='ledger_buyer_unit',
                    ),
                ],
                'constraints': [models.UniqueConstraint(fields=(*BASE, *BUYER), name='ledger_buyer_once')],
            },
        ),
        migrations.CreateModel(
            name='GoodsRollup',
            fields=[
                *base(),
                ('township', models.CharField(blank=True, max_length=40)),
                ('supplier', models.CharField(blank=True, max_length=40)),
                ('product', models.CharField(blank=True, max_length=40)),
                ('category', models.CharField(blank=True, max_length=80)),
                ('certification', models.CharField(blank=True, max_length=80)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['demo', 'relates_to'], name='ledger_goods_restated'),
                    models.Index(fields=['supplier', 'booked_on'], name='ledger_goods_supplier'),
                ],
                'constraints': [models.UniqueConstraint(fields=(*BASE, *GOODS), name='ledger_goods_once')],
            },
        ),
        migrations.CreateModel(
            name='RollupMark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('folded_through', models.BigIntegerField(default=0)),
                ('folded_at', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='ledger_one_mark')],
            },
        ),
    ]
