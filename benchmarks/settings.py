"""What `bin/run` uses, with the harness's own addresses added.

Requests are not limited unless RATE_LIMIT_ENABLED is set: most programs here have one address.
"""

from marketplace.settings.dev import *  # noqa: F403 - an overlay
from marketplace.settings.dev import DATABASES, LOGGING, env

# One buyer stands for many people; what the limit asks the database is asked all the same.
MAX_UNCONFIRMED_CASH_CHECKOUTS = 1_000_000

ROOT_URLCONF = "benchmarks.urls"
RATE_LIMIT_ENABLED = env.bool("RATE_LIMIT_ENABLED", False)
LOGGING["root"]["level"] = "ERROR"  # no line for each request, either
LOGGING["loggers"]["django"] = {"level": "ERROR"}
informative: list[str] = env.list("INFORMATIVE_LOGGERS", [])
LOGGING["loggers"] |= {name: {"level": "INFO"} for name in informative}
# A busy machine may pause the migrations of a new database for longer than a request ever waits.
DATABASES["default"]["OPTIONS"]["options"] += " -c idle_in_transaction_session_timeout=0"
