"""Fixtures of every app's tests."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from rest_framework.test import APIClient

from marketplace.common import messaging
from marketplace.invariants.checks import find_violations


@pytest.fixture(autouse=True)
def _clean_slate() -> Iterator[None]:
    """Nothing outside the database survives from one test to the next."""
    messaging.sent_sms.clear()
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def _invariants_hold(request: pytest.FixtureRequest, _django_db_marker: None) -> Iterator[None]:
    """Whatever a test does to the database, stock, orders and money must add up afterwards."""
    yield
    if request.node.get_closest_marker("breaks_invariants"):
        return
    if not request.node.get_closest_marker("django_db"):
        return
    if not connection.needs_rollback:
        assert [str(violation) for violation in find_violations()] == []


@pytest.fixture
def api() -> APIClient:
    """A caller without an account."""
    return APIClient()


@pytest.fixture
def api_as() -> Callable[[Any], APIClient]:
    """A caller signed in as the given user, past the token: authentication has tests of its own."""

    def sign_in(user: Any) -> APIClient:
        client = APIClient()
        client.force_authenticate(user)
        return client

    return sign_in
