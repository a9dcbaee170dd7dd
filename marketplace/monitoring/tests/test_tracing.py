"""In processes of their own: what is instrumented stays so."""

import subprocess
import sys

import pytest

from marketplace.monitoring.tests.collector import collector

PROGRAM = """
import os, sys
import django
from django.conf import settings
django.setup()
from marketplace.monitoring.start import watch
watch()
# redis imports parts of OpenTelemetry by itself, wherever it is installed.
is_traced = "opentelemetry.instrumentation.django" in sys.modules
assert is_traced is bool(settings.OTEL_EXPORTER_OTLP_ENDPOINT)
assert ("sentry_sdk" in sys.modules) is bool(settings.SENTRY_DSN)
if settings.OTEL_EXPORTER_OTLP_ENDPOINT:
    from django.test import Client
    from opentelemetry import trace
    settings.ALLOWED_HOSTS = ["*"]
    Client().get("/health/live?email=canary.wren@secret-mail.example&token=abcd1234efgh")
    from django.db import connection
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s", ["canary-value"])
    assert trace.get_tracer_provider().force_flush(5000)
"""


def run(**environment: str) -> None:
    import os

    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, **environment},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()[-3000:]


def test_nothing_is_imported_when_nothing_is_set():
    run(SENTRY_DSN="", OTEL_EXPORTER_OTLP_ENDPOINT="")


@pytest.mark.django_db
def test_traces_reach_the_collector_without_secrets():
    with collector() as server:
        run(SENTRY_DSN="", OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{server.server_port}")

    assert {path for path, _ in server.received} == {"/v1/traces"}
    assert "health/live" in server.everything
    assert "SELECT" in server.everything
    for canary in ("canary.wren", "abcd1234efgh", "canary-value"):
        assert canary not in server.everything
