"""Production: nothing insecure has a default; the start fails and names every setting at fault."""

from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from marketplace.settings.base import *
from marketplace.settings.base import (
    ALLOWED_HOSTS,
    CORS_ALLOWED_ORIGINS,
    CSRF_TRUSTED_ORIGINS,
    JWT_SIGNING_KEY,
    SECRET_KEY,
    TOKEN_PEPPER,
    env,
)

ENVIRONMENT = "production"
DEMO = False
STAFF_SECOND_FACTOR_REQUIRED = True
# What each backend that sends needs.
SMS_SETTINGS = {
    "http": ("SMS_API_URL",),
    "twilio": ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM"),
}
# What stands in examples, and what people begin with.
COMMON_PASSWORDS = {
    "", "admin", "changeme", "demo", "example", "marketplace", "marketplace-demo", "password",
    "postgres", "redis", "root", "secret", "test", "user",
}  # fmt: skip
# Development alone may have them; production has them off, and refuses to be asked for them.
DEVELOPMENT_ONLY = ("DEBUG", "DEMO", "FAKE_PAYMENTS", "WEBHOOKS_TO_PRIVATE_ADDRESSES")


def _is_weak(secret: str, least: int) -> bool:
    """Tell what cannot be random: too short, of too few characters, or with words in it."""
    words = ("development-only", "django-insecure", "changeme", "change-me", "password", "secret")
    return len(secret) < least or len(set(secret)) < 12 or any(w in secret.lower() for w in words)


def _is_open(url: str) -> bool:
    """Tell whether a server is reached over the network with no password, or one of an example."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    is_local = host in {"", "localhost", "127.0.0.1", "::1"} or host.startswith(("/", "%2f"))
    return not is_local and unquote(parts.password or "").lower() in COMMON_PASSWORDS


def _problems() -> list[str]:
    found = [
        f"{name}: set a random value of at least {least} characters"
        for name, value, least in (
            ("SECRET_KEY", SECRET_KEY, 50),
            ("JWT_SIGNING_KEY", JWT_SIGNING_KEY, 32),
            ("TOKEN_PEPPER", TOKEN_PEPPER, 32),
        )
        if _is_weak(value, least)
    ]
    secrets = [SECRET_KEY, JWT_SIGNING_KEY, TOKEN_PEPPER]
    if all(secrets) and len(set(secrets)) < len(secrets):
        found.append("SECRET_KEY, JWT_SIGNING_KEY, TOKEN_PEPPER: must differ from each other")
    if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
        found.append("ALLOWED_HOSTS: list the host names this site answers to, without *")
    for name in ("DATABASE_URL", "REDIS_URL", "SITE_URL", "SHOP_FRONT_URL", "EMAIL_HOST"):
        if not env.str(name, ""):
            found.append(f"{name}: not set")
    found += [
        f"{name}: has no password, or one that stands in examples"
        for name in ("DATABASE_URL", "REDIS_URL")
        if env.str(name, "") and _is_open(env.str(name, ""))
    ]
    if any(map(_is_open, env.list("DATABASE_REPLICA_URLS", []))):
        found.append("DATABASE_REPLICA_URLS: one has no password, or one that stands in examples")
    found += [f"{name}: only for development" for name in DEVELOPMENT_ONLY if env.bool(name, False)]
    found += [
        f"{name}: list origins that start with https://, without *"
        for name, origins in (
            ("CORS_ALLOWED_ORIGINS", CORS_ALLOWED_ORIGINS),
            ("CSRF_TRUSTED_ORIGINS", CSRF_TRUSTED_ORIGINS),
        )
        if any("*" in origin or not origin.startswith("https://") for origin in origins)
    ]
    if not env.str("SITE_URL", "").startswith("https://"):
        found.append("SITE_URL: must start with https://")
    if env.str("SMS_BACKEND", "") not in SMS_SETTINGS:
        found.append("SMS_BACKEND: must be a backend that sends (http or twilio)")
    found += [
        f"{name}: not set"
        for name in SMS_SETTINGS.get(env.str("SMS_BACKEND", ""), ())
        if not env.str(name, "")
    ]
    return found


if problems := _problems():
    raise ImproperlyConfigured("Unsafe or missing settings:\n  " + "\n  ".join(problems))

SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", True)
SECURE_REDIRECT_EXEMPT = [r"^health"]
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", 31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
# By these names browsers take them from this host alone, over TLS; a neighbouring host sets none.
SESSION_COOKIE_NAME = "__Host-sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken"
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
if env.bool("BEHIND_TLS_PROXY", True):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
