import urllib.error
import urllib.request

import pytest
from celery import current_app, shared_task
from django.db import connection
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from catalog.inventory.errors import OutOfStock
from marketplace.common.ids import uuid7
from marketplace.common.metrics.store import store
from marketplace.common.outbox.models import OutboxEvent
from marketplace.monitoring import tasks
from marketplace.monitoring.server import serve_metrics
from marketplace.monitoring.state import pending_migrations, redis_client

pytestmark = pytest.mark.django_db
TOKEN = "a-token-for-prometheus"


@shared_task(name="tests.watched")
def watched_task(fail: bool) -> int:
    if fail:
        raise RuntimeError("it failed")
    return 7


@pytest.fixture(autouse=True)
def _anew(settings, tmp_path):
    store.save()
    settings.METRICS_DIR = str(tmp_path / "metrics")
    settings.METRICS_TOKEN = TOKEN


@pytest.fixture
def samples(api):
    """The samples of /metrics: by name, and by name and labels."""

    def read():
        response = api.get("/metrics", HTTP_AUTHORIZATION=f"Bearer {TOKEN}")
        assert response.status_code == 200
        return {
            (sample.name, *sorted(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(response.content.decode())
            for sample in family.samples
        }

    return read


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer wrong", "Basic é"])
def test_metrics_do_not_exist_without_the_token(api, given):
    response = api.get("/metrics", HTTP_AUTHORIZATION=given)

    assert response.status_code == 404
    assert response.json()["error"]["code"] == "not_found"


def test_metrics_do_not_exist_when_there_is_no_token(api, settings):
    settings.METRICS_TOKEN = ""

    assert api.get("/metrics", HTTP_AUTHORIZATION="Bearer ").status_code == 404


def test_prometheus_names_a_process_by_its_own_address_and_speaks_no_tls(api, settings):
    settings.ALLOWED_HOSTS, settings.SECURE_SSL_REDIRECT = ["shop.test"], True

    inside = {"HTTP_HOST": "10.1.2.3:8000"}
    told = api.get("/metrics", HTTP_AUTHORIZATION=f"Bearer {TOKEN}", **inside)
    refused = api.get("/metrics", HTTP_AUTHORIZATION="Bearer wrong", **inside)

    assert (told.status_code, refused.status_code) == (200, 400)


def test_requests_are_counted_by_route_and_not_by_path(api, samples):
    api.get(f"/api/v1/products/{uuid7()}")
    api.get("/api/v1/no/such/thing")

    found = samples()
    labels = (("method", "GET"), ("route", "api/v1/products/<slug:ref>"))
    assert found["marketplace_http_requests_total", *labels, ("status", "404")] == 1
    assert found["marketplace_http_request_seconds_count", *labels] == 1
    assert found["marketplace_http_statements_total", ("route", "api/v1/products/<slug:ref>")] >= 1
    assert (
        found["marketplace_http_database_seconds_total", ("route", "api/v1/products/<slug:ref>")]
        > 0
    )
    unrouted = (("method", "GET"), ("route", "unrouted"), ("status", "404"))
    assert found["marketplace_http_requests_total", *unrouted] == 1


def test_what_the_domain_refuses_and_providers_do_is_counted(samples):
    from marketplace.common.api.errors import ExceptionHandler
    from marketplace.common.outgoing import CallFailed, call_json

    ExceptionHandler(OutOfStock({}), {}).convert_known_exceptions(OutOfStock({}))
    with pytest.raises(CallFailed):
        call_json("GET", "http://127.0.0.1:1/fee", timeout_seconds=1)

    found = samples()
    assert found["marketplace_refusals_total", ("code", "out_of_stock")] == 1
    call = (("host", "127.0.0.1"), ("outcome", "failed"))
    assert found["marketplace_outgoing_calls_total", *call] == 1


def test_gauges_tell_what_waits(samples):
    hour_ago = timezone.now() - timezone.timedelta(hours=1)
    OutboxEvent.objects.create(topic="tests.none", payload={}, available_at=hour_ago)
    OutboxEvent.objects.create(topic="tests.none", payload={}, status="parked")
    with redis_client() as client:
        client.delete("documents")
        client.lpush("documents", b'{"headers": {"sent_at": 1000.0}}')
        client.lpush("documents", b"newer")
        found = samples()
        client.delete("documents")

    assert found["marketplace_outbox_due",] == 1
    assert 3600 <= found["marketplace_outbox_lag_seconds",] < 3700
    assert found["marketplace_outbox_parked",] == 1
    assert found["marketplace_queue_depth", ("queue", "documents")] == 2
    assert found["marketplace_queue_age_seconds", ("queue", "documents")] > 1_000_000_000
    assert found["marketplace_up", ("server", "database")] == 1
    assert found["marketplace_pending_migrations",] == 0
    assert found["marketplace_partition_months_ahead", ("table", "audit_entry")] >= 0
    assert 0 < found["marketplace_disk_free_ratio", ("disk", "data")] < 1


def test_metrics_are_told_when_the_servers_are_down(samples, settings, monkeypatch):
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    monkeypatch.setattr("marketplace.monitoring.state._DATABASE", "SELECT nothing")
    with_savepoint = connection.savepoint()

    found = samples()
    connection.savepoint_rollback(with_savepoint)

    assert found["marketplace_up", ("server", "database")] == 0
    assert found["marketplace_up", ("server", "redis")] == 0
    assert ("marketplace_outbox_due",) not in found


def test_migration_that_the_database_lacks_is_pending():
    assert pending_migrations() == []

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'cart' AND name LIKE '0001%'")

    assert pending_migrations() == ["cart.0001_initial"]


def test_tasks_are_counted_and_say_when_they_ran(samples, caplog):
    current_app.conf.task_eager_propagates = False
    caplog.set_level("INFO", logger="marketplace.tasks")
    try:
        watched_task.delay(fail=False)
        watched_task.delay(fail=True)
    finally:
        current_app.conf.task_eager_propagates = True

    found = samples()
    for outcome in ("done", "failed"):
        labels = (("outcome", outcome), ("task", "tests.watched"))
        assert found["marketplace_tasks_total", *labels] == 1
    assert found["marketplace_task_seconds_count", ("task", "tests.watched")] == 2
    done, failed = (
        record.fields for record in caplog.records if record.name == "marketplace.tasks"
    )
    assert (done["outcome"], done["result"], failed["outcome"]) == ("done", "7", "failed")
    assert done["task_id"] != failed["task_id"]


def test_last_run_of_a_task_is_remembered(samples, settings):
    settings.REDIS_URL = settings.CELERY_BROKER_URL
    tasks._remember("tests.watched", "done")

    found = samples()
    labels = (("outcome", "done"), ("task", "tests.watched"))
    at = found["marketplace_task_last_run_timestamp_seconds", *labels]
    assert abs(at - timezone.now().timestamp()) < 60
    assert found["marketplace_worker_seen_seconds",] < 60


def test_worker_answers_on_a_port_of_its_own(settings, monkeypatch):
    monkeypatch.setattr("marketplace.monitoring.server.exposition", lambda: b"x 1\n")
    settings.METRICS_PORT = 0
    assert serve_metrics() is None
    import socket

    with socket.create_server(("127.0.0.1", 0)) as probe:
        settings.METRICS_PORT = probe.getsockname()[1]
    server = serve_metrics()
    url = f"http://127.0.0.1:{settings.METRICS_PORT}/metrics"
    try:
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(url, timeout=60)
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {TOKEN}"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert answer.read() == b"x 1\n"
    finally:
        server.shutdown()
        server.server_close()
