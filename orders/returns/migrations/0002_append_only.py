from django.db import migrations

from marketplace.common.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("returns", "0001_initial")]

    operations = [append_only("returns_returnevent")]
