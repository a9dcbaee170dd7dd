"""Every refusal has the contract's shape, whatever raised it."""

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from rest_framework.test import APIClient

from marketplace.common.outbox.models import OutboxEvent
from marketplace.common.tests.urls import SECRET

pytestmark = [pytest.mark.django_db, pytest.mark.urls("marketplace.common.tests.urls")]


@pytest.fixture
def client() -> APIClient:
    return APIClient(raise_request_exception=False)


def assert_error(response, status, code) -> dict:
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/json; charset=utf-8"
    assert list(response.json()) == ["error"]
    error = response.json()["error"]
    assert list(error) == ["code", "message", "details", "request_id"]
    assert error["code"] == code
    assert error["message"]
    assert error["request_id"] == response["X-Request-ID"]
    return error


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("invalid", 400),
        ("unauthenticated", 401),
        ("forbidden", 403),
        ("not_found", 404),
        ("conflict", 409),
        ("unprocessable", 422),
        ("throttled", 429),
        ("unavailable", 503),
    ],
)
def test_domain_error_has_the_status_of_its_kind(client, kind, status):
    error = assert_error(client.get(f"/raise/{kind}"), status, f"made_{kind}")

    assert error["message"] == "Made to be refused."
    assert error["details"] == [{"field": "a", "code": "b", "message": "c"}]


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("django-404", 404, "not_found"),
        ("django-403", 403, "permission_denied"),
        ("data-error", 400, "validation_error"),
        ("bug", 500, "internal_error"),
    ],
)
def test_other_exceptions_say_nothing_of_the_inside(client, name, status, code):
    response = client.get(f"/raise/{name}")

    assert_error(response, status, code)
    assert SECRET not in response.content.decode()


def test_invalid_input_names_the_field(client):
    error = assert_error(client.get("/raise/invalid-input"), 400, "validation_error")

    assert error["details"] == [
        {"field": "voucher_codes.0", "code": "unknown", "message": "No such voucher."}
    ]


def test_too_many_attempts_says_when_to_come_back(client):
    response = client.get("/raise/too-many")

    assert_error(response, 429, "throttled")
    assert response["Retry-After"] == "42"


def test_unavailable_says_when_to_come_back(client):
    assert int(client.get("/raise/unavailable")["Retry-After"]) > 0


def test_not_signed_in_is_401_with_the_way_to_sign_in(client):
    response = client.get("/closed")

    assert_error(response, 401, "not_authenticated")
    assert response["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer x", "Bearer a b", "bearer \xff", "Bearer " * 99]
)
def test_token_that_is_none_is_401(client, header):
    response = client.get("/closed", HTTP_AUTHORIZATION=header)

    assert_error(response, 401, "token_not_valid")


def test_not_allowed_is_403(client):
    client.force_authenticate(get_user_model()(full_name="An", email="an@example.test"))

    assert_error(client.get("/staff"), 403, "permission_denied")


@pytest.mark.parametrize("path", ["/nothing", "/closed/", "/raise/", "//", "/%F0%9F%9B%8D", "/%FF"])
def test_unknown_address_is_404(client, path):
    assert_error(client.get(path), 404, "not_found")


def test_wrong_method_is_405_and_says_which_are_right(client):
    response = client.put("/echo", {})

    assert_error(response, 405, "method_not_allowed")
    assert response["Allow"] == "POST, OPTIONS"


def test_wrong_content_type_is_415(client):
    response = client.generic("POST", "/echo", "<a/>", "application/xml")

    assert_error(response, 415, "unsupported_media_type")


@pytest.mark.parametrize(
    "accept", ["*/*", "application/json", "text/html,*/*;q=0.1", "application/*"]
)
def test_accept_that_allows_json_gets_json(client, accept):
    response = client.post("/echo", {"name": "An"}, HTTP_ACCEPT=accept)

    assert response.json() == {"name": "An"}


@pytest.mark.parametrize(
    "accept",
    [
        "text/html",
        "x",
        "",
        "*",
        ",",
        "application/xml",
        ";;;",
        "\xff/\xff",
        "a/b;q=x",
        "a/b," * 2000,
    ],
)
def test_accept_that_excludes_json_is_406_in_json(client, accept):
    assert_error(client.post("/echo", {"name": "An"}, HTTP_ACCEPT=accept), 406, "not_acceptable")


def test_every_field_that_is_wrong_is_named(client):
    body = {"name": "x" * 21, "items": [{"quantity": 1}, {"quantity": 0}, {}]}

    error = assert_error(client.post("/echo", body), 400, "validation_error")

    assert [(row["field"], row["code"]) for row in error["details"]] == [
        ("name", "max_length"),
        ("items.1.quantity", "min_value"),
        ("items.2.quantity", "required"),
    ]
    assert error["message"] == "Not valid: name, items.1.quantity, items.2.quantity."


def test_error_of_the_whole_names_no_field(client):
    error = assert_error(client.post("/echo", {"name": "impossible"}), 400, "validation_error")

    assert error["details"] == [
        {"field": None, "code": "conflict", "message": "These do not go together."}
    ]
    assert error["message"] == "These do not go together."


def test_error_of_a_list_names_the_field_that_holds_it(client):
    body = {"name": "An", "items": {"quantity": 1}}

    error = assert_error(client.post("/echo", body), 400, "validation_error")

    assert [row["field"] for row in error["details"]] == ["items"]


@pytest.mark.parametrize("path", ["/raise/bug", "/plain-bug"])
def test_bug_is_500_and_only_the_log_knows_more(client, caplog, path):
    response = client.get(path, HTTP_X_REQUEST_ID="abc-1")

    error = assert_error(response, 500, "internal_error")
    assert error["request_id"] == "abc-1"
    assert SECRET not in response.content.decode()
    assert "Traceback" not in response.content.decode()
    assert SECRET in caplog.text


def test_bug_is_500_in_debug_mode_too(client, settings):
    settings.DEBUG = True

    response = client.get("/raise/bug")

    assert_error(response, 500, "internal_error")
    assert SECRET not in response.content.decode()


def test_bug_in_a_transaction_leaves_nothing(client):
    assert client.post("/half").status_code == 500

    assert not OutboxEvent.objects.exists()


@pytest.mark.breaks_invariants  # nobody can look: the database is away
@pytest.mark.django_db(transaction=True)
def test_database_that_is_down_is_503(client, monkeypatch, caplog):
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
    monkeypatch.setitem(connection.settings_dict, "PORT", "1")

    response = client.get("/query")

    assert_error(response, 503, "service_unavailable")
    assert int(response["Retry-After"]) > 0
    assert "127.0.0.1" not in response.content.decode()
    assert "Database not available" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_database_that_comes_back_is_used_again(client, monkeypatch):
    with monkeypatch.context() as broken:
        connection.close()
        broken.setitem(connection.settings_dict, "HOST", "127.0.0.1")
        broken.setitem(connection.settings_dict, "PORT", "1")
        assert client.get("/query").status_code == 503

    assert client.get("/query").status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "a b", "x:y:z", "\xff", "127.0.0.1:99999999"])
def test_host_that_is_not_ours_is_400(client, settings, host):
    settings.ALLOWED_HOSTS = ["shop.example"]

    assert_error(client.get("/query", HTTP_HOST=host), 400, "parse_error")


def test_database_that_is_down_is_503_outside_drf_too(client):
    response = client.get("/plain-outage")

    assert_error(response, 503, "service_unavailable")
    assert int(response["Retry-After"]) > 0
    assert SECRET not in response.content.decode()
