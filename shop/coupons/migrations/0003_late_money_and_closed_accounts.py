import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('coupons', '0002_campaigns_mark_changes'),
    ]

    operations = [
        migrations.AddField(
            model_name='coupon',
            name='is_closed',
            field=models.BooleanField(default=False, help_text="its person's account is closed, see ClosedClaim"),
        ),
        migrations.CreateModel(
            name='CouponUse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('order_number', models.CharField(max_length=32, unique=True)),
                ('used_at', models.DateTimeField()),
                ('coupon', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='uses', to='coupons.coupon')),
            ],
        ),
        migrations.CreateModel(
            name='ClosedClaim',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(max_length=64)),
                ('coupons', models.PositiveSmallIntegerField()),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='closed_claims', to='coupons.campaign')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('campaign', 'digest'), name='closed_claim_once')],
            },
        ),
    ]
