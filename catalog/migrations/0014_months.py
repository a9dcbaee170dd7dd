from django.db import migrations

from marketplace.common.partitions.operations import partition_by_month


class Migration(migrations.Migration):
    dependencies = [("catalog", "0013_banners_audited")]

    operations = [
        partition_by_month("catalog_productview", key="day"),
        partition_by_month("catalog_searchquery", key="day"),
    ]
