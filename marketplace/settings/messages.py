"""Mail and SMS."""

from marketplace.settings.environment import DATA_DIR, env

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
