"""Settings shared by every environment; all that an operator changes comes from the environment.

`.env.example` lists every variable. Business limits that nobody tunes per deployment are constants
in the apps, not settings.
"""

import ipaddress
import os
import tempfile
import zlib
from pathlib import Path
from typing import Any

import dj_database_url
import django_stubs_ext
from celery.schedules import crontab
from environs import Env

# Lets classes such as ModelAdmin take type parameters at run time.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent.parent

env = Env()

ENVIRONMENT = env.str("ENVIRONMENT", "development")
DEBUG = False
DATA_DIR = Path(env.str("DATA_DIR", str(BASE_DIR / "var"))).resolve()
SECRET_KEY = env.str("SECRET_KEY", "")
# Tokens are signed with a key of their own, so that leaking one secret does not leak the other.
JWT_SIGNING_KEY = env.str("JWT_SIGNING_KEY", "")
# Pepper of one-time codes, API keys and cart tokens: a stolen database alone reveals none of them.
TOKEN_PEPPER = env.str("TOKEN_PEPPER", "")
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", [])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])

INSTALLED_APPS = [
    "accounts.admin_config.MarketplaceAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "corsheaders",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "drf_standardized_errors",
    "marketplace.common.outbox",
    "marketplace.common.idempotency",
    "marketplace.common.limits",
    "marketplace.common.moderation",
    "marketplace.common.files",
    "marketplace.common.audit",
    "marketplace.common.partitions",
    "accounts",
    "shops",
    "shops.shipping",
    "catalog",
    "catalog.inventory",
    "catalog.bulk",
    "catalog.alerts",
    "catalog.wishlists",
    "vouchers",
    "cart",
    "orders",
    "orders.payments",
    "orders.returns",
    "orders.settlement",
    "orders.metrics",
    "orders.documents",
    "orders.fulfilment",
    "orders.standing",
    "reviews",
    "notifications",
    "notifications.webhooks",
    "marketplace.invariants",
    "marketplace.backups",
    "marketplace.privacy",
    "marketplace.common",
    "marketplace.site",
    "marketplace.demo",
]

MIDDLEWARE = [
    "marketplace.common.api.middleware.RequestIdMiddleware",
    "marketplace.common.audit.middleware.AuditMiddleware",
    "marketplace.common.api.middleware.SafeHeadersMiddleware",
    "marketplace.monitoring.middleware.MetricsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "marketplace.common.api.middleware.CleanInputMiddleware",
    "marketplace.site.middleware.ConsoleNetworksMiddleware",
    "marketplace.site.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "marketplace.site.middleware.AuthenticationMiddleware",
    "marketplace.site.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "marketplace.urls"
WSGI_APPLICATION = "marketplace.wsgi.application"
ASGI_APPLICATION = "marketplace.asgi.application"
APPEND_SLASH = False

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "marketplace" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# --- database -----------------------------------------------------------------------------------

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
DATABASE_ROUTERS: list[str] = []
if DATABASE_REPLICAS:
    DATABASE_ROUTERS.append("marketplace.common.replicas.Router")
    MIDDLEWARE.append("marketplace.common.replicas.WriterMiddleware")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Redis: cache and broker; never the only copy of anything -------------------------------------

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

CELERY_BROKER_URL = REDIS_URL
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

# --- people ---------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.IdentifierBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.BCryptSHA256PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
_VALIDATORS = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {
        "NAME": f"{_VALIDATORS}.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("full_name", "email", "phone_number")},
    },
    {"NAME": f"{_VALIDATORS}.MinimumLengthValidator"},
    {"NAME": f"{_VALIDATORS}.CommonPasswordValidator"},
    {"NAME": f"{_VALIDATORS}.NumericPasswordValidator"},
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
# The sections of the console by app label, in the order in which staff need them; others follow.
CONSOLE_SECTIONS = [
    "orders",
    "payments",
    "returns",
    "settlement",
    "documents",
    "fulfilment",
    "shops",
    "standing",
    "catalog",
    "inventory",
    "bulk",
    "alerts",
    "wishlists",
    "reviews",
    "moderation",
    "vouchers",
    "shipping",
    "accounts",
    "auth",
    "cart",
    "notifications",
    "webhooks",
    "outbox",
    "audit",
]
SESSION_COOKIE_AGE = 12 * 3600
# Whether staff must have a second factor for the console; who has one is always asked for it.
STAFF_SECOND_FACTOR_REQUIRED = False
# Where staff work: for anybody else neither the console nor its API is there. Empty: anywhere.
_console_networks: list[str] = env.list("CONSOLE_NETWORKS", [])
CONSOLE_NETWORKS = [ipaddress.ip_network(network) for network in _console_networks]
PHONE_DEFAULT_REGION = env.str("PHONE_DEFAULT_REGION", "VN")
SIMPLE_JWT = {
    "SIGNING_KEY": JWT_SIGNING_KEY,
    "ALGORITHM": "HS256",
    "USER_ID_CLAIM": "sub",
    "ISSUER": "marketplace",
    "AUDIENCE": "marketplace",
    "LEEWAY": 0,
}
ACCESS_TOKEN_SECONDS = env.int("ACCESS_TOKEN_SECONDS", 900)
REFRESH_TOKEN_SECONDS = env.int("REFRESH_TOKEN_SECONDS", 7 * 86400)
# Wrong passwords from one address in 15 minutes, whatever the accounts; many people may share one.
LOGIN_FAILURES_PER_ADDRESS = env.int("LOGIN_FAILURES_PER_ADDRESS", 100)
# Calls from one address in 15 minutes that send a message to somebody or try a code.
CODE_REQUESTS_PER_ADDRESS = env.int("CODE_REQUESTS_PER_ADDRESS", 300)

# --- open connections of the realtime process -----------------------------------------------------

# How long a new connection may stay without its first message, which says who it is.
LIVE_AUTH_SECONDS = env.float("LIVE_AUTH_SECONDS", 10.0)
# How often a connection hears that the server is there; in between, sign-ins are checked.
LIVE_HEARTBEAT_SECONDS = env.float("LIVE_HEARTBEAT_SECONDS", 25.0)
# The WebSocket's own ping; a client that does not answer for as long again has gone.
LIVE_PING_SECONDS = env.float("LIVE_PING_SECONDS", 20.0)
LIVE_SWEEP_SECONDS = env.float("LIVE_SWEEP_SECONDS", 15.0)
LIVE_CONNECTIONS_PER_USER = env.int("LIVE_CONNECTIONS_PER_USER", 10)
LIVE_CONNECTIONS_PER_PROCESS = env.int("LIVE_CONNECTIONS_PER_PROCESS", 5000)

# --- API ------------------------------------------------------------------------------------------

RATE_LIMIT_ENABLED = env.bool("RATE_LIMIT_ENABLED", True)
RATE_LIMIT_ANONYMOUS_PER_MINUTE = env.int("RATE_LIMIT_ANONYMOUS_PER_MINUTE", 600)
RATE_LIMIT_USER_PER_MINUTE = env.int("RATE_LIMIT_USER_PER_MINUTE", 1200)
# How many proxies of our own stand in front: 0 means that X-Forwarded-For is not believed at all.
TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", 0)
# Where they stand; what anybody else forwards is not believed. By default, private networks.
TRUSTED_PROXIES = [
    ipaddress.ip_network(network)
    for network in env.list(
        "TRUSTED_PROXIES",
        [
            *("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"),
            *("::1/128", "fc00::/7", "fe80::/10"),
        ],
    )
]

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.api.authentication.SessionTokenAuthentication",
        "accounts.api.authentication.ApiKeyAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["marketplace.common.api.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["marketplace.common.api.renderers.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "marketplace.common.api.pagination.KeysetPagination",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_THROTTLE_CLASSES": ["marketplace.common.api.throttling.RequestRateThrottle"],
    "DEFAULT_SCHEMA_CLASS": "marketplace.common.api.schema.AutoSchema",
    "EXCEPTION_HANDLER": "marketplace.common.api.errors.exception_handler",
    "DEFAULT_VERSIONING_CLASS": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "URL_FORMAT_OVERRIDE": None,
    "FORMAT_SUFFIX_KWARG": None,
}
DRF_STANDARDIZED_ERRORS = {
    "EXCEPTION_HANDLER_CLASS": "marketplace.common.api.errors.ExceptionHandler",
    "EXCEPTION_FORMATTER_CLASS": "marketplace.common.api.errors.EnvelopeFormatter",
    "ENABLE_IN_DEBUG_FOR_UNHANDLED_EXCEPTIONS": True,
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Marketplace API",
    "DESCRIPTION": (BASE_DIR / "marketplace" / "site" / "api.md").read_text(encoding="utf-8"),
    # The order in which the documentation shows them; others follow.
    "TAGS": [
        {"name": "auth", "description": "Registering, signing in and out, passwords."},
        {"name": "profile", "description": "One's own account and addresses."},
        {"name": "categories", "description": "The category tree."},
        {"name": "brands", "description": "Brands."},
        {"name": "products", "description": "The catalogue that buyers see."},
        {"name": "shops", "description": "Open shops."},
        {"name": "stores", "description": "Places where goods can be seen or fetched."},
        {"name": "cart", "description": "The caller's one cart, a guest's too."},
        {"name": "orders", "description": "What the buyer orders: one order per shop."},
        {"name": "checkouts", "description": "What was ordered at once, over all shops."},
        {"name": "payments", "description": "How a checkout is paid."},
        {"name": "reviews", "description": "What buyers think of what they got."},
        {"name": "questions", "description": "What is asked about products, and answered."},
        {"name": "returns", "description": "What buyers send back."},
        {"name": "webhooks", "description": "Where payment providers and carriers report."},
        {"name": "notifications", "description": "What the user is told."},
        {"name": "seller", "description": "The seller's own products and orders."},
        {"name": "seller: shop", "description": "The seller's own shop."},
        {"name": "seller: team", "description": "Who works for the shop, and as what."},
        {"name": "seller: stores", "description": "The shop's locations."},
        {"name": "seller: returns", "description": "What comes back to the shop; refunds."},
        {"name": "seller: reviews", "description": "What is written about the shop's goods."},
        {"name": "seller: webhooks", "description": "Where the shop's events are sent."},
        {"name": "staff", "description": "What staff do, with the rights of the Django admin."},
        {"name": "operations", "description": "Health, and where to begin."},
    ],
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "marketplace.common.api.schema.document_errors",
        "marketplace.common.api.schema.summarise",
        "marketplace.site.links.add_links",
    ],
    "ENUM_NAME_OVERRIDES": {
        "CartWarningCode": "cart.constants.CartWarning",
        "NotificationType": "notifications.constants.NotificationType",
        "NotificationAudience": "notifications.constants.Audience",
        "NotificationChannel": "notifications.constants.DeliveryChannel",
        "NotificationDigest": "notifications.constants.Digest",
        "AddressKind": "accounts.constants.AddressKind.choices",
        "AlertKind": "catalog.alerts.constants.AlertKind",
        "ApiScope": "accounts.constants.ApiScope.choices",
        "Language": "accounts.constants.Language.choices",
        "MessageChannel": "accounts.constants.Channel.choices",
        "Role": "accounts.constants.Role.choices",
        "ServerState": "marketplace.site.serializers.STATES",
        "OrderStatus": "orders.constants.OrderStatus",
        "OrderPaymentStatus": "orders.constants.PaymentStatus",
        "PaymentMethod": "orders.constants.PaymentMethod",
        "PaymentState": "orders.payments.constants.PaymentState",
        "VoucherKind": "vouchers.constants.VoucherKind",
        "VoucherReason": "vouchers.constants.Reason",
        "OrderActor": "orders.constants.ActorKind",
        "RefundKind": "orders.payments.constants.RefundKind",
        "RefundStatus": "orders.payments.constants.RefundStatus",
        "ReturnStatus": "orders.returns.constants.ReturnStatus",
        "ReturnReason": "orders.returns.constants.ReturnReason",
        "ReturnDisposition": "orders.returns.constants.Disposition",
        "LedgerEntryKind": "orders.settlement.constants.EntryKind",
        "DocumentStatus": "orders.documents.constants.DocumentStatus",
        "DisputeStatus": "orders.returns.constants.DisputeStatus",
        "SellerReturnStep": "orders.returns.constants.SELLER_STEPS",
        "ShipmentStatus": "shops.shipping.constants.ParcelStatus",
        "BookingStatus": "orders.fulfilment.constants.BookingStatus",
        "Carrier": "shops.shipping.constants.Carrier",
        "SellerOrderStep": "orders.constants.SELLER_STEPS",
        "ProductStatus": "catalog.constants.ProductStatus",
        "StaffProductStep": "catalog.constants.STAFF_STEPS",
        "StaffShopStep": "shops.constants.STAFF_STEPS",
        "TeamRole": "shops.constants.TeamRole",
        "MembershipRole": "shops.api.team.ROLES",
        "Obligation": "orders.standing.constants.Obligation",
        "StandingMeasure": "orders.standing.constants.Measure",
        "ShopOrdering": "shops.constants.ShopOrdering",
        "ImportState": "catalog.bulk.constants.ImportState",
        "FileFormat": "catalog.bulk.constants.FileFormat",
        "ShopStatus": "shops.constants.ShopStatus",
        "WebhookTopic": "notifications.webhooks.constants.WebhookTopic",
        "WebhookDeliveryState": "notifications.webhooks.constants.WebhookDeliveryState",
        "Visibility": "reviews.constants.Visibility",
        "ReviewOrdering": "reviews.constants.ReviewOrdering",
    },
}
CORS_ALLOWED_ORIGINS: list[str] = env.list("CORS_ALLOWED_ORIGINS", [])
CORS_URLS_REGEX = r"^/api/.*$"
CORS_EXPOSE_HEADERS = [
    *("X-Request-ID", "X-Cart-Token", "Idempotent-Replayed", "ETag", "Retry-After"),
    *("Deprecation", "Sunset", "Link"),
]
CORS_ALLOW_HEADERS = [
    "accept",
    "authorization",
    "content-type",
    "idempotency-key",
    "if-none-match",
    "x-api-key",
    "x-cart-token",
    "x-request-id",
    "x-shop-id",
]

DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
# A group of staff has one for each of its rights.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
DATA_UPLOAD_MAX_NUMBER_FILES = 10

# --- marketplace ----------------------------------------------------------------------------------

MARKETPLACE_CURRENCY = env.str("MARKETPLACE_CURRENCY", "VND")
# Share of the goods' value that the platform keeps, in basis points; a shop may have its own.
COMMISSION_RATE_BPS = env.int("COMMISSION_RATE_BPS", 500)
# How long an unpaid online checkout keeps its stock.
RESERVATION_TTL_SECONDS = env.int("RESERVATION_TTL_SECONDS", 900)
# New products wait for staff before they are published.
PRODUCT_REVIEW_REQUIRED = env.bool("PRODUCT_REVIEW_REQUIRED", False)
# Delivered orders count as received after this many days.
AUTO_COMPLETE_DAYS = env.int("AUTO_COMPLETE_DAYS", 7)
# Goods can be sent back for so many days after their delivery.
RETURN_WINDOW_DAYS = env.int("RETURN_WINDOW_DAYS", 7)
# A return that its seller does not answer for so many days is approved.
RETURN_ANSWER_DAYS = env.int("RETURN_ANSWER_DAYS", 3)
# Goods of an approved return are waited for so many days.
RETURN_SEND_DAYS = env.int("RETURN_SEND_DAYS", 14)
# A shop is late that does not confirm an order, or hand over what it confirmed, for so many hours.
ORDER_CONFIRM_HOURS = env.int("ORDER_CONFIRM_HOURS", 24)
ORDER_HAND_OVER_HOURS = env.int("ORDER_HAND_OVER_HOURS", 72)
# It is warned so many hours before that, and so many after it the order is cancelled.
ORDER_WARN_HOURS = env.int("ORDER_WARN_HOURS", 6)
ORDER_CANCEL_AFTER_HOURS = env.int("ORDER_CANCEL_AFTER_HOURS", 48)
CART_TTL_DAYS = env.int("CART_TTL_DAYS", 30)
SITE_NAME = env.str("SITE_NAME", "Marketplace")
# Reports by so many people hide a review or a question until staff decide.
REPORTS_TO_HIDE = env.int("REPORTS_TO_HIDE", 5)
SITE_URL = env.str("SITE_URL", "http://127.0.0.1:8000").rstrip("/")
# Where clients find live notifications; the proxy in front sends /ws/ to the realtime process.
LIVE_URL = env.str("LIVE_URL", "") or f"ws{SITE_URL.removeprefix('http')}/ws/notifications"
SHOP_FRONT_URL = env.str("SHOP_FRONT_URL", "http://127.0.0.1:3000").rstrip("/")
DEMO = env.bool("DEMO", False)
# The hours of people: when an SMS would wake them, when the daily mail goes out.
LOCAL_TIME_ZONE = env.str("LOCAL_TIME_ZONE", "Asia/Ho_Chi_Minh")
CELERY_TIMEZONE = LOCAL_TIME_ZONE  # whose night it is

# --- payment: a provider without its secrets is not offered ---------------------------------------

STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", "")
STRIPE_WEBHOOK_SECRET = env.str("STRIPE_WEBHOOK_SECRET", "")
STRIPE_API_BASE = env.str("STRIPE_API_BASE", "")
VNPAY_TMN_CODE = env.str("VNPAY_TMN_CODE", "")
VNPAY_HASH_SECRET = env.str("VNPAY_HASH_SECRET", "")
VNPAY_URL = env.str("VNPAY_URL", "https://sandbox.vnpayment.vn/paymentv2/vpcpay.html")
VNPAY_API_URL = env.str(
    "VNPAY_API_URL", "https://sandbox.vnpayment.vn/merchant_webapi/api/transaction"
)
MOMO_PARTNER_CODE = env.str("MOMO_PARTNER_CODE", "")
MOMO_ACCESS_KEY = env.str("MOMO_ACCESS_KEY", "")
MOMO_SECRET_KEY = env.str("MOMO_SECRET_KEY", "")
MOMO_API_URL = env.str("MOMO_API_URL", "https://test-payment.momo.vn")
# The make-believe provider; `dev` turns it on.
FAKE_PAYMENTS = False
# Unpaid online checkouts that one buyer may have at once.
MAX_UNPAID_CHECKOUTS = env.int("MAX_UNPAID_CHECKOUTS", 5)
# A refund of more than this is approved by a second person, in smallest units.
REFUND_APPROVAL_AMOUNT = env.int("REFUND_APPROVAL_AMOUNT", 5_000_000)

# --- settlement: amounts in smallest units --------------------------------------------------------

# A completed order's money is due to its shop after this many days.
SETTLEMENT_HOLD_DAYS = env.int("SETTLEMENT_HOLD_DAYS", 3)
# A shop is paid out at most this often, and not less than this.
PAYOUT_INTERVAL_DAYS = env.int("PAYOUT_INTERVAL_DAYS", 7)
PAYOUT_MINIMUM_AMOUNT = env.int("PAYOUT_MINIMUM_AMOUNT", 100_000)
# A payout of more than this is approved by two people.
PAYOUT_APPROVAL_AMOUNT = env.int("PAYOUT_APPROVAL_AMOUNT", 20_000_000)

# --- carriers: one without its token and its webhook's secret is off ------------------------------

GHTK_TOKEN = env.str("GHTK_TOKEN", "")
GHTK_API_URL = env.str("GHTK_API_URL", "https://services.giaohangtietkiem.vn")
# The partner code that GHTK gives to platforms; shops with a token of their own need none.
GHTK_CLIENT_SOURCE = env.str("GHTK_CLIENT_SOURCE", "")
GHTK_WEBHOOK_SECRET = env.str("GHTK_WEBHOOK_SECRET", "")
VIETTEL_POST_TOKEN = env.str("VIETTEL_POST_TOKEN", "")
VIETTEL_POST_API_URL = env.str("VIETTEL_POST_API_URL", "https://partner.viettelpost.vn")
VIETTEL_POST_WEBHOOK_SECRET = env.str("VIETTEL_POST_WEBHOOK_SECRET", "")
VIETTEL_POST_PRINT_URL = env.str(
    "VIETTEL_POST_PRINT_URL", "https://digitalize.viettelpost.vn/DigitalizePrint/report.do"
)

# --- how many days what is about people is kept: docs/privacy.md ----------------------------------

RETENTION_DAYS = {
    # Ended sign-ins with their addresses, and codes.
    "sign_ins": env.int("RETENTION_SIGN_INS_DAYS", 30),
    "notifications": env.int("RETENTION_NOTIFICATIONS_DAYS", 365),
    # Where sent mail and SMS went, and what an SMS said.
    "deliveries": env.int("RETENTION_DELIVERIES_DAYS", 90),
    "searches": env.int("RETENTION_SEARCHES_DAYS", 400),
    # Network addresses in the audit log, whose entries stay.
    "audit_addresses": env.int("RETENTION_AUDIT_ADDRESSES_DAYS", 180),
    # What payment providers and carriers sent, as it came.
    "provider_messages": env.int("RETENTION_PROVIDER_MESSAGES_DAYS", 180),
    # Photos and comments of closed returns.
    "return_evidence": env.int("RETENTION_RETURN_EVIDENCE_DAYS", 730),
    # Names and addresses in ended orders; invoices keep their own.
    "order_addresses": env.int("RETENTION_ORDER_ADDRESSES_DAYS", 730),
    # Contacts and bank accounts of shops whose owners have left, once nothing is owed.
    "closed_shops": env.int("RETENTION_CLOSED_SHOPS_DAYS", 90),
    "unconfirmed_accounts": env.int("RETENTION_UNCONFIRMED_ACCOUNTS_DAYS", 30),
}

# Months that `rotate_partitions` keeps of tables that grow without end; 0: all of them.
PARTITION_RETENTION_MONTHS = {
    "audit_entry": env.int("RETENTION_AUDIT_MONTHS", 0),
    "catalog_productview": env.int("RETENTION_VIEWS_MONTHS", 0),
    "catalog_searchquery": env.int("RETENTION_SEARCHES_MONTHS", 0),
}

# --- files, mail, SMS -----------------------------------------------------------------------------

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
FORMAT_MODULE_PATH = "marketplace.formats"
LANGUAGES = [("en", "English"), ("vi", "Tiếng Việt")]

STATIC_URL = "/static/"
STATIC_ROOT: str | None = env.str("STATIC_ROOT", str(BASE_DIR / "staticfiles"))
MEDIA_URL = "/media/"
MEDIA_ROOT = DATA_DIR / "media"
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "marketplace.common.files.storage.LocalStorage"},
    # Invoices and statements: outside MEDIA_ROOT, so that no server of files finds them.
    "private": {
        "BACKEND": "marketplace.common.files.storage.LocalStorage",
        "OPTIONS": {"location": DATA_DIR / "private", "file_permissions_mode": 0o600},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
if S3_BUCKET := env.str("S3_BUCKET", ""):
    _s3 = {
        "bucket_name": S3_BUCKET,
        "endpoint_url": env.str("S3_ENDPOINT_URL", "") or None,
        "region_name": env.str("S3_REGION", "") or None,
        "access_key": env.str("S3_ACCESS_KEY", "") or None,
        "secret_key": env.str("S3_SECRET_KEY", "") or None,
    }
    STORAGES["default"] = {
        "BACKEND": "marketplace.common.files.storage.BucketStorage",
        "OPTIONS": {
            **_s3,
            "custom_domain": env.str("S3_CUSTOM_DOMAIN", "") or None,
            "upload_url": env.str("S3_UPLOAD_URL", ""),
            # Signed addresses differ from request to request, so no cache can keep an answer.
            "querystring_auth": env.bool("S3_SIGNED_URLS", False),
        },
    }
    STORAGES["private"] = {
        "BACKEND": "marketplace.common.files.storage.BucketStorage",
        "OPTIONS": {
            **_s3,
            "bucket_name": env.str("S3_PRIVATE_BUCKET", "") or S3_BUCKET,
            "querystring_auth": True,
        },
    }

# Where `backup` puts its files, a folder or s3://bucket/folder, and the key that encrypts them.
BACKUP_DIR = env.str("BACKUP_DIR", "") or str(DATA_DIR / "backups")
BACKUP_KEY = env.str("BACKUP_KEY", "")
# Best another account than that of the files: whoever gets at one does not get at the other.
BACKUP_S3 = {
    "endpoint_url": env.str("BACKUP_S3_ENDPOINT_URL", "") or env.str("S3_ENDPOINT_URL", "") or None,
    "region_name": env.str("BACKUP_S3_REGION", "") or env.str("S3_REGION", "") or None,
    "aws_access_key_id": (
        env.str("BACKUP_S3_ACCESS_KEY", "") or env.str("S3_ACCESS_KEY", "") or None
    ),
    "aws_secret_access_key": (
        env.str("BACKUP_S3_SECRET_KEY", "") or env.str("S3_SECRET_KEY", "") or None
    ),
}

EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = DATA_DIR / "outbox" / "mail"
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "Marketplace <no-reply@marketplace.test>")
if EMAIL_HOST := env.str("EMAIL_HOST", ""):
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_PORT = env.int("EMAIL_PORT", 587)
    EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", "")
    EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", "")
    EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", True)
EMAIL_TIMEOUT = 10
SMS_BACKEND = env.str("SMS_BACKEND", "file")
SMS_FILE_PATH = DATA_DIR / "outbox" / "sms.jsonl"
SMS_API_URL = env.str("SMS_API_URL", "")
SMS_API_KEY = env.str("SMS_API_KEY", "")
TWILIO_ACCOUNT_SID = env.str("TWILIO_ACCOUNT_SID", "")
TWILIO_AUTH_TOKEN = env.str("TWILIO_AUTH_TOKEN", "")
# A number, a brand name, or the id of a messaging service.
TWILIO_FROM = env.str("TWILIO_FROM", "")
TWILIO_API_BASE = env.str("TWILIO_API_BASE", "https://api.twilio.com").rstrip("/")
# In any 24 hours, codes included; what only informs stops at four fifths of it. 0: no cap.
SMS_DAILY_CAP = env.int("SMS_DAILY_CAP", 5000)

# --- webhooks of sellers ------------------------------------------------------------------------

# Lets endpoints be plain HTTP and machines of one's own; `dev` turns it on.
WEBHOOKS_TO_PRIVATE_ADDRESSES = False

# --- headers, logs and metrics -------------------------------------------------------------------

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
# Forms carry the token; no script of ours reads the cookie.
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"

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

SILENCED_SYSTEM_CHECKS = [
    "auth.W004"
]  # e-mail is unique by Lower(email), which the check cannot see
