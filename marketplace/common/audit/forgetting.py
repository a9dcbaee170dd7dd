"""What the log forgets of people; who did what to which row, and when, it never does."""

from collections.abc import Collection, Iterable
from typing import Any

from django.db import connection, transaction

from marketplace.common.audit.constants import HIDDEN

_HIDE = """
    (SELECT jsonb_object_agg(key, CASE
        WHEN key = ANY (%(columns)s) AND value NOT IN ('null', '""')
        THEN to_jsonb(%(hidden)s::text) ELSE value END)
    FROM jsonb_each({column}))
"""
_VALUES = f"""
    UPDATE audit_entry
    SET object_name = '', before = {_HIDE.format(column="before")},
        after = {_HIDE.format(column="after")}
    WHERE object_type = %(type)s AND object_id = ANY (%(ids)s)
        AND (object_name <> '' OR before ?| %(columns)s OR after ?| %(columns)s)
"""  # noqa: S608 - our own names
_ADDRESSES = f"""
    UPDATE audit_entry
    SET ip_address = '',
        object_name = CASE WHEN object_type = 'accounts.session' THEN '' ELSE object_name END,
        before = {_HIDE.format(column="before")}, after = {_HIDE.format(column="after")}
    WHERE id = ANY (%(ids)s)
"""  # noqa: S608 - our own names


def forget_values(object_type: str, ids: Iterable[Any], columns: Collection[str]) -> int:
    """Hide these columns and the name in all entries of these rows; returns how many entries."""
    return _forget(_VALUES, type=object_type, ids=[str(row) for row in ids], columns=list(columns))


def forget_addresses(entry_ids: Collection[int]) -> int:
    """Blank the network addresses of these entries; returns how many."""
    return _forget(_ADDRESSES, ids=list(entry_ids), columns=["ip_address", "user_agent"])


@transaction.atomic
def _forget(sql: str, **values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('marketplace.forgetting', 'on', true)")
        cursor.execute(sql, {**values, "hidden": HIDDEN})
        count: int = cursor.rowcount
        cursor.execute("SELECT set_config('marketplace.forgetting', '', true)")
    return count
