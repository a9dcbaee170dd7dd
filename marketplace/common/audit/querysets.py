"""Which entries, and who made them."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Self

from django.contrib.auth import get_user_model
from django.db import connection, models
from django.db.models import OuterRef, Q, Subquery

from marketplace.common.local_days import starts_at

if TYPE_CHECKING:
    from marketplace.common.audit.models import Entry  # noqa: F401


class EntryQuerySet(models.QuerySet["Entry"]):
    def of_rows(self, rows: Iterable[tuple[str, Iterable[Any]]]) -> Self:
        """Changes of rows, given as types with the ids of each."""
        where = Q(pk=None)
        for object_type, ids in rows:
            where |= Q(object_type=object_type, object_id__in=[str(row) for row in ids])
        return self.filter(where)

    def on_day(self, day: date) -> Self:
        """Changes from midnight to midnight of `LOCAL_TIME_ZONE`."""
        return self.filter(
            created_at__gte=starts_at(day), created_at__lt=starts_at(day + timedelta(days=1))
        )

    def with_actor_name(self) -> Self:
        """Adds `actor_name`: accounts are renamed and closed, so that entries have ids alone."""
        users: Any = get_user_model()._default_manager
        name = users.filter(pk=OuterRef("actor_id")).values("full_name")[:1]
        return self.annotate(actor_name=Subquery(name))

    def types(self) -> list[str]:
        """Return the types that occur, by a look into the index for each and not by a scan."""
        table = self.model._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute(
                f"""
                WITH RECURSIVE found AS (
                    SELECT min(object_type) AS name FROM {table}
                    UNION ALL
                    SELECT (SELECT min(object_type) FROM {table} WHERE object_type > found.name)
                    FROM found WHERE found.name IS NOT NULL
                )
                SELECT name FROM found WHERE name IS NOT NULL
                """  # noqa: S608 - our own table
            )
            return [row[0] for row in cursor.fetchall()]
