"""No input gives a 500: every address, by every kind of bad request.

A refusal has the contract's shape and writes nothing. Addresses are taken from the URLconf, so a
new one is covered as soon as it is routed.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any
from zlib import crc32

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from marketplace.common.ids import uuid7
from marketplace.tests.bodies import Way, example, replaced, ways
from marketplace.tests.routes import METHODS, addresses, operations
from marketplace.tests.state import database_state
from marketplace.tests.world import sign_in

# Untraced: what code does is looked at here, not which lines of it run.
pytestmark = [pytest.mark.django_db, pytest.mark.no_cover]

JSON = "application/json"
MULTIPART = "multipart/form-data"

NOT_JSON = [
    b"{",
    b'{"a":}',
    b"{'a': 1}",
    b'{"a": NaN}',
    b'{"a": Infinity}',
    b'{"a": "\xff"}',
    b'{"a": "\\ud800"}',
    b'{"a": "\\u0000"}',
    b'{"\\u0000": 1}',
    b'\xef\xbb\xbf{"a": 1}',
    b"\x00",
    b'{"a": ' + b"[" * 32 + b"]" * 32 + b"}",
    b"[" * 100_000,
    b"[" * 100_000 + b"]" * 100_000,
    b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
]
NOT_AN_OBJECT = [b"[]", b"[1]", b"1", b'"x"', b"true", b"null", b"1e5"]
OTHER_TYPES = ["text/plain", "application/xml", "application/x-www-form-urlencoded", "x", "", "a/b"]

# Values that no field of any body takes.
NEVER_VALID = ["\x00", "a\x00b", "\ud800", 10**30, -(10**30)]
# Values that some field takes and others must refuse without falling over.
ODD_TEXTS = [
    "", " ", "x" * 20_000, "🛍️" * 300, "１２", "1e3", "-1", "NaN", "\u202e\u200b", "'; --", "%_\\",
    "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00", "2024-02-30", str(uuid7()),
    "00000000-0000-0000-0000-000000000000", "../../etc/passwd", "a\r\nBcc: x@example.test",
]  # fmt: skip
ODD_NUMBERS = [0, -1, 2**31, 2**63, 2**64, 1.5, 1e300, -0.0]
ODD_LISTS = [[], [None], [[]], ["x"], [{}], [1] * 1000]
ODD_OBJECTS = [{}, {"a": {"a": 1}}, {"a" * 300: "b"}]

BAD_QUERY = {
    "cursor": ["x", "a:b", "%F0%9F%9B%8D", "e30:1", "W10:1t:x", "'", "1" * 4000],
    "limit": ["0", "-1", "101", "1000000000", "abc", "1.5", "1e1", "%EF%BC%91", " 5", "%2B5"],
    "fields": ["nope", "id,nope", "__class__", "shop__owner__password"],
    "ordering": ["nope", "shop__owner__password", "-", "price,,", "?"],
}
ODD_QUERY = [
    "", "x", "%27%20OR%201=1--", "-1", "1e400", "NaN", "9" * 30, "1" * 5000, "true", "null", "[]",
    "%ED%A0%80", "%FF", "%F0%9F%9B%8D", "%EF%BC%91%EF%BC%92", "0001-01-01", "2024-02-30T00:00:00Z",
    "9999-12-31T23:59:59-14:00", "0,0", "91,181", "NaN,NaN", "1e400,1", "%25_%5C", "(", "%26%7C%21",
    str(uuid7()), "00000000-0000-0000-0000-000000000000", "a,b,c", "%0D%0A",
]  # fmt: skip
BAD_PATH = [
    str(uuid7()), "x", "1", "-1", "9" * 40, "a" * 1000, "%FF", "%ED%A0%80", "..%2F..%2Fetc", "%25",
    "%F0%9F%9B%8D", "%EF%BC%91", "'", "%0A", "00000000-0000-0000-0000-000000000000", "None", "me",
]  # fmt: skip

OPERATIONS = [pytest.param(op, id=str(op)) for op in operations()]
WITH_JSON = [
    pytest.param(op, id=str(op))
    for op in operations()
    if JSON in op.content_types and not op.speaks_for_provider
]
WITH_FILES = [pytest.param(op, id=str(op)) for op in operations() if MULTIPART in op.content_types]


@pytest.fixture(autouse=True)
def _nothing_falls_over(caplog):
    """A field that lets a value through to a column that cannot hold it is a defect, too."""
    yield
    assert "Value out of range reached the database" not in caplog.text


def odd_values(body: Any, way: Way) -> list[Any]:
    """Return values of the type that stands there, and one of every other type."""
    for step in way:
        body = body[step]
    kinds = {str: ODD_TEXTS, int: ODD_NUMBERS, list: ODD_LISTS, dict: ODD_OBJECTS}
    same = kinds.get(type(body), ODD_NUMBERS)
    return [*same, *(values[1] for values in kinds.values() if values is not same), True, None]


@pytest.fixture
def share(request: pytest.FixtureRequest) -> Callable[[Sequence[Any], int], Sequence[Any]]:
    """Every so many of the values, beginning elsewhere for each operation; all if `--thorough`.

    Between them the operations have tried all values, as they share what reads and checks them.
    """
    begin = crc32(request.node.name.encode())

    def choose(values: Sequence[Any], step: int) -> Sequence[Any]:
        if request.config.getoption("--thorough"):
            return values
        return values[begin % step :: step]

    return choose


def assert_refused(response: Any, *statuses: int) -> None:
    """The answer is a refusal in the contract's shape."""
    request = response.wsgi_request
    where = f"{request.method} {request.get_full_path()[:200]}: {response.content[:400]!r}"
    assert response.status_code in (statuses or range(400, 500)), f"{response.status_code} {where}"
    assert response["Content-Type"] == "application/json; charset=utf-8", where
    error = response.json()["error"]
    assert set(error) == {"code", "message", "details", "request_id"}, where
    assert error["message"], where
    assert error["request_id"] == response["X-Request-ID"], where
    assert all({"field", "code", "message"} <= set(row) for row in error["details"]), where


def assert_answered(response: Any) -> None:
    """The answer is a success, or a refusal in the contract's shape."""
    if response.status_code >= 400:
        assert_refused(response)


def test_every_address_is_documented():
    assert len(operations()) > 30


@pytest.mark.parametrize("template", sorted(addresses()))
def test_other_methods_are_refused(template, world):
    client, path = sign_in(world.caller(template)), world.path(template)
    before = database_state()

    for method in {*METHODS, "trace", "propfind", "foo"} - addresses()[template]:
        assert_refused(client.generic(method.upper(), path), 405)
    for method in ("options", "head"):
        assert client.generic(method.upper(), path).status_code < 500
    for end in ("/", "/nothing", ".json", "%00", ";a=b"):
        assert_refused(client.get(path + end), 400, 404, 405)

    assert database_state() == before


@pytest.mark.parametrize("template", sorted(t for t in addresses() if "{" in t))
def test_paths_to_nothing_are_refused(template, world):
    client = sign_in(world.caller(template))
    filled = template.replace("{", "").rsplit("}", 1)[1]
    prefix = world.path(template.rsplit("{", 1)[0])
    before = database_state()

    for text in BAD_PATH:
        for method in addresses()[template]:
            if (path := f"{prefix}{text}{filled}") not in addresses():
                # Where a picture is wanted, its lack may be seen first.
                assert_refused(client.generic(method.upper(), path, b"{}", JSON), 400, 404, 415)

    assert database_state() == before


@pytest.mark.parametrize("operation", WITH_JSON)
def test_bodies_that_are_no_json_object_are_refused(operation, world, share):
    client, path = sign_in(world.caller(operation.template)), world.path(operation.template)
    method = operation.method.upper()
    before = database_state()

    for body in share(NOT_JSON + NOT_AN_OBJECT, 3):
        assert_refused(client.generic(method, path, body, JSON), 400)
    for content_type in {*OTHER_TYPES, MULTIPART} - set(operation.content_types):
        given = f"{content_type}; boundary=x" if content_type == MULTIPART else content_type
        assert_refused(client.generic(method, path, b'{"a": 1}', given), 415)
    assert_refused(client.generic(method, path, b'"' + b"x" * 20_000_000 + b'"', JSON), 413)

    assert database_state() == before


@pytest.mark.parametrize("operation", WITH_JSON)
def test_values_that_no_field_takes_are_refused(operation, world, share):
    client, path = sign_in(world.caller(operation.template)), world.path(operation.template)
    valid = example(operation.body_schema, world.names)
    before = database_state()

    for way in ways(valid):
        for value in share(NEVER_VALID, 2):
            body = json.dumps(replaced(valid, way, value))
            response = client.generic(operation.method.upper(), path, body, JSON)
            assert response.status_code == 400, f"{way} {value!r}: {response.content!r}"
            assert_refused(response)

    assert database_state() == before


@pytest.mark.parametrize("operation", WITH_JSON)
def test_odd_values_are_taken_or_refused(operation, world, share):
    client, path = sign_in(world.caller(operation.template)), world.path(operation.template)
    valid = example(operation.body_schema, world.names)

    for way in ways(valid):
        for value in share(odd_values(valid, way), 4):
            body = json.dumps(replaced(valid, way, value))
            assert_answered(client.generic(operation.method.upper(), path, body, JSON))


@pytest.mark.parametrize("operation", OPERATIONS)
def test_bodies_where_none_is_expected_are_harmless(operation, world, share):
    client, path = sign_in(world.caller(operation.template)), world.path(operation.template)

    for body in share(NOT_JSON + NOT_AN_OBJECT, 4):
        assert_answered(client.generic(operation.method.upper(), path, body, JSON))


@pytest.mark.parametrize("operation", WITH_FILES)
def test_files_that_are_none_are_refused(operation, world):
    client, path = sign_in(world.caller(operation.template)), world.path(operation.template)
    method = operation.method
    name = next(iter(operation.body_schema["properties"]))
    before = database_state()

    for content in (b"", b"\x00", b"GIF89a", b"<svg/>", b"%PDF-1.4", b"\xff\xd8\xff" * 1000):
        upload = SimpleUploadedFile("a.jpg", content)
        assert_refused(getattr(client, method)(path, {name: upload}, format="multipart"), 400)
    for fields in ({}, {name: "text"}, {name: "\x00"}, {"a\x00": "b"}):
        assert_refused(getattr(client, method)(path, fields, format="multipart"), 400)
    for content_type in (MULTIPART, MULTIPART + "; boundary=x", MULTIPART + "; boundary=\xff"):
        assert_refused(client.generic(method.upper(), path, b"--y\r\n\r\n", content_type), 400)
    other = 400 if JSON in operation.content_types else 415
    assert_refused(client.generic(method.upper(), path, b"{}", JSON), other)

    assert database_state() == before


@pytest.mark.parametrize("operation", OPERATIONS)
def test_queries_that_are_not_valid_are_refused(operation, world):
    client, path = sign_in(world.caller(operation.template)), world.path(operation.template)
    method = operation.method.upper()
    before = database_state()

    for name in BAD_QUERY.keys() & operation.query_parameters.keys():
        for text in BAD_QUERY[name]:
            assert_refused(client.generic(method, f"{path}?{name}={text}"), 400)
    for query in ("a=%00", "%00=a", "a=" + "x" * 17_000, "a=b&" * 1001):
        assert_refused(client.generic(method, f"{path}?{query}"), 400)

    assert database_state() == before


@pytest.mark.parametrize("operation", [op for op in operations() if op.method == "get"], ids=str)
def test_odd_queries_are_answered_or_refused(operation, world, share):
    client, path = sign_in(world.caller(operation.template)), world.path(operation.template)
    before = database_state()

    for name in ({*operation.query_parameters, "nope"}) - BAD_QUERY.keys():
        for text in share(ODD_QUERY, 3):
            assert_answered(client.get(f"{path}?{name}={text}"))

    assert database_state() == before
