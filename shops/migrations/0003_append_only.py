"""A shop's history is never rewritten."""

from django.db import migrations

from marketplace.common.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("shops", "0002_index_locations_by_place")]
    operations = [append_only("shops_shopstatuschange")]
