"""What every process does before Django reads its settings."""

import os
from pathlib import Path

from django.conf import settings
from environs import Env

from marketplace import embedded

ROOT = Path(__file__).resolve().parent.parent
PRODUCTION = "marketplace.settings.production"


def read_dotenv() -> None:
    """Add what `.env` says to the environment, which wins where both speak."""
    dotenv = ROOT / ".env"
    if dotenv.is_file():
        Env().read_env(str(dotenv), recurse=False)


def prepare() -> None:
    """Read `.env`, choose the settings module, and start the embedded servers that are needed.

    Production never falls back on an embedded server: its
    settings name the variable that is missing.

    Raises: EmbeddedServerError.
    """
    if settings.configured:
        return
    read_dotenv()
    production = os.environ.get("ENVIRONMENT") == "production"
    os.environ.setdefault(
        "DJANGO_SETTINGS_MODULE", PRODUCTION if production else "marketplace.settings.dev"
    )
    if os.environ["DJANGO_SETTINGS_MODULE"] != PRODUCTION:
        embedded.use()
