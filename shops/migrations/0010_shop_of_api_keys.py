from django.db import migrations

# An account has a handful of keys, and few accounts have any.
_BIND = """
    UPDATE accounts_apikey SET shop_id = shops_shop.id FROM shops_shop
    WHERE shops_shop.owner_id = accounts_apikey.owner_id AND accounts_apikey.shop_id IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0009_apikey_shop_id"), ("shops", "0009_audited")]
    operations = [migrations.RunSQL(_BIND, migrations.RunSQL.noop)]
