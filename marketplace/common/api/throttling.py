"""The general request rate limit: precise while Redis answers, absent while it does not.

Limits that guard accounts and codes are not here but in `marketplace.common.limits` (PostgreSQL).
"""

import logging
import time
from typing import Any

import redis.exceptions
from django.conf import settings
from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from marketplace.common.api.network import client_ip

logger = logging.getLogger(__name__)

WINDOW_SECONDS = 60
# While Redis is away, ask again only this often: a silent one costs every request its timeout.
RETRY_SECONDS = 5.0
_closed_until = 0.0


class RequestRateThrottle(BaseThrottle):
    """Count requests per user, or per address for guests, in windows of a minute.

    `add` and `incr` are atomic in Redis; DRF's own list in the cache lets concurrent calls slip by.
    """

    def allow_request(self, request: Request, view: Any) -> bool:
        if not settings.RATE_LIMIT_ENABLED:
            return True
        user = request.user
        if user is not None and user.is_authenticated:
            return _count(f"user:{user.pk}") <= settings.RATE_LIMIT_USER_PER_MINUTE
        return _count(f"ip:{client_ip(request)}") <= settings.RATE_LIMIT_ANONYMOUS_PER_MINUTE

    def wait(self) -> float:
        return WINDOW_SECONDS - time.time() % WINDOW_SECONDS


def _count(subject: str) -> int:
    global _closed_until
    if time.monotonic() < _closed_until:
        return 0
    key = f"rate:{subject}:{int(time.time() // WINDOW_SECONDS)}"
    try:
        if cache.add(key, 1, timeout=WINDOW_SECONDS * 2):
            return 1
        return int(cache.incr(key))
    except ValueError:  # the window ended between add and incr
        return 1
    except redis.exceptions.RedisError:
        logger.warning("Redis is not available: requests are not counted")
        _closed_until = time.monotonic() + RETRY_SECONDS
        return 0
