"""What `manage.py check --database default`, and so `migrate`, say about the database."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import DEFAULT_DB_ALIAS, connection


@register(Tags.database)
def check_session_of_the_pooler(
    databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Behind a pooler the role must have what each session would begin with."""
    if not settings.DATABASE_POOLER or DEFAULT_DB_ALIAS not in (databases or ()):
        return []
    wanted = settings.DATABASE_SESSION
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, setting FROM pg_settings WHERE name = ANY (%s) ORDER BY name",
            [list(wanted)],
        )
        wrong = [name for name, value in cursor.fetchall() if value != wanted[name]]
        cursor.execute("SELECT quote_ident(current_user)")
        (role,) = cursor.fetchone()
    if not wrong:
        return []
    hint = " ".join(f"ALTER ROLE {role} SET {name} = '{wanted[name]}';" for name in wrong)
    message = f"sessions behind the pooler begin without {', '.join(wrong)}"
    return [Warning(message, hint=hint, id="marketplace.W001")]
