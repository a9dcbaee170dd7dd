from django.db import migrations

from marketplace.common.partitions.operations import partition_by_month


class Migration(migrations.Migration):
    dependencies = [("audit", "0005_unmasked")]

    operations = [
        partition_by_month("audit_entry", key="created_at"),
    ]
