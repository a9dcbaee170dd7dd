"""The worker's queues and limits, and what runs periodically."""

from typing import Any

from celery.schedules import crontab

from marketplace.settings.business import LOCAL_TIME_ZONE
from marketplace.settings.cache import REDIS_URL

CELERY_BROKER_URL = REDIS_URL
CELERY_TIMEZONE = LOCAL_TIME_ZONE  # whose night it is
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 900
CELERY_TASK_SOFT_TIME_LIMIT = 840
# By kind of work, so that pictures and files never keep mail and orders waiting. A worker takes
# from all of them, in turn, unless it is started with `--queues`.
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_QUEUES: dict[str, dict[str, Any]] = {
    "default": {},
    "images": {},
    "imports": {},
    "documents": {},
    "webhooks": {},
}
CELERY_TASK_CREATE_MISSING_QUEUES = False
CELERY_TASK_ROUTES = {
    "catalog.render_image": {"queue": "images"},
    "files.resize_image": {"queue": "images"},
    "catalog.run_imports": {"queue": "imports"},
    "documents.*": {"queue": "documents"},
    "webhooks.*": {"queue": "webhooks"},
}
# KiB: a process that has grown beyond it is replaced after its task.
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 200_000
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # never given up
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    # A lost broker costs a request one attempt, not six seconds of them; the worker's own way of
    # coming back is not governed by this.
    "max_retries": 0,
    "socket_timeout": 1,
    "socket_connect_timeout": 1,
}
# Each periodic job is a management command as well; one missed or doubled run does no harm.
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "dispatch-outbox": {"task": "outbox.dispatch", "schedule": 3.0},
    "send-notifications": {"task": "notifications.send", "schedule": 15.0},
    "send-webhooks": {"task": "webhooks.send", "schedule": 15.0},
    "prune-webhooks": {"task": "webhooks.prune", "schedule": 86400.0},
    "digest-notifications": {"task": "notifications.digest", "schedule": 600.0},
    "rotate-partitions": {"task": "partitions.rotate", "schedule": crontab(hour=4, minute=30)},
    "prune-outbox": {"task": "outbox.prune", "schedule": 86400.0},
    "expire-checkouts": {"task": "orders.expire_checkouts", "schedule": 15.0},
    "reconcile-payments": {"task": "payments.reconcile", "schedule": 120.0},
    "send-refunds": {"task": "payments.send_refunds", "schedule": 60.0},
    "enforce-return-deadlines": {"task": "returns.enforce_deadlines", "schedule": 600.0},
    "book-shipments": {"task": "fulfilment.book_shipments", "schedule": 15.0},
    "poll-shipments": {"task": "fulfilment.poll_shipments", "schedule": 120.0},
    "complete-delivered-orders": {"task": "orders.complete_delivered", "schedule": 600.0},
    "release-balances": {"task": "settlement.release", "schedule": 3600.0},
    "sweep-payouts": {"task": "settlement.sweep_payouts", "schedule": crontab(hour=1, minute=30)},
    "verify-ledger": {"task": "settlement.verify", "schedule": crontab(hour=2, minute=30)},
    "enforce-deadlines": {"task": "standing.enforce_deadlines", "schedule": 600.0},
    "rollup-standing": {"task": "standing.rollup", "schedule": 3600.0},
    "rollup-metrics": {"task": "metrics.rollup", "schedule": 300.0},
    "render-documents": {"task": "documents.render_overdue", "schedule": 300.0},
    "issue-statements": {
        "task": "documents.issue_statements",
        "schedule": crontab(hour=3, minute=30),
    },
    "flush-search-counts": {"task": "catalog.flush_counts", "schedule": 60.0},
    "refresh-search-tiers": {"task": "catalog.refresh_search_tiers", "schedule": 600.0},
    "make-renditions": {"task": "catalog.make_renditions", "schedule": 300.0},
    "run-imports": {"task": "catalog.run_imports", "schedule": 30.0},
    "prune-alerts": {"task": "alerts.prune", "schedule": 86400.0},
    "prune-carts": {"task": "cart.prune", "schedule": 86400.0},
    "prune-sign-ins": {"task": "accounts.prune", "schedule": 86400.0},
    "collect-unused-files": {"task": "files.collect_unused", "schedule": 86400.0},
    "enforce-retention": {
        "task": "privacy.enforce_retention",
        "schedule": crontab(hour=4, minute=0),
    },
    "prune-idempotency-keys": {"task": "idempotency.prune", "schedule": 3600.0},
}
for _entry in CELERY_BEAT_SCHEDULE.values():
    # What no worker took until the next one is due is not worth a place in the queue any more.
    _interval = _entry["schedule"]
    _entry["options"] = {"expires": 86400.0 if isinstance(_interval, crontab) else _interval}
