"""What every process does before Django reads its settings."""

import os
from pathlib import Path

from django.conf import settings
from environs import Env

from marketplace import embedded

ROOT = Path(__file__).resolve().parent.parent
PRODUCTION = "marketplace.settings.production"


def prepare() -> None:
    """Read `.env`, choose the settings module, and start the embedded servers that are needed.

    The environment wins over `.env`. Production never falls back on an embedded server: its
    settings name the variable that is missing.

    Raises: EmbeddedServerError.
    """
    if settings.configured:
        return
    dotenv = ROOT / ".env"
    if dotenv.is_file():
        Env().read_env(str(dotenv), recurse=False)
    production = os.environ.get("ENVIRONMENT") == "production"
    os.environ.setdefault(
        "DJANGO_SETTINGS_MODULE", PRODUCTION if production else "marketplace.settings.dev"
    )
    if os.environ["DJANGO_SETTINGS_MODULE"] != PRODUCTION:
        embedded.use()
