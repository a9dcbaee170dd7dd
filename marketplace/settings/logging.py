"""Logs, errors, traces and metrics."""

import os
import tempfile
import zlib
from typing import Any

from marketplace.settings.environment import DATA_DIR, ENVIRONMENT, env

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "marketplace.common.logs.RequestIdFilter"}},
    "formatters": {
        "line": {"()": "marketplace.common.logs.LineFormatter"},
        "json": {"()": "marketplace.common.logs.JsonFormatter"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "filters": ["request_id"],
            "formatter": env.str("LOG_FORMAT", "json" if ENVIRONMENT == "production" else "line"),
        }
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {
        "django.server": {"handlers": [], "propagate": True},
        # A line for each request that reaches Django.
        "marketplace.requests": {
            "level": "NOTSET" if env.bool("LOG_REQUESTS", True) else "WARNING"
        },
        # Two lines for each of the many runs that find nothing to do; see WatchedTask.
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        # Two lines for each call otherwise.
        "stripe": {"level": "WARNING"},
        # Two lines for each request otherwise.
        "psycopg.pool": {"level": "WARNING"},
    },
}
# Where errors and traces go; nothing of either is loaded without.
SENTRY_DSN = env.str("SENTRY_DSN", "")
OTEL_EXPORTER_OTLP_ENDPOINT = env.str("OTEL_EXPORTER_OTLP_ENDPOINT", "")
# Counts of this machine's processes. Not DATA_DIR itself, which machines may share.
METRICS_DIR = env.str("METRICS_DIR", "") or os.path.join(
    tempfile.gettempdir(),
    f"marketplace-metrics-{os.getuid()}-{zlib.crc32(str(DATA_DIR).encode()):08x}",
)
# Prometheus shows it as a bearer token; without it `/metrics` does not exist.
METRICS_TOKEN = env.str("METRICS_TOKEN", "")
# Where the worker, which serves no site, answers `/metrics`; 0: nowhere.
METRICS_HOST = env.str("METRICS_HOST", "127.0.0.1")
METRICS_PORT = env.int("METRICS_PORT", 0)
