"""How full Redis is."""

import re
import time
from collections.abc import Callable
from typing import Final

from marketplace.common.redis_bytes import RedisBytes, RedisUnavailable

LOOK_SECONDS: Final = 1.0
# Of what Redis may take. The rest is for what cannot do without, such as tasks and limits.
SHARE: Final = 0.75
_USED: Final = re.compile(rb"^used_memory:(\d+)", re.MULTILINE)
_LIMIT: Final = re.compile(rb"^maxmemory:(\d+)", re.MULTILINE)


class Room:
    """Whether there `is_left` any for answers, whose addresses callers can make up without end.

    A Redis without a limit, or that does not tell, has.
    """

    def __init__(self, client: Callable[[], RedisBytes]) -> None:
        self._client = client
        self._looked_at = 0.0
        self._is_left = True

    def is_left(self) -> bool:
        now = time.monotonic()
        if now - self._looked_at > LOOK_SECONDS:
            self._looked_at = now
            self._is_left = self._look()
        return self._is_left

    def _look(self) -> bool:
        try:
            told = self._client().call(b"INFO", b"memory")
        except RedisUnavailable:
            return True
        if not isinstance(told, bytes):
            return True
        used, limit = _USED.search(told), _LIMIT.search(told)
        if used is None or limit is None or int(limit[1]) == 0:
            return True
        return int(used[1]) < SHARE * int(limit[1])
