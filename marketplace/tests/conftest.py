"""Fixtures of the tests of the whole site."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from marketplace.tests.world import World, make_world


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Made once, as that takes longer than most tests; what a test does to it is rolled back."""
    atomic = transaction.atomic()
    atomic._from_testcase = True  # lets `durable` blocks run inside, as Django's TestCase does
    with django_db_blocker.unblock(), atomic:
        yield make_world()
        transaction.set_rollback(True)
