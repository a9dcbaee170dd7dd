"""Redis: cache, channels and broker; never the only copy of anything."""

from typing import Any

from marketplace.settings.environment import env

REDIS_URL = env.str("REDIS_URL", "redis://127.0.0.1:6379/0")
# A silent Redis must cost a request a moment, not hang it.
REDIS_OPTIONS = {"socket_timeout": 0.3, "socket_connect_timeout": 0.3}
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "mp",
        "OPTIONS": REDIS_OPTIONS,
    }
}

CHANNEL_LAYERS: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "marketplace.realtime.layer.RedisLayer",
        "CONFIG": {"url": REDIS_URL},
    }
}
