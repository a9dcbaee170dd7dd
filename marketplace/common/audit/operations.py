"""What migrations say to have a table's changes written down.

operations = [
    audited("shops_shop", "shops.shop", name="name", hidden=["secret"], ignored=["sold_count"]),
    audited_link("accounts_user_groups", "accounts.user", of="user_id", column="group_id",
                 field="groups"),
]
"""

from collections.abc import Sequence
from typing import Final

from django.db.migrations import RunSQL

from marketplace.common.audit.constants import HIDDEN, SETTING

# Timestamps of rows change with everything else, and the entry has its own.
_ALWAYS_IGNORED: Final = ("created_at", "updated_at")

FUNCTIONS: Final = f"""
-- Arguments: type, id column, name column, hidden, masked and ignored columns with commas between.
CREATE OR REPLACE FUNCTION marketplace_audit_row() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    acts jsonb := current_setting('{SETTING}')::jsonb;
    hidden text[] := string_to_array(TG_ARGV[3], ',');
    masked text[] := string_to_array(TG_ARGV[4], ',');
    ignored text[] := string_to_array(TG_ARGV[5], ',');
    old_row jsonb;
    new_row jsonb;
    old_part jsonb;
    new_part jsonb;
    row_now jsonb;
    operation text;
BEGIN
    IF TG_OP <> 'INSERT' THEN old_row := to_jsonb(OLD) - ignored; END IF;
    IF TG_OP <> 'DELETE' THEN new_row := to_jsonb(NEW) - ignored; END IF;
    row_now := COALESCE(new_row, old_row);
    IF TG_OP = 'UPDATE' THEN
        operation := 'changed';
        SELECT jsonb_object_agg(key, value), jsonb_object_agg(key, new_row -> key)
            INTO old_part, new_part
            FROM jsonb_each(old_row) WHERE new_row -> key IS DISTINCT FROM value;
        IF old_part IS NULL THEN RETURN NULL; END IF;
    ELSIF TG_OP = 'INSERT' THEN
        operation := 'added';
        new_part := jsonb_strip_nulls(new_row) - 'id';
    ELSE
        operation := 'deleted';
        old_part := jsonb_strip_nulls(old_row) - 'id';
    END IF;
    INSERT INTO audit_entry (
        created_at, actor_id, actor_kind, operation, object_type, object_id, object_name,
        before, after, via, ip_address, request_id
    ) VALUES (
        clock_timestamp(), (acts ->> 'actor_id')::uuid, acts ->> 'actor_kind', operation,
        TG_ARGV[0], row_now ->> TG_ARGV[1], left(COALESCE(row_now ->> TG_ARGV[2], ''), 200),
        marketplace_audit_shown(old_part, hidden, masked),
        marketplace_audit_shown(new_part, hidden, masked),
        acts ->> 'via', acts ->> 'ip_address', acts ->> 'request_id'
    );
    RETURN NULL;
END $$;

-- What of a row may be read: nothing of hidden columns, the end of masked ones.
CREATE OR REPLACE FUNCTION marketplace_audit_shown(part jsonb, hidden text[], masked text[])
RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_object_agg(key, CASE
        WHEN value IN ('null', '""') THEN value
        WHEN key = ANY (hidden) THEN to_jsonb('{HIDDEN}'::text)
        WHEN key = ANY (masked) THEN to_jsonb('…' || right(value #>> '{{}}', 4))
        ELSE value END)
    FROM jsonb_each(part)
$$;

-- A row that only links two others is a change of one of them.
-- Arguments: type, column with its id, column with the other's, name of the field.
CREATE OR REPLACE FUNCTION marketplace_audit_link() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    acts jsonb := current_setting('{SETTING}')::jsonb;
    link jsonb := to_jsonb(COALESCE(NEW, OLD));
    part jsonb := jsonb_build_object(TG_ARGV[3], link -> TG_ARGV[2]);
BEGIN
    INSERT INTO audit_entry (
        created_at, actor_id, actor_kind, operation, object_type, object_id, object_name,
        before, after, via, ip_address, request_id
    ) VALUES (
        clock_timestamp(), (acts ->> 'actor_id')::uuid, acts ->> 'actor_kind', 'changed',
        TG_ARGV[0], link ->> TG_ARGV[1], '',
        CASE WHEN TG_OP = 'DELETE' THEN part END, CASE WHEN TG_OP = 'INSERT' THEN part END,
        acts ->> 'via', acts ->> 'ip_address', acts ->> 'request_id'
    );
    RETURN NULL;
END $$;
"""  # noqa: S608 - our own names
DROP_FUNCTIONS: Final = """
DROP FUNCTION marketplace_audit_link();
DROP FUNCTION marketplace_audit_row();
DROP FUNCTION marketplace_audit_shown(jsonb, text[], text[]);
"""


def audited(
    table: str,
    object_type: str,
    *,
    name: str = "",
    hidden: Sequence[str] = (),
    masked: Sequence[str] = (),
    ignored: Sequence[str] = (),
    key: str = "id",
    events: str = "INSERT OR UPDATE OR DELETE",
) -> RunSQL:
    """Return the operation that has a table's changes written down while somebody acts.

    Of `hidden` columns an entry says only that they changed, of `masked` ones the last characters;
    `ignored` ones follow from others and make no entry.
    """
    columns = ",".join([*_ALWAYS_IGNORED, *ignored])
    arguments = (object_type, key, name, ",".join(hidden), ",".join(masked), columns)
    return _trigger(table, events, "marketplace_audit_row", arguments)


def audited_link(table: str, object_type: str, *, of: str, column: str, field: str) -> RunSQL:
    """Return the operation for a table of links, whose rows are changes of `object_type`."""
    events = "INSERT OR UPDATE OR DELETE"
    return _trigger(table, events, "marketplace_audit_link", (object_type, of, column, field))


def _trigger(table: str, events: str, function: str, arguments: Sequence[str]) -> RunSQL:
    quoted = ", ".join(f"'{argument}'" for argument in arguments)
    # The condition is all that it costs when nobody acts: buyers, jobs, carriers.
    return RunSQL(
        f"CREATE TRIGGER audited AFTER {events} ON {table} FOR EACH ROW "
        f"WHEN (current_setting('{SETTING}', true) <> '') "
        f"EXECUTE FUNCTION {function}({quoted});",
        f"DROP TRIGGER audited ON {table};",
    )
