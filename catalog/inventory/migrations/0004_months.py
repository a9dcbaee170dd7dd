from django.db import migrations

from marketplace.common.partitions.operations import partition_by_month


class Migration(migrations.Migration):
    dependencies = [("inventory", "0003_stockitem_hold_seconds")]

    operations = [
        partition_by_month("inventory_stockmovement"),
    ]
