"""Development: what `bin/run` uses. Convenient, and only ever on one's own machine."""

from marketplace.settings.base import *
from marketplace.settings.base import STORAGES, env

DEBUG = env.bool("DEBUG", False)
DEMO = env.bool("DEMO", True)
FAKE_PAYMENTS = env.bool("FAKE_PAYMENTS", True)
WEBHOOKS_TO_PRIVATE_ADDRESSES = env.bool("WEBHOOKS_TO_PRIVATE_ADDRESSES", True)
SECRET_KEY = env.str("SECRET_KEY", "development-only-secret-key-that-is-long-enough-to-pass")
JWT_SIGNING_KEY = env.str("JWT_SIGNING_KEY", "development-only-jwt-signing-key-of-32-bytes-or-more")
TOKEN_PEPPER = env.str("TOKEN_PEPPER", "development-only-token-pepper-of-32-bytes-or-more")
SIMPLE_JWT = {
    "SIGNING_KEY": JWT_SIGNING_KEY,
    "ALGORITHM": "HS256",
    "ISSUER": "marketplace",
    "AUDIENCE": "marketplace",
}
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["*"])
# Static files are found where the apps keep them; nothing is collected.
WHITENOISE_USE_FINDERS = True
STATIC_ROOT = None
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
