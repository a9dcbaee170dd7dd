from django.db import migrations

from marketplace.common.audit.operations import audited


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_functions"), ("catalog", "0012_banners")]
    operations = [audited("catalog_banner", "catalog.banner", name="title")]
