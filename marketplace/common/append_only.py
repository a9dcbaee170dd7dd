"""Tables whose rows are never changed: a trigger says so, for every path into the database."""

from django.db.migrations import RunSQL

_FUNCTION = """
CREATE OR REPLACE FUNCTION marketplace_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
"""


def append_only(table: str) -> RunSQL:
    """Return the migration operation that refuses UPDATE and DELETE on a table."""
    return RunSQL(
        sql=[
            _FUNCTION,
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_change();",
        ],
        reverse_sql=f"DROP TRIGGER append_only ON {table};",
    )
