import time

import pytest
from django.db import connection

from marketplace import __version__
from marketplace.site.health import forget_health

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _look_anew():
    forget_health()
    yield
    forget_health()


@pytest.fixture
def no_database(monkeypatch):
    """Nothing listens on port 1."""
    monkeypatch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
    monkeypatch.setitem(connection.settings_dict, "PORT", "1")


@pytest.fixture
def no_redis(settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"


def test_health_is_ok_when_both_answer(api):
    response = api.get("/health")

    body = response.json()
    assert response.status_code == 200
    assert set(body) == {"status", "version", "database", "redis", "timestamp"}
    assert (body["status"], body["database"], body["redis"]) == ("ok", "up", "up")
    assert body["version"] == __version__
    assert body["timestamp"].endswith("Z")
    assert response["Cache-Control"] == "no-store"


def test_health_names_the_database_when_it_is_down(api, no_database):
    response = api.get("/health")

    body = response.json()
    assert response.status_code == 503
    assert (body["status"], body["database"], body["redis"]) == ("unavailable", "down", "up")
    assert int(response["Retry-After"]) > 0


def test_health_names_redis_when_it_is_down(api, no_redis):
    response = api.get("/health")

    body = response.json()
    assert response.status_code == 503
    assert (body["status"], body["database"], body["redis"]) == ("unavailable", "up", "down")


def test_health_answers_in_time_when_the_servers_are_silent(api, settings, monkeypatch):
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:  # accepts by backlog, never speaks
        port = silent.getsockname()[1]
        settings.REDIS_URL = f"redis://127.0.0.1:{port}/0"
        monkeypatch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
        monkeypatch.setitem(connection.settings_dict, "PORT", str(port))

        started = time.monotonic()
        response = api.get("/health")
        took = time.monotonic() - started

    assert response.status_code == 503
    assert (response.json()["database"], response.json()["redis"]) == ("down", "down")
    assert took < 30


def test_ready_is_503_without_the_database(api, no_database):
    assert api.get("/health/ready").status_code == 503


def test_ready_is_200_without_redis(api, no_redis):
    response = api.get("/health/ready")

    assert response.status_code == 200
    assert response.json()["redis"] == "down"


def test_live_asks_nobody(api, no_database, no_redis, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = api.get("/health/live")

    assert response.status_code == 200
    assert response.json()["status"] == "ok"


def test_health_refuses_other_methods_in_the_contract_shape(api):
    response = api.post("/health", {})

    assert response.status_code == 405
    assert response.json()["error"]["code"] == "method_not_allowed"


def test_ready_is_503_until_the_database_is_migrated(api):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'cart' AND name LIKE '0001%'")

    response = api.get("/health/ready")

    assert (response.status_code, response.json()["database"]) == (503, "up")
    assert "cart" not in response.content.decode()


def test_owner_sees_more_than_others(api, settings):
    settings.METRICS_TOKEN = "a-token-for-prometheus"

    shown = api.get("/health", HTTP_AUTHORIZATION="Bearer a-token-for-prometheus").json()
    hidden = api.get("/health", HTTP_AUTHORIZATION="Bearer wrong").json()

    assert shown["details"]["pending_migrations"] == []
    assert set(shown["details"]["queues"]) == set(settings.CELERY_TASK_QUEUES)
    assert "details" not in hidden
