"""The channel layer: what `marketplace.common.live` sends reaches the connections of this process.

Neither layer of channels-redis tells that Redis was away and messages are missing; this one does.
"""

import asyncio
import logging
from collections import deque
from typing import Any, Final
from uuid import uuid4

import orjson
from channels.layers import BaseChannelLayer
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from marketplace.common import live

logger = logging.getLogger(__name__)

Message = dict[str, Any]

# Delivered to every connection when messages may have been lost.
INTERRUPTED: Final[Message] = {"type": "layer.interrupted"}
# A silent Redis is asked after this long, and given up after as long again.
SILENCE_SECONDS: Final = 5.0
CONNECT_SECONDS: Final = 2.0
RETRY_SECONDS: Final = (0.1, 0.2, 0.5, 1.0)
# Per connection: a client that does not read must not fill the memory.
CAPACITY: Final = 100


class Mailbox:
    """Messages that one connection has not handled yet; equal ones wait once."""

    def __init__(self) -> None:
        self._waiting: deque[Message] = deque()
        self._filled = asyncio.Event()

    def put(self, message: Message) -> None:
        if message in self._waiting:
            return
        if len(self._waiting) >= CAPACITY:
            self._waiting.clear()
            message = INTERRUPTED
        self._waiting.append(message)
        self._filled.set()

    async def get(self) -> Message:
        while not self._waiting:
            self._filled.clear()
            await self._filled.wait()
        return self._waiting.popleft()


class RedisLayer(BaseChannelLayer):
    """Groups live in this process; one Redis channel feeds them all.

    Nothing in Redis says who is connected, so nothing is left there to go stale.
    """

    extensions = ("groups",)

    def __init__(self, *, url: str) -> None:
        super().__init__(capacity=CAPACITY)
        self._url = url
        self._mailboxes: dict[str, Mailbox] = {}
        self._groups: dict[str, set[str]] = {}
        self._listener: asyncio.Task[None] | None = None
        self._is_listening = asyncio.Event()
        self._was_interrupted = False

    async def new_channel(self, prefix: str = "connection") -> str:
        name = f"{prefix}.{uuid4().hex}"
        self._mailboxes[name] = Mailbox()
        if self._listener is None or self._listener.done():
            self._listener = asyncio.create_task(self._listen())
        return name

    async def receive(self, channel: str) -> Message:
        return await self._mailboxes[channel].get()

    def post(self, channel: str, message: Message) -> None:
        """Deliver to one connection of this process; one that has gone is no error."""
        mailbox = self._mailboxes.get(channel)
        if mailbox is not None:
            mailbox.put(message)

    def drop_channel(self, channel: str) -> None:
        """Forget a connection that has ended."""
        self._mailboxes.pop(channel, None)

    async def send(self, channel: str, message: Message) -> None:
        self.post(channel, message)

    async def group_add(self, group: str, channel: str) -> None:
        self._groups.setdefault(group, set()).add(channel)

    async def group_discard(self, group: str, channel: str) -> None:
        members = self._groups.get(group, set())
        members.discard(channel)
        if not members:
            self._groups.pop(group, None)

    async def group_send(self, group: str, message: Message) -> None:
        await asyncio.to_thread(live.send, group, message)

    async def wait_until_listening(self, seconds: float) -> bool:
        """Wait until nothing that is sent from now on is missed; tell whether that is so."""
        try:
            async with asyncio.timeout(seconds):
                await self._is_listening.wait()
        except TimeoutError:
            return False
        return True

    async def _listen(self) -> None:
        """Listen for as long as the process lives."""
        failures = 0
        while True:
            try:
                await self._listen_once()
            except (RedisError, OSError, TimeoutError) as error:
                if self._is_listening.is_set() or not self._was_interrupted:
                    failures = 0
                    logger.warning("Redis is not available, live messages are missed: %s", error)
            except Exception:
                logger.exception("Listening to Redis failed")
            self._is_listening.clear()
            self._was_interrupted = True
            await asyncio.sleep(RETRY_SECONDS[min(failures, len(RETRY_SECONDS) - 1)])
            failures += 1

    async def _listen_once(self) -> None:
        client = Redis.from_url(
            self._url,
            socket_connect_timeout=CONNECT_SECONDS,
            socket_timeout=CONNECT_SECONDS,
            # Coming back by itself would hide that messages were lost.
            retry=Retry(NoBackoff(), 0),
        )
        async with client, client.pubsub() as pubsub:
            await pubsub.subscribe(live.CHANNEL)
            was_asked = False
            while True:
                message = await pubsub.get_message(timeout=SILENCE_SECONDS)
                if message is None:
                    if was_asked:
                        raise TimeoutError("no answer")
                    was_asked = True
                    await pubsub.ping()
                    continue
                was_asked = False
                if message["type"] == "subscribe":
                    self._subscribed()
                elif message["type"] == "message":
                    self._fan_out(message["data"])

    def _subscribed(self) -> None:
        self._is_listening.set()
        if self._was_interrupted:
            self._was_interrupted = False
            logger.warning("Redis is back")
            for mailbox in self._mailboxes.values():
                mailbox.put(INTERRUPTED)

    def _fan_out(self, line: bytes) -> None:
        try:
            envelope = orjson.loads(line)
            group, message = envelope["group"], envelope["message"]
            for channel in self._groups.get(group, ()):
                self.post(channel, message)
        except (ValueError, TypeError, LookupError):
            logger.warning("A live message is not understood: %.200r", line)
