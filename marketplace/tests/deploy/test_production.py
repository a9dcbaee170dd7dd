"""Production does not start with settings that are missing, weak or those of a demo."""

import json
import os
import re
import subprocess
import sys
from secrets import token_urlsafe

from django.conf import settings as project

SOUND = {
    "ENVIRONMENT": "production",
    "SECRET_KEY": token_urlsafe(48),
    "JWT_SIGNING_KEY": token_urlsafe(48),
    "TOKEN_PEPPER": token_urlsafe(48),
    "ALLOWED_HOSTS": "shop.test",
    "SITE_URL": "https://shop.test",
    "SHOP_FRONT_URL": "https://www.shop.test",
    "DATABASE_URL": f"postgresql://marketplace:{token_urlsafe(12)}@127.0.0.1:1/marketplace",
    "REDIS_URL": f"redis://:{token_urlsafe(12)}@127.0.0.1:1/0",
    "EMAIL_HOST": "mail.shop.test",
    "SMS_BACKEND": "http",
    "SMS_API_URL": "https://sms.test",
}
# Every program of ours reads the settings before it does anything.
START = """
import json
import marketplace.wsgi
from django.conf import settings
from django.test import Client

ask = Client(headers={"host": "shop.test"}).get
print(json.dumps({
    "plain": ask("/api/v1")["Location"],
    "hsts": ask("/api/v1", secure=True)["Strict-Transport-Security"],
    **{
        name: [getattr(settings, f"{name}_COOKIE_{flag}") for flag in (
            "NAME", "SECURE", "HTTPONLY", "SAMESITE", "DOMAIN", "PATH")]
        for name in ("SESSION", "CSRF")
    },
    "databases": {
        alias: [
            database["HOST"],
            database["OPTIONS"]["options"],
            database["OPTIONS"]["connect_timeout"],
            database["DISABLE_SERVER_SIDE_CURSORS"],
        ]
        for alias, database in settings.DATABASES.items()
    },
    "routed": [*settings.DATABASE_ROUTERS, settings.MIDDLEWARE[-1]],
}))
"""


def start(**values: str) -> "subprocess.CompletedProcess[str]":
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", **SOUND, **values}
    return subprocess.run(
        [sys.executable, "-c", START],
        cwd=project.BASE_DIR, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_server_starts_with_sound_settings_alone(tmp_path):
    password = tmp_path / "password"
    password.write_text(f"{token_urlsafe(48)}\n")

    replicas = "postgresql://m:p0Xf7a@10.0.0.2/shop,postgresql://m:p0Xf7a@10.0.0.3/shop"
    sound = start(
        SECRET_KEY="",
        SECRET_KEY_FILE=str(password),
        DATABASE_REPLICA_URLS=replicas,
        DATABASE_POOLER="true",
    )
    weak = start(
        SECRET_KEY="django-insecure-" + "abcdefghij" * 5,
        JWT_SIGNING_KEY="x" * 64,
        TOKEN_PEPPER="changeme-changeme-changeme-changeme",
        ALLOWED_HOSTS="shop.test,*",
        SITE_URL="http://shop.test",
        CORS_ALLOWED_ORIGINS="https://www.shop.test,http://www.shop.test",
        CSRF_TRUSTED_ORIGINS="https://*.shop.test",
        DATABASE_URL="postgresql://marketplace:postgres@db/marketplace",
        DATABASE_REPLICA_URLS="postgresql://marketplace@replica/marketplace",
        REDIS_URL="redis://cache:6379/0",
        EMAIL_HOST="",
        SMS_BACKEND="file",
        DEBUG="true",
        FAKE_PAYMENTS="true",
        DEMO="1",
    )

    assert sound.returncode == 0, sound.stderr
    assert json.loads(sound.stdout.splitlines()[-1]) == {
        "plain": "https://shop.test/api/v1",
        "hsts": "max-age=31536000; includeSubDomains; preload",
        # What browsers ask of names with this prefix: Secure, this host alone, every path.
        "SESSION": ["__Host-sessionid", True, True, "Lax", None, "/"],
        "CSRF": ["__Host-csrftoken", True, True, "Lax", None, "/"],
        # A pooler takes no options, and its sessions keep no cursors.
        "databases": {
            "default": ["127.0.0.1", "", 2, True],
            "replica_1": ["10.0.0.2", "", 1, True],
            "replica_2": ["10.0.0.3", "", 1, True],
        },
        "routed": [
            "marketplace.common.replicas.Router",
            "marketplace.common.replicas.WriterMiddleware",
        ],
    }
    assert weak.returncode != 0
    named = set(re.findall(r"^  ([A-Z_]+): ", weak.stderr, re.M))
    assert named == {
        "SECRET_KEY", "JWT_SIGNING_KEY", "TOKEN_PEPPER", "ALLOWED_HOSTS", "SITE_URL",
        "CORS_ALLOWED_ORIGINS", "CSRF_TRUSTED_ORIGINS", "DATABASE_URL",
        "DATABASE_REPLICA_URLS", "REDIS_URL", "EMAIL_HOST", "SMS_BACKEND", "DEBUG",
        "FAKE_PAYMENTS", "DEMO",
    }  # fmt: skip
    # A refusal ends up in logs.
    assert [value for value in ("abcdefghij", "changeme-changeme") if value in weak.stderr] == []
