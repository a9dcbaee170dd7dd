"""What `bin/run` uses, with the harness's own addresses added and no request rate limit."""

from marketplace.settings.dev import *  # noqa: F403 - an overlay
from marketplace.settings.dev import DATABASES, LOGGING

ROOT_URLCONF = "benchmarks.urls"
RATE_LIMIT_ENABLED = False
LOGGING["root"]["level"] = "ERROR"  # no line for each request, either
# A busy machine may pause the migrations of a new database for longer than a request ever waits.
DATABASES["default"]["OPTIONS"]["options"] += " -c idle_in_transaction_session_timeout=0"
