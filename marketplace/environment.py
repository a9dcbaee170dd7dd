"""What every process does before Django reads its settings."""

import os
from pathlib import Path

from django.conf import settings
from environs import Env

from marketplace import embedded

ROOT = Path(__file__).resolve().parent.parent
PRODUCTION = "marketplace.settings.production"
# What may be given as the name of a file that holds it.
SECRETS = (
    "SECRET_KEY", "JWT_SIGNING_KEY", "TOKEN_PEPPER", "DATABASE_URL", "DATABASE_REPLICA_URLS",
    "REDIS_URL", "EMAIL_HOST_PASSWORD", "SMS_API_KEY", "TWILIO_AUTH_TOKEN", "S3_ACCESS_KEY",
    "S3_SECRET_KEY", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "VNPAY_HASH_SECRET",
    "MOMO_ACCESS_KEY", "MOMO_SECRET_KEY", "GHTK_TOKEN", "GHTK_WEBHOOK_SECRET",
    "VIETTEL_POST_TOKEN", "VIETTEL_POST_WEBHOOK_SECRET", "BACKUP_KEY", "BACKUP_S3_ACCESS_KEY",
    "BACKUP_S3_SECRET_KEY", "METRICS_TOKEN",
)  # fmt: skip


def read_dotenv() -> None:
    """Add what `.env` says to the environment, which wins where both speak."""
    dotenv = ROOT / ".env"
    if dotenv.is_file():
        Env().read_env(str(dotenv), recurse=False)


def read_secret_files() -> None:
    """Read each variable that is given as the file it is in, as NAME_FILE; NAME itself wins.

    Docker and Kubernetes hand secrets out as files, which `docker inspect` and /proc do not show.
    """
    for name in SECRETS:
        path = os.environ.get(f"{name}_FILE")
        if path and not os.environ.get(name):
            os.environ[name] = Path(path).read_text().strip()


def prepare() -> None:
    """Read `.env` and secrets, choose the settings module, and start the embedded servers needed.

    Production never falls back on an embedded server: its
    settings name the variable that is missing.

    Raises: EmbeddedServerError.
    """
    if settings.configured:
        return
    read_dotenv()
    read_secret_files()
    production = os.environ.get("ENVIRONMENT") == "production"
    os.environ.setdefault(
        "DJANGO_SETTINGS_MODULE", PRODUCTION if production else "marketplace.settings.dev"
    )
    if os.environ["DJANGO_SETTINGS_MODULE"] != PRODUCTION:
        embedded.use()
