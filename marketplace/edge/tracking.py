"""What Redis says has changed, read by whoever wants to know and not by a thread of its own.

A thread would be told by the interpreter when it may run: up to 5 ms after the news has come.
"""

import ssl
import time
from typing import Final

from marketplace.common.read_cache import SURE_SECONDS
from marketplace.common.redis_bytes import (
    Incomplete,
    RedisBytes,
    RedisUnavailable,
    encode,
    parse,
)

# Early enough for the answer to be here before what the last one has proved runs out.
ASK_SECONDS: Final = 0.002
# A connection that has gone without a word would otherwise be waited for as long as TCP does.
SILENT_SECONDS: Final = 5.0
_PING: Final = encode(b"PING")


class Tracking:
    """Names that begin with `prefix` and have changed, by client tracking of Redis 6 and later.

    Redis sends them before it answers who has changed them, and the network and a busy machine hand
    them out when they can. So Redis has to prove again and again that there is no more of them:
    what it has sent before it answers a question is read before the answer.
    Not for two threads at once. Raises: RedisUnavailable, also where Redis cannot do it.
    """

    def __init__(self, redis: RedisBytes, prefix: bytes, *, timeout_seconds: float) -> None:
        try:
            self._wire = redis.connect()
            self._wire.command("HELLO", "3", seconds=timeout_seconds)
            words = ("CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", prefix.decode())
            self._wire.command(*words, seconds=timeout_seconds)
        except (OSError, ValueError) as error:
            raise RedisUnavailable(str(error)) from error
        self._wire.link.setblocking(False)
        self._rest = b""
        # What was changed before Redis got the question of this time has been read.
        self._proven_at = time.monotonic()
        self._asked_at: float | None = None

    def close(self) -> None:
        self._wire.close()

    def changed(self, now: float) -> list[bytes]:
        """Return what has changed since the last time, without waiting; `now` is monotonic.

        Raises: RedisUnavailable when more than that may have.
        """
        names: list[bytes] = []
        try:
            while data := self._received():
                names += self._read(data)
            if self._asked_at is not None and now - self._asked_at > SILENT_SECONDS:
                raise RedisUnavailable("silent")
            if now - self._proven_at > ASK_SECONDS and self._asked_at is None:
                self._asked_at = now
                self._wire.link.sendall(_PING)
        except (OSError, ValueError) as error:
            raise RedisUnavailable(str(error)) from error
        return names

    def is_sure(self, now: float) -> bool:
        """Say whether what `changed` has returned is surely all."""
        return now - self._proven_at < SURE_SECONDS

    def _received(self) -> bytes:
        try:
            data = self._wire.link.recv(65_536)
        except (BlockingIOError, ssl.SSLWantReadError):
            return b""
        if not data:
            raise ConnectionError("closed")
        return data

    def _read(self, data: bytes) -> list[bytes]:
        names: list[bytes] = []
        data, start = self._rest + data, 0
        try:
            while start < len(data):
                message, start = parse(data, start)
                if message == b"PONG" and self._asked_at is not None:
                    self._proven_at, self._asked_at = self._asked_at, None
                elif isinstance(message, list) and message[0] == b"invalidate":
                    if message[1] is None:
                        raise RedisUnavailable("emptied")
                    names += message[1]
        except Incomplete:
            pass
        self._rest = data[start:]
        return names
