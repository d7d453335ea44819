from typing import ClassVar

from django.db import migrations

#: Lists count what is left; of a large catalogue few are sold out, and finding them would read every stock record.
_MAKE = """
CREATE INDEX partner_stockrecord_sold_out ON partner_stockrecord (product_id)
WHERE COALESCE(num_in_stock, 0) - COALESCE(num_allocated, 0) <= 0
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("listings", "0015_what_lists_show_of_reviews"),
        ("partner", "0006_auto_20200724_0909"),
    ]
    operations: ClassVar = [
        migrations.RunSQL(_MAKE, "DROP INDEX partner_stockrecord_sold_out"),
    ]
