"""Tests: real PostgreSQL and Redis, fast password hashes, nothing that leaves the machine."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from marketplace.settings.dev import *
from marketplace.settings.dev import CACHES, DATABASES, REDIS_URL, STORAGES

ENVIRONMENT = "test"
DEMO = False
# One-way hashing is tested once on its own; everywhere else it would only cost 0.3 s a user.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
DATA_DIR = Path(tempfile.mkdtemp(prefix="marketplace-test-"))
atexit.register(shutil.rmtree, DATA_DIR, ignore_errors=True)
MEDIA_ROOT = DATA_DIR / "media"
METRICS_DIR = str(DATA_DIR / "metrics")
STORAGES["private"]["OPTIONS"]["location"] = DATA_DIR / "private"
SMS_BACKEND = "memory"
RATE_LIMIT_ENABLED = False
# The few buyers of a generated market order on and on; the limit's own tests set it.
MAX_UNCONFIRMED_CASH_CHECKOUTS = 1_000_000
# Tests flush the cache, so each process of a parallel run has a Redis database of its own.
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
REDIS_URL = f"{REDIS_URL.rsplit('/', 1)[0]}/{_worker % 15 + 1}"
CACHES["default"]["LOCATION"] = REDIS_URL
DATABASES["default"]["CONN_MAX_AGE"] = 0
# A test is one transaction, also while it computes something long.
DATABASES["default"]["OPTIONS"]["options"] += " -c idle_in_transaction_session_timeout=0"
# On a busy machine Redis may need longer than a request should wait.
CACHES["default"]["OPTIONS"] = {"socket_timeout": 5, "socket_connect_timeout": 5}
# Publishing to the broker is not part of a test: the outbox is drained by the test itself.
OUTBOX_NUDGE = False
# What a handler gives to another task is done when the outbox is drained.
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
# The manifest of collected files does not exist in a test run.
WHITENOISE_AUTOREFRESH = True
