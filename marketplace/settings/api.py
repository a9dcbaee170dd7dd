"""The REST API: its parts, limits, proxies in front, and other origins."""

import ipaddress

from marketplace.settings.environment import env

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
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "marketplace.common.api.renderers.ContentNegotiation",
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
