"""Secrets, who signs in and how, and what browsers are told."""

import ipaddress
from typing import Any

from marketplace.settings.environment import env

SECRET_KEY = env.str("SECRET_KEY", "")
# Tokens are signed with a key of their own, so that leaking one secret does not leak the other.
JWT_SIGNING_KEY = env.str("JWT_SIGNING_KEY", "")
# Pepper of one-time codes, API keys and cart tokens: a stolen database alone reveals none of them.
TOKEN_PEPPER = env.str("TOKEN_PEPPER", "")
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", [])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])

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

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
# Forms carry the token; no script of ours reads the cookie.
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"

# Lets endpoints be plain HTTP and machines of one's own; `dev` turns it on.
WEBHOOKS_TO_PRIVATE_ADDRESSES = False
