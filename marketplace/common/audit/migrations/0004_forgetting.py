from django.db import migrations

from marketplace.common.audit.constants import HIDDEN

# Who did what to which row, and when, stays for ever. Values of people go: what was written down
# may be hidden, and nothing else be written in its place.
FORGETTING = f"""
CREATE FUNCTION marketplace_audit_only_hides(before jsonb, after jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT before IS NOT DISTINCT FROM after OR (
        ARRAY(SELECT jsonb_object_keys(before) ORDER BY 1)
            = ARRAY(SELECT jsonb_object_keys(after) ORDER BY 1)
        AND NOT EXISTS (
            SELECT FROM jsonb_each(after)
            WHERE value <> to_jsonb('{HIDDEN}'::text) AND value IS DISTINCT FROM before -> key
        ))
$$;

CREATE FUNCTION marketplace_audit_keep() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    forgettable text[] := '{{before,after,object_name,ip_address}}';
BEGIN
    IF TG_OP = 'UPDATE'
        AND current_setting('marketplace.forgetting', true) = 'on'
        AND to_jsonb(OLD) - forgettable = to_jsonb(NEW) - forgettable
        AND NEW.object_name IN (OLD.object_name, '')
        AND NEW.ip_address IN (OLD.ip_address, '')
        AND marketplace_audit_only_hides(OLD.before, NEW.before)
        AND marketplace_audit_only_hides(OLD.after, NEW.after)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_entry
FOR EACH ROW EXECUTE FUNCTION marketplace_audit_keep();
"""  # noqa: S608 - our own names
KEEPING = """
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_entry
FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_change();
DROP FUNCTION marketplace_audit_keep();
DROP FUNCTION marketplace_audit_only_hides(jsonb, jsonb);
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_tables")]

    operations = [migrations.RunSQL(FORGETTING, KEEPING)]
