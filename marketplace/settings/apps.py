"""What the project is made of, and what each request goes through."""

from typing import Any

from marketplace.settings.database import DATABASE_REPLICAS
from marketplace.settings.environment import BASE_DIR

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
    "marketplace.common.api.middleware.CorsMiddleware",
    "marketplace.common.api.middleware.CleanInputMiddleware",
    "marketplace.site.middleware.ConsoleNetworksMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    # Of pages alone: one after the other, so that the API passes them in one step.
    "marketplace.site.middleware.StaticFilesMiddleware",
    "marketplace.site.middleware.SessionMiddleware",
    "marketplace.site.middleware.AuthenticationMiddleware",
    "marketplace.site.middleware.MessageMiddleware",
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

if DATABASE_REPLICAS:
    MIDDLEWARE.append("marketplace.common.replicas.WriterMiddleware")

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

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
FORMAT_MODULE_PATH = "marketplace.formats"
LANGUAGES = [("en", "English"), ("vi", "Tiếng Việt")]

SILENCED_SYSTEM_CHECKS = [
    "auth.W004"
]  # e-mail is unique by Lower(email), which the check cannot see
