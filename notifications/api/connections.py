"""The open connections of this process, and what keeps them honest when a hint was lost."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, ParamSpec, TypeVar, cast
from uuid import UUID

from channels.db import database_sync_to_async
from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

from accounts.models import Session
from notifications.models import Notification

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

# Each thread keeps one database connection, so this is how many a realtime process has.
_threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="database")
# Commits that were on their way when the last sweep looked.
OVERLAP: Final = timedelta(seconds=30)


async def in_database(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function that uses the database in a thread that has a connection."""
    call = database_sync_to_async(function, thread_sensitive=False, executor=_threads)
    return cast(T, await call(*args, **kwargs))


@dataclass
class Connection:
    """One authenticated connection; `post` delivers a message to its consumer."""

    user_id: UUID
    session_id: UUID
    post: Callable[[dict[str, Any]], None]


class Connections:
    """Who is connected here. The oldest connection of a user makes room for one too many."""

    def __init__(self) -> None:
        self.open_count = 0
        self._by_user: dict[UUID, list[Connection]] = defaultdict(list)
        self._sweeper: asyncio.Task[None] | None = None

    def add(self, connection: Connection) -> None:
        mine = self._by_user[connection.user_id]
        mine.append(connection)
        for surplus in mine[: -settings.LIVE_CONNECTIONS_PER_USER]:
            surplus.post({"type": "connection.replaced"})
        if self._sweeper is None or self._sweeper.done():
            self._sweeper = asyncio.create_task(self._sweep_forever())

    def remove(self, connection: Connection) -> None:
        mine = self._by_user[connection.user_id]
        if connection in mine:
            mine.remove(connection)
        if not mine:
            del self._by_user[connection.user_id]

    async def _sweep_forever(self) -> None:
        swept_at = timezone.now()
        while True:
            await asyncio.sleep(settings.LIVE_SWEEP_SECONDS)
            began = timezone.now()
            try:
                await self._sweep(swept_at - OVERLAP)
            except DatabaseError as error:
                logger.warning("Live connections are not checked: %s", error)
            except Exception:
                logger.exception("Live connections are not checked")
            else:
                swept_at = began

    async def _sweep(self, since: datetime) -> None:
        """Tell connections whose sign-in has ended, and those whose user has something new."""
        by_user = {user_id: list(mine) for user_id, mine in self._by_user.items()}
        if not by_user:
            return
        sessions = {c.session_id for mine in by_user.values() for c in mine}
        live, told = await in_database(_live_sessions_and_told_users, sessions, set(by_user), since)
        for user_id, mine in by_user.items():
            for connection in mine:
                if connection.session_id not in live:
                    connection.post({"type": "session.check"})
                elif user_id in told:
                    connection.post({"type": "notifications.new"})


def _live_sessions_and_told_users(
    sessions: Iterable[UUID], users: Iterable[UUID], since: datetime
) -> tuple[set[UUID], set[UUID]]:
    live = Session.objects.live().filter(
        pk__in=sessions, user__suspended_at=None, user__closed_at=None
    )
    told = Notification.objects.filter(user_id__in=users, created_at__gte=since)
    return set(live.values_list("pk", flat=True)), set(
        told.values_list("user_id", flat=True).distinct()
    )


connections = Connections()
