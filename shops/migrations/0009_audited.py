from django.db import migrations

from marketplace.common.audit.operations import audited


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_functions"), ("shops", "0008_holidays")]
    operations = [
        audited("shops_shopmember", "shops.shopmember"),
        audited("shops_shopinvitation", "shops.shopinvitation", name="email"),
        audited("shops_shopholiday", "shops.shopholiday"),
    ]
