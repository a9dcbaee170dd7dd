from django.db import migrations

from marketplace.common.append_only import append_only

# Judged when the transaction is committed: its entries may come in several statements.
_BALANCED = """
CREATE FUNCTION settlement_refuse_unbalanced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    total bigint;
BEGIN
    SELECT sum(amount) INTO total FROM settlement_ledgerentry
    WHERE transaction_id = NEW.transaction_id;
    IF total <> 0 THEN
        RAISE EXCEPTION 'The ledger transaction % adds up to %', NEW.transaction_id, total
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER balanced AFTER INSERT ON settlement_ledgerentry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION settlement_refuse_unbalanced();
"""


class Migration(migrations.Migration):
    dependencies = [("settlement", "0001_initial")]

    operations = [
        append_only("settlement_ledgerentry"),
        append_only("settlement_commissionline"),
        append_only("settlement_payoutline"),
        migrations.RunSQL(
            _BALANCED,
            "DROP TRIGGER balanced ON settlement_ledgerentry;"
            "DROP FUNCTION settlement_refuse_unbalanced();",
        ),
    ]
