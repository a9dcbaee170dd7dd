"""Rows that the tests of a module share, as making them takes longer than most tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction


@contextmanager
def made_once(django_db_blocker: Any) -> Iterator[None]:
    """What is made inside stays until the end of the fixture; what a test does is rolled back."""
    atomic = transaction.atomic()
    atomic._from_testcase = True  # type: ignore[attr-defined]  # `durable` blocks may run inside
    with django_db_blocker.unblock(), atomic:
        yield
        transaction.set_rollback(True)
