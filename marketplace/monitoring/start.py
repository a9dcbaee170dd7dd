"""What a process turns on before it serves: each only where the environment asks for it."""

from django.conf import settings


def watch() -> None:
    """Send errors to Sentry and traces to a collector; costs nothing where neither is set.

    Before Django has put its middleware together, which traces go through.
    """
    if settings.SENTRY_DSN:
        from marketplace.monitoring.sentry import start_sentry

        start_sentry()
    if settings.OTEL_EXPORTER_OTLP_ENDPOINT:
        from marketplace.monitoring.tracing import start_tracing

        start_tracing()
