from django.db import migrations

from marketplace.common.append_only import append_only
from marketplace.common.audit.operations import DROP_FUNCTIONS, FUNCTIONS


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        append_only("audit_entry"),
        migrations.RunSQL(
            "CREATE TRIGGER never_emptied BEFORE TRUNCATE ON audit_entry "
            "FOR EACH STATEMENT EXECUTE FUNCTION marketplace_refuse_change();",
            "DROP TRIGGER never_emptied ON audit_entry;",
        ),
        migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS),
    ]
