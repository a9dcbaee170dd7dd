"""Bodies: what no later layer could digest is refused before it gets there."""

import json

import pytest
from rest_framework.test import APIClient

from marketplace.common.api.parsers import MAX_DEPTH

pytestmark = [pytest.mark.django_db, pytest.mark.urls("marketplace.common.tests.urls")]


@pytest.fixture
def post():
    client = APIClient(raise_request_exception=False)

    def send(body: bytes | str, path: str = "/any"):
        return client.generic("POST", path, body, "application/json")

    return send


def nested(depth: int, *, objects: bool = False) -> str:
    if objects:
        return '{"a":' * (depth - 1) + "{}" + "}" * (depth - 1)
    return "[" * depth + "]" * depth


@pytest.mark.parametrize("objects", [True, False])
def test_nesting_is_taken_up_to_the_limit(post, objects):
    assert post(nested(MAX_DEPTH, objects=objects)).status_code == 200


@pytest.mark.parametrize("objects", [True, False])
@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 1_000, 100_000])
def test_nesting_beyond_the_limit_is_refused(post, depth, objects):
    response = post(nested(depth, objects=objects))

    assert response.status_code == 400
    assert response.json()["error"]["code"] == "parse_error"


@pytest.mark.parametrize(
    "body",
    [
        "{", "}", "{'a': 1}", '{"a": 1,}', "[1 2]", '"a', "tru", "NaN", "Infinity", "-Infinity",
        '{"a": NaN}', "01", "1.", "+1", '"\\x41"', '"\t"', "\x00", '"\x00"', '"\\u0000"',
        '{"\\u0000": 1}', '{"a": ["b", {"c": "\\u0000"}]}', '"\\ud800"', '"\\udfff\\ud800"',
        b'"\xff"', b'"\xed\xa0\x80"', b'"\xc0\x80"', b'\xef\xbb\xbf{"a": 1}', "{} {}", "\ufeff",
        '{"a": 1}'.encode("utf-16"), "// a\n{}",
    ],
)  # fmt: skip
def test_body_that_is_no_json_is_refused(post, body):
    response = post(body)

    assert response.status_code == 400
    assert response.json()["error"]["code"] == "parse_error"
    assert response.json()["error"]["message"]


@pytest.mark.parametrize(
    ("body", "data"),
    [
        ("", {}),
        ("null", None),
        ('{"a": 1, "a": 2}', {"a": 2}),
        ('"\\ud83d\\udecd"', "🛍"),
        ("-0.0", -0.0),
        (str(2**63 - 1), 2**63 - 1),
        (' {"a" : [ ] } \n', {"a": []}),
    ],
)
def test_body_is_read(post, body, data):
    response = post(body)

    assert response.status_code == 200
    assert response.json() == {"data": data}


@pytest.mark.parametrize("number", ["1" + "0" * 30, "9" * 5000, "1e400", "-1e400", "1e308"])
def test_number_beyond_64_bits_is_no_quantity(post, number):
    response = post(f'{{"name": "An", "items": [{{"quantity": {number}}}]}}', "/echo")

    assert response.status_code == 400


@pytest.mark.parametrize("body", ["[]", '["name"]', "1", '"name"', "null", "true", "[{}]"])
def test_body_that_is_no_object_is_refused_where_one_is_expected(post, body):
    response = post(body, "/echo")

    assert response.status_code == 400
    assert response.json()["error"]["code"] == "validation_error"
    assert response.json()["error"]["message"]


class Unreadable:
    def read(self, *_size: int) -> bytes:
        raise AssertionError("nobody may read this")

    readline = read


def test_body_of_20_mb_is_refused_unread():
    client = APIClient(raise_request_exception=False)
    announced = {"CONTENT_LENGTH": "20000000", "wsgi.input": Unreadable()}

    response = client.generic("POST", "/any", b"", "application/json", **announced)

    assert response.status_code == 413
    assert response.json()["error"]["code"] == "payload_too_large"


def test_body_of_one_megabyte_is_the_limit(post):
    least_too_large = json.dumps("x" * (1024 * 1024 - 1))

    assert post(least_too_large).status_code == 413
    assert post(json.dumps("x" * (1024 * 1024 - 2))).status_code == 200


@pytest.mark.parametrize("length", ["x", "-1", "1e3", "9" * 30, " "])
def test_content_length_that_is_none_is_no_500(length):
    client = APIClient(raise_request_exception=False)

    response = client.generic("POST", "/any", b"{}", "application/json", CONTENT_LENGTH=length)

    assert response.status_code in {200, 400, 413}
