"""Request ids, and input that is refused before any view sees it."""

import uuid

import pytest
from rest_framework.test import APIClient

pytestmark = [pytest.mark.django_db, pytest.mark.urls("marketplace.common.tests.urls")]


@pytest.fixture
def client() -> APIClient:
    return APIClient(raise_request_exception=False)


@pytest.mark.parametrize("given", ["abc", "01900000-0000-7000-8000-000000000000", "a.B_c:1-2"])
def test_request_id_is_echoed(client, given):
    assert client.get("/query", HTTP_X_REQUEST_ID=given)["X-Request-ID"] == given


@pytest.mark.parametrize(
    "given", ["", "a b", "a\r\nSet-Cookie: a=b", "a\x00", "\xff", "x" * 129, "<script>", '"', "a,b"]
)
def test_request_id_that_could_do_harm_is_replaced(client, given):
    answered = client.get("/query", HTTP_X_REQUEST_ID=given)["X-Request-ID"]

    assert answered != given
    assert uuid.UUID(answered).version == 7


def test_request_id_is_made_anew_for_each_request(client):
    assert client.get("/query")["X-Request-ID"] != client.get("/query")["X-Request-ID"]


def test_request_id_stands_in_the_log_lines(client, caplog):
    from marketplace.common.logs import RequestIdFilter

    caplog.handler.addFilter(RequestIdFilter())
    client.get("/raise/bug", HTTP_X_REQUEST_ID="mine-1")

    assert {record.request_id for record in caplog.records} == {"mine-1"}


@pytest.mark.parametrize(
    "url",
    [
        "/query?q=%00",
        "/query?q=a%00b",
        "/query?%00=a",
        "/query%00",
        "/%00",
        "/raise/%00",
        "/query?q=" + "x" * 17_000,
        "/query?" + "a=b&" * 1001,
    ],
)
def test_request_line_that_nothing_could_digest_is_refused(client, url):
    response = client.get(url)

    error = response.json()["error"]
    assert response.status_code == 400
    assert error["code"] in {"validation_error", "parse_error"}
    assert error["request_id"] == response["X-Request-ID"]


@pytest.mark.parametrize(
    "path", ["/query?q=%FF", "/query?q=%ED%A0%80", "/query?q=%", "/query?q=%zz"]
)
def test_query_that_is_no_utf8_is_no_500(client, path):
    assert client.get(path).status_code in {200, 400}


def test_query_up_to_the_limit_is_taken(client):
    assert client.get("/query?q=" + "x" * 16_000).status_code == 200


def test_query_keeps_a_percent_sign_that_is_no_nul(client):
    assert client.get("/query?q=%2500").json() == {"q": "%00"}


def test_body_beyond_any_use_is_refused_by_its_announced_length(client):
    response = client.generic(
        "POST", "/any", b"{}", "multipart/form-data; boundary=x", CONTENT_LENGTH=str(10**12)
    )

    assert response.status_code == 413
    assert response.json()["error"]["code"] == "payload_too_large"


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_method_cannot_be_overridden_by_a_header(client, header):
    assert client.get("/echo", headers={header: "POST"}).status_code == 405
