"""`/ws/notifications`: one user's notifications and order steps, live; see docs/live.md."""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any, Final, cast
from uuid import UUID

import orjson
from channels.consumer import get_handler_name
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.db import DatabaseError

from accounts.errors import TokenNotValid
from accounts.models import Session
from accounts.tokens import AccessToken, read_access_token
from marketplace.common import live
from marketplace.realtime.http import refuse
from marketplace.realtime.layer import RedisLayer
from notifications.api.connections import Connection, connections, in_database
from notifications.api.serializers import NotificationSerializer
from notifications.models import Notification
from notifications.querysets import NotificationQuerySet, Place
from notifications.selectors import muted_live_types

logger = logging.getLogger(__name__)

Message = MutableMapping[str, Any]

PAGE: Final = 100
# Messages of a client: this many at once, then this many a second.
BURST: Final = 30
MESSAGES_PER_SECOND: Final = 3.0
MAX_BAD_MESSAGES: Final = 5
# How long before its end a client is asked for a new access token.
EXPIRY_NOTICE_SECONDS: Final = 60.0
# For the process's own first moment; while Redis is away, connections work without it.
LISTENING_SECONDS: Final = 1.0


class CloseCode(IntEnum):
    """Why the server closes; docs/live.md says what a client does about each."""

    INTERNAL_ERROR = 1011
    TRY_AGAIN_LATER = 1013
    BAD_MESSAGES = 4400
    NOT_AUTHENTICATED = 4401
    SIGN_IN_ENDED = 4403
    REPLACED = 4408
    TOO_MANY_MESSAGES = 4429


class Closing(Exception):
    """The connection ends here."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


class BadMessage(Exception):
    """The client said something that is not understood; it is told so."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass
class Budget:
    """A token bucket."""

    left: float = BURST
    counted_at: float = 0.0

    def spend(self) -> bool:
        now = time.monotonic()
        refill = (now - self.counted_at) * MESSAGES_PER_SECOND
        self.left, self.counted_at = min(BURST, self.left + refill), now
        if self.left < 1:
            return False
        self.left -= 1
        return True


class NotificationConsumer(AsyncWebsocketConsumer):
    """One connection.

    Everything that happens to it, a client's message, a hint, the end of a token, is handled one
    after the other. Hints carry no notification: `_catch_up` reads from the database what comes
    after the last one sent, so that none is missed, doubled or out of order, whatever the hints do.
    """

    channel_layer: RedisLayer
    channel_name: str

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.connection: Connection | None = None
        self.place: Place | None = None  # of the last notification sent
        self.start: Place | None = None  # where this connection began
        self.expires_at: datetime | None = None
        self.has_resumed = False
        self.budget = Budget()
        self.bad_messages = 0
        self.timers: dict[str, asyncio.TimerHandle] = {}

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        connections.open_count += 1
        try:
            if connections.open_count > settings.LIVE_CONNECTIONS_PER_PROCESS:
                await refuse(send, 503, "unavailable", "There are too many connections.")
                return
            await super().__call__(scope, receive, send)
        except OSError:
            pass  # the client has gone while something was being sent to it
        finally:
            connections.open_count -= 1
            await self._leave()

    async def dispatch(self, message: Message) -> None:
        """Handle one message; whatever goes wrong ends this connection and nothing else."""
        handler = getattr(self, get_handler_name(message), None)
        if handler is None:
            return  # from a newer release beside this one
        try:
            await handler(message)
        except Closing as closing:
            await self._end(closing.code, closing.reason)
        except DatabaseError as error:
            logger.warning("A live connection is closed, the database is not available: %s", error)
            await self._end(CloseCode.TRY_AGAIN_LATER, "unavailable")
        except (StopConsumer, OSError):
            raise
        except Exception:
            logger.exception("A live connection is closed by an error")
            await self._end(CloseCode.INTERNAL_ERROR, "internal_error")

    # --- what the client does ---

    async def connect(self) -> None:
        await self.accept()
        self._set_timer("authentication.timeout", settings.LIVE_AUTH_SECONDS)

    async def websocket_disconnect(self, message: Message) -> None:
        raise StopConsumer

    async def websocket_receive(self, message: Message) -> None:
        if not self.budget.spend():
            raise Closing(CloseCode.TOO_MANY_MESSAGES, "too_many_messages")
        try:
            await self._obey(_parse(message.get("text")))
        except BadMessage as error:
            self.bad_messages += 1
            if self.bad_messages >= MAX_BAD_MESSAGES:
                raise Closing(CloseCode.BAD_MESSAGES, error.code) from error
            await self._say({"type": "error", "code": error.code, "message": error.message})

    async def _obey(self, said: dict[str, Any]) -> None:
        if said["type"] == "auth":
            await self._authenticate(said)
            return
        if self.connection is None:
            raise Closing(CloseCode.NOT_AUTHENTICATED, "not_authenticated")
        match said["type"]:
            case "resume":
                last_id = _last_id(said)
                if last_id is None:
                    raise BadMessage("bad_message", "`last_id` is missing.")
                await self._resume(self.connection, last_id)
            case "ping":
                await self._say({"type": "pong"})
            case "pong":
                pass
            case _:
                raise BadMessage("unknown_type", "There is no message of this type.")

    async def _authenticate(self, said: dict[str, Any]) -> None:
        """Begin, or go on with a newer token of the same user."""
        text, last_id = said.get("token"), _last_id(said)
        if not isinstance(text, str):
            raise BadMessage("bad_message", "`token` must be an access token.")
        try:
            token = read_access_token(text)
        except TokenNotValid as error:
            raise Closing(CloseCode.NOT_AUTHENTICATED, "token_not_valid") from error
        connection = self.connection
        if connection is None:
            connection = await self._begin(token)
        else:
            await self._renew(connection, token)
        self.expires_at = token.expires_at
        self._cancel_timer("authentication.timeout")
        left = token.expires_at.timestamp() - time.time()
        self._set_timer("token.expiring", max(left - EXPIRY_NOTICE_SECONDS, left * 0.75))
        self._set_timer("token.expired", left)
        await self._say(
            {
                "type": "ready",
                "user_id": str(token.user_id),
                "expires_at": token.expires_at,
                "heartbeat_seconds": settings.LIVE_HEARTBEAT_SECONDS,
                "last_id": self._sent_id(),
            }
        )
        if last_id is not None and not self.has_resumed:
            await self._resume(connection, last_id)

    async def _begin(self, token: AccessToken) -> Connection:
        """Listen first, then look: what ends the sign-in or tells the user in between is heard."""
        user_id, session_id = token.user_id, token.session_id
        await self.channel_layer.wait_until_listening(LISTENING_SECONDS)
        await self.channel_layer.group_add(live.user_group(user_id), self.channel_name)
        await self.channel_layer.group_add(live.session_group(session_id), self.channel_name)
        connection = self.connection = Connection(user_id, session_id, self._post)
        if not await in_database(_is_signed_in, session_id, user_id):
            raise Closing(CloseCode.NOT_AUTHENTICATED, "token_not_valid")
        self.start = self.place = await in_database(self._mine(connection).place_of_newest)
        connections.add(connection)
        self._set_timer("heart.beat", settings.LIVE_HEARTBEAT_SECONDS * random.random())  # noqa: S311
        return connection

    async def _renew(self, connection: Connection, token: AccessToken) -> None:
        if token.user_id != connection.user_id:
            raise Closing(CloseCode.NOT_AUTHENTICATED, "other_user")
        old, new = connection.session_id, token.session_id
        if new != old:
            await self.channel_layer.group_add(live.session_group(new), self.channel_name)
            await self.channel_layer.group_discard(live.session_group(old), self.channel_name)
            connection.session_id = new
        if not await in_database(_is_signed_in, new, connection.user_id):
            raise Closing(CloseCode.NOT_AUTHENTICATED, "token_not_valid")

    async def _resume(self, connection: Connection, last_id: UUID) -> None:
        """Send what came after the last notification that the client has.

        What this connection has sent already is not sent again.
        """
        if self.has_resumed:
            raise BadMessage("already_resumed", "A connection resumes once.")
        self.has_resumed = True
        mine = self._mine(connection)
        found = mine.filter(pk=last_id).values_list("created_at", "id")
        place = cast(Place | None, await in_database(found.first))
        if place is None:
            await self._say({"type": "resumed", "complete": False, "last_id": self._sent_id()})
            return
        if self.place == self.start:
            self.place = place
            await self._catch_up()
        elif self.start is not None:
            await self._send_between(mine, place, self.start)
        await self._say({"type": "resumed", "complete": True, "last_id": self._sent_id()})

    # --- what happens elsewhere ---

    async def notifications_new(self, message: Message) -> None:
        await self._catch_up()

    async def order_changed(self, message: Message) -> None:
        await self._say(message["body"])

    async def layer_interrupted(self, message: Message) -> None:
        """Messages may have been lost: of orders there is no list to catch up from."""
        if self.connection is not None:
            await self._say({"type": "refresh"})
            await self.session_check(message)
            await self._catch_up()

    async def session_check(self, message: Message) -> None:
        connection = self.connection
        if connection is not None and not await in_database(
            _is_signed_in, connection.session_id, connection.user_id
        ):
            raise Closing(CloseCode.SIGN_IN_ENDED, "sign_in_ended")

    async def connection_replaced(self, message: Message) -> None:
        raise Closing(CloseCode.REPLACED, "too_many_connections")

    async def authentication_timeout(self, message: Message) -> None:
        if self.connection is None:
            raise Closing(CloseCode.NOT_AUTHENTICATED, "not_authenticated")

    async def token_expiring(self, message: Message) -> None:
        await self._say({"type": "token_expiring"})

    async def token_expired(self, message: Message) -> None:
        left = self.expires_at.timestamp() - time.time() if self.expires_at else 0.0
        if left > 0:  # a newer token came while this was waiting
            self._set_timer("token.expired", left)
        else:
            raise Closing(CloseCode.NOT_AUTHENTICATED, "token_expired")

    async def heart_beat(self, message: Message) -> None:
        self._set_timer("heart.beat", settings.LIVE_HEARTBEAT_SECONDS)
        await self._say({"type": "ping"})

    # --- helpers ---

    def _mine(self, connection: Connection) -> NotificationQuerySet:
        return Notification.objects.filter(user_id=connection.user_id)

    def _sent_id(self) -> str | None:
        return str(self.place[1]) if self.place else None

    async def _catch_up(self) -> None:
        """Send everything after the last one sent."""
        while self.connection is not None:
            page = await in_database(_read, self._mine(self.connection).after(self.place))
            for self.place, text in page:
                if text:
                    await self.send(text_data=text)
            if len(page) < PAGE:
                return

    async def _send_between(self, mine: NotificationQuerySet, first: Place, last: Place) -> None:
        while page := await in_database(_read, mine.after(first).up_to(last)):
            for _, text in page:
                if text:
                    await self.send(text_data=text)
            first = page[-1][0]

    async def _say(self, message: dict[str, Any]) -> None:
        await self.send(text_data=_dump(message))

    async def _end(self, code: CloseCode, reason: str) -> None:
        await self.close(code=int(code), reason=reason)
        raise StopConsumer

    def _post(self, message: dict[str, Any]) -> None:
        self.channel_layer.post(self.channel_name, message)

    def _set_timer(self, name: str, seconds: float) -> None:
        self._cancel_timer(name)
        loop = asyncio.get_running_loop()
        self.timers[name] = loop.call_later(seconds, self._post, {"type": name})

    def _cancel_timer(self, name: str) -> None:
        if timer := self.timers.pop(name, None):
            timer.cancel()

    async def _leave(self) -> None:
        for name in list(self.timers):
            self._cancel_timer(name)
        if self.connection is not None:
            connections.remove(self.connection)
            for group in (
                live.user_group(self.connection.user_id),
                live.session_group(self.connection.session_id),
            ):
                await self.channel_layer.group_discard(group, self.channel_name)
        if hasattr(self, "channel_name"):
            self.channel_layer.drop_channel(self.channel_name)


def _parse(text: str | None) -> dict[str, Any]:
    try:
        said = orjson.loads(text or "")
    except ValueError:
        said = None
    if not isinstance(said, dict) or not isinstance(said.get("type"), str):
        raise BadMessage("bad_message", 'Send JSON objects with a "type", as text.')
    return said


def _last_id(said: dict[str, Any]) -> UUID | None:
    text = said.get("last_id")
    if text is None:
        return None
    try:
        return UUID(text)
    except (ValueError, TypeError, AttributeError) as error:
        raise BadMessage("bad_message", "`last_id` must be the id of a notification.") from error


def _dump(message: dict[str, Any]) -> str:
    return orjson.dumps(message, option=orjson.OPT_UTC_Z).decode()


def _is_signed_in(session_id: UUID, user_id: UUID) -> bool:
    live_session = Session.objects.live().filter(pk=session_id, user_id=user_id)
    return live_session.filter(user__suspended_at=None, user__closed_at=None).exists()


def _read(notifications: NotificationQuerySet) -> list[tuple[Place, str]]:
    """Return a page of one user's notifications as the messages that tell of them.

    Those of types that the user does not want live have an empty one.
    """
    page = list(notifications[:PAGE])
    muted = muted_live_types(page[0].user_id) if page else frozenset()
    return [((row.created_at, row.pk), "" if row.type in muted else _message(row)) for row in page]


def _message(notification: Notification) -> str:
    shown = NotificationSerializer(notification).data
    return _dump({"type": "notification", "notification": shown})
