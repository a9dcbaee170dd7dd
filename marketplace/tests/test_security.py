"""Attacks that no single app can fend off, and whether SECURITY.md tells the truth."""

import re
import sys
import time
from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any

import pytest
from django.conf import settings as project
from rest_framework.test import APIClient

from accounts.tests.factories import PASSWORD, StaffFactory
from marketplace.tests.routes import operations, resolved
from marketplace.tests.world import bearer

FRONT = "https://www.shop.test"
ORIGINS = [
    FRONT, "http://www.shop.test", "https://shop.test", "https://www.shop.test:8443",
    "https://www.shop.test.evil.test", "https://evil.test/https://www.shop.test",
    "https://xwww.shop.test", "null", "file://", "https://WWW.SHOP.TEST", "*", "",
]  # fmt: skip
ELSEWHERE = [
    "//evil.test", "https:evil.test", "https://evil.test/admin/", "/\\evil.test", "///evil.test",
    "%2F%2Fevil.test", "javascript:alert(1)", "http:///evil.test", "\\\\evil.test",
]  # fmt: skip
# Who owns a row, what staff decide, what is counted, and what follows from other rows.
NOBODYS = re.compile(
    r"(owner|user|shop|buyer|seller|account|session)(_id)?|is_(staff|superuser|verified|featured)"
    r"|roles?|groups|permissions|rights|verified_at|.*_(status|state|by|count|balance|total)"
    r"|(used|reserved|sold|released|redeemed|rated)(_.*)?|rating_.*|commission.*|fee|total|subtotal"
    r"|discount|balance|id|number|created_at|updated_at|deleted_at|.*_hash|status|state|suspended"
)
# What is a wish or a claim that the service holds against what is there.
WISHES = {
    "status": {
        "POST seller/products", "PUT seller/products/{pk}", "PATCH seller/products/{pk}",
        "PATCH seller/returns/{pk}", "PATCH seller/orders/{key}/status",
        "PATCH admin/products/{pk}/status", "PATCH admin/shops/{pk}/status",
    },
    "suspended": {"PATCH admin/users/{pk}/suspend"},
    # The buyer's own word on what it should come to: another one is refused.
    "expected_total": {"POST orders", "POST orders/quote"},
    # Whose voucher a code is said to be, and for which sum: nothing is written.
    "shop_id": {"POST vouchers/validate"},
    "subtotal": {"POST vouchers/validate"},
    # The refund that staff sent instead of the one that they close.
    "replaced_by": {"POST admin/refunds/{pk}/close"},
    # What the owner of a shop lets the members of its team do.
    "roles": {"POST seller/team/invitations", "PATCH seller/team/members/{pk}"},
}  # fmt: skip
OUR_PACKAGES = {
    "marketplace", "accounts", "shops", "catalog", "vouchers", "cart", "orders", "reviews",
    "notifications",
}  # fmt: skip
# Patterns of what nobody outside chooses, and only ever matched from the beginning.
OF_OUR_OWN_TEXTS = {
    "marketplace.common.audit.context._WRITE",
    "marketplace.common.files.collect._RENDITION",
}
LENGTH = 50_000
LONG_TEXTS = [
    part * (LENGTH // len(part))
    for part in (
        "a", "0", " ", "\n", "A1a", "a.", "a@", "a-", "0 ", "/", "x:", "+84 ", "<", "=", "://a",
        "eyJaaaaa.", "code ", "bearer ", "token=", "\u0301",
    )
]  # fmt: skip


@pytest.mark.django_db
def test_console_and_its_api_are_there_for_its_networks_alone(settings):
    settings.CONSOLE_NETWORKS = [ip_network("10.1.0.0/16"), ip_network("2001:db8:1:2::/64")]
    staff = APIClient(headers=bearer(StaffFactory()))

    def answers(address):
        urls = ("/admin/login/", "/api/v1/admin/users", "/api/v1/products")
        return [staff.get(url, REMOTE_ADDR=address).status_code for url in urls]

    assert answers("10.1.2.3") == answers("2001:db8:1:2:3::4") == [200, 200, 200]
    assert answers("10.2.2.3") == answers("2001:db8:1:3::4") == [404, 404, 200]
    # Nor by saying so.
    forged = {"REMOTE_ADDR": "203.0.113.9", "HTTP_X_FORWARDED_FOR": "10.1.2.3"}
    assert staff.get("/admin/login/", **forged).status_code == 404


@pytest.mark.django_db
def test_cookie_of_the_console_opens_nothing_of_the_api(client):
    client.force_login(StaffFactory())

    assert client.get("/admin/").status_code == 200
    for method, path in [
        ("get", "profile"), ("get", "admin/users"), ("post", "auth/logout-all"),
    ]:  # fmt: skip
        response = getattr(client, method)(f"/api/v1/{path}")
        assert response.status_code == 401
        assert not response.cookies


@pytest.mark.django_db
def test_only_origins_that_are_listed_may_read_and_none_with_cookies(settings):
    settings.CORS_ALLOWED_ORIGINS = [FRONT]
    asks = {"HTTP_ACCESS_CONTROL_REQUEST_METHOD": "POST"}
    allowed = {}

    for origin in ORIGINS:
        answers = [
            APIClient().get("/api/v1/brands", HTTP_ORIGIN=origin),
            APIClient().options("/api/v1/orders", HTTP_ORIGIN=origin, **asks),
            APIClient().get("/admin/login/", HTTP_ORIGIN=origin),
        ]
        allowed[origin] = [answer.get("Access-Control-Allow-Origin") for answer in answers]
        assert not any("Access-Control-Allow-Credentials" in answer for answer in answers)
        assert all("origin" in answer["Vary"].lower() for answer in answers[:2])

    assert allowed.pop(FRONT) == [FRONT, FRONT, None]
    assert set(map(tuple, allowed.values())) == {(None, None, None)}


@pytest.mark.django_db
def test_signing_in_to_the_console_leads_nowhere_else(client):
    staff = StaffFactory(email="root@example.test")
    right = {"username": staff.email, "password": PASSWORD}

    for target in ELSEWHERE:
        client.logout()
        response = client.post("/admin/login/", {**right, "next": target})
        assert response.status_code == 302
        assert response["Location"] in {"/admin/", "%2F%2Fevil.test"}


@pytest.mark.django_db
def test_signing_in_to_the_console_begins_a_session_of_its_own(client):
    staff = StaffFactory(email="root@example.test")
    session = client.session
    session["planted"] = "by somebody else"
    session.save()
    planted = session.session_key

    response = client.post("/admin/login/", {"username": staff.email, "password": PASSWORD})

    cookie = response.cookies["sessionid"]
    assert cookie.value != planted
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    client.cookies["sessionid"] = planted
    assert client.get("/admin/").status_code == 302


def writable_fields(schema: dict[str, Any]) -> Iterator[str]:
    """Return the names of all fields that a body takes, on every level."""
    schema = resolved(schema)
    if "items" in schema:
        yield from writable_fields(schema["items"])
    for name, field in schema.get("properties", {}).items():
        if not resolved(field).get("readOnly"):
            yield name
            yield from writable_fields(field)


def test_no_body_takes_what_is_not_its_senders_to_say():
    found: dict[str, set[str]] = {}
    for operation in operations():
        content = operation.schema.get("requestBody", {}).get("content", {})
        for body in content.values():
            for name in writable_fields(body["schema"]):
                if NOBODYS.fullmatch(name) and not operation.speaks_for_provider:
                    where = str(operation).replace("/api/v1/", "")
                    found.setdefault(name, set()).add(where)

    assert found == WISHES


def patterns_in(value: Any) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:
            yield from patterns_in(item)
    elif isinstance(value, dict):
        yield from patterns_in(list(value.values()))


def test_no_pattern_takes_long_over_a_long_text():
    patterns = {
        pattern: f"{name}.{attribute}"
        for name, module in list(sys.modules.items())
        if name.split(".")[0] in OUR_PACKAGES and ".tests" not in name
        for attribute, value in list(vars(module).items())
        for pattern in patterns_in(value)
    }
    slow = set()

    for pattern, name in patterns.items():
        for text in () if name in OF_OUR_OWN_TEXTS else LONG_TEXTS:
            searched: Any = f"{text}!"
            if isinstance(pattern.pattern, bytes):
                searched = searched.encode()
            started = time.thread_time()
            pattern.search(searched)
            pattern.fullmatch(searched)
            if time.thread_time() - started > 0.5:
                slow.add((name, text[:9]))

    assert len(patterns) > 30
    assert slow == set()


def test_every_test_that_security_md_names_exists():
    text = (project.BASE_DIR / "SECURITY.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(test_\w+)`", text))
    defined = {
        name
        for package in OUR_PACKAGES
        for file in (project.BASE_DIR / package).rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", file.read_text(encoding="utf-8"), re.M)
    }

    assert len(named) > 100
    assert named <= defined, named - defined
