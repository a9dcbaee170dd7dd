"""PostgreSQL, its replicas, and what each of its sessions begins with."""

from typing import Any

import dj_database_url

from marketplace.settings.environment import env

DATABASE_POOL_SIZE = env.int("DATABASE_POOL_SIZE", 0)
# Off behind a pooler that hands each transaction another connection and cannot follow (pgbouncer
# before 1.21 in transaction mode).
DATABASE_PREPARED_STATEMENTS = env.bool("DATABASE_PREPARED_STATEMENTS", True)
# Behind such a pooler no session is one's own: docs/deployment.md.
DATABASE_POOLER = env.bool("DATABASE_POOLER", False)
# Each session begins with these; behind a pooler the role has them. In milliseconds.
DATABASE_SESSION = {
    "statement_timeout": env.str("DATABASE_STATEMENT_TIMEOUT_MS", "15000"),
    "lock_timeout": "5000",
    "idle_in_transaction_session_timeout": "30000",
    "client_connection_check_interval": "1000",
    # Prepared statements are planned once: for a list of ids PostgreSQL would go on planning anew,
    # as it takes an unknown one for longer than the known.
    "plan_cache_mode": "force_generic_plan",
}


def _database(url: str) -> dict[str, Any]:
    """Read an address; the server-side timeouts bound how long a stuck client can hold a lock."""
    config: dict[str, Any] = dict(dj_database_url.parse(url))
    config["ENGINE"] = "marketplace.common.postgresql"
    options = dict(config.get("OPTIONS", {}))
    options.setdefault("connect_timeout", 2)
    # A pooler refuses them: it would have to know them by each of its own sessions.
    session = {} if DATABASE_POOLER else DATABASE_SESSION
    options["options"] = " ".join(f"-c {name}={value}" for name, value in session.items())
    # Cursors that outlive their transaction stay with the session.
    config["DISABLE_SERVER_SIDE_CURSORS"] = DATABASE_POOLER
    if DATABASE_POOL_SIZE:
        options["pool"] = {
            "min_size": 1,
            "max_size": DATABASE_POOL_SIZE,
            "timeout": 2,
            # From then on each request has it try. By itself the pool pauses ever longer between
            # tries, and the site would answer 503 long after PostgreSQL is back.
            "reconnect_timeout": 2,
        }
    else:
        config["CONN_MAX_AGE"] = env.int("DATABASE_CONN_MAX_AGE", 60)
    config["OPTIONS"] = options
    config["CONN_HEALTH_CHECKS"] = True
    config["ATOMIC_REQUESTS"] = False
    return config


def _replica(url: str) -> dict[str, Any]:
    """Read an address; one that does not answer costs a request less than a second or two."""
    config = _database(url)
    config["OPTIONS"] = {"tcp_user_timeout": 2_000, **config["OPTIONS"], "connect_timeout": 1}
    config["TEST"] = {"MIRROR": "default"}
    return config


_replicas: list[str] = env.list("DATABASE_REPLICA_URLS", [])
DATABASES: dict[str, dict[str, Any]] = {
    "default": _database(env.str("DATABASE_URL", "postgresql:///")),
    **{f"replica_{number}": _replica(url) for number, url in enumerate(_replicas, start=1)},
}
# Streaming replicas that answer public reads of the catalogue: docs/scaling.md.
DATABASE_REPLICAS = [alias for alias in DATABASES if alias != "default"]
# One that is further behind is left alone.
DATABASE_REPLICA_LAG_SECONDS = env.float("DATABASE_REPLICA_LAG_SECONDS", 5.0)
DATABASE_ROUTERS: list[str] = ["marketplace.common.replicas.Router"] if DATABASE_REPLICAS else []
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
