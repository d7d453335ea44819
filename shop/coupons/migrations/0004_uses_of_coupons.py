from django.db import migrations


def write_uses(apps, schema_editor):
    """Give every coupon the last order that it was used for; of earlier ones nothing is known any more."""
    Coupon, CouponUse = (apps.get_model("coupons", name) for name in ("Coupon", "CouponUse"))
    known = Coupon.objects.exclude(order_number="").order_by("order_number", "state", "pk")
    uses = {coupon.order_number: coupon for coupon in known.iterator()}
    CouponUse.objects.bulk_create(
        [
            CouponUse(coupon=coupon, order_number=number, used_at=coupon.used_at or coupon.claimed_at)
            for number, coupon in uses.items()
        ],
        batch_size=1000,
    )


class Migration(migrations.Migration):

    dependencies = [("coupons", "0003_late_money_and_closed_accounts")]

    operations = [migrations.RunPython(write_uses, migrations.RunPython.noop)]
