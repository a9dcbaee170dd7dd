"""`/metrics` of a worker, which serves no site, on a port of its own."""

import logging
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from django.conf import settings
from django.db import connection

from marketplace.monitoring.exposition import CONTENT_TYPE, exposition, is_allowed

logger = logging.getLogger(__name__)


class _Handler(BaseHTTPRequestHandler):
    timeout = 5

    def do_GET(self) -> None:
        if self.path != "/metrics" or not is_allowed(self.headers.get("Authorization", "")):
            self.send_error(404)
            return
        try:
            body = exposition()
        finally:
            connection.close()  # each request has a thread, and so a connection, of its own
        self.send_response(200)
        self.send_header("Content-Type", CONTENT_TYPE)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing: Prometheus asks every few seconds."""


def serve_metrics() -> ThreadingHTTPServer | None:
    """Answer on METRICS_PORT until the process ends; None where that is not wanted."""
    if not settings.METRICS_PORT or not settings.METRICS_TOKEN:
        return None
    try:
        server = ThreadingHTTPServer((settings.METRICS_HOST, settings.METRICS_PORT), _Handler)
    except OSError as error:  # tasks are worth more than their metrics
        logger.error("Metrics cannot be served on port %d: %s", settings.METRICS_PORT, error)
        return None
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="metrics-server", daemon=True).start()
    return server
